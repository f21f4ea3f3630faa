// make chaos: users buy and sell while faults are injected. Afterwards all invariants must hold.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { failedRefunds, figures, unfinished, violations } from './audit.mjs';
import { System, until } from './system.mjs';
import { Market } from './market.mjs';
import { Stats } from './person.mjs';
import { plan } from './plan.mjs';
import { Rng } from './rng.mjs';

/** The sweeps look at a payment once a minute, so work that the queue lost in the end takes that long. */
const IDLE_MS = 90_000;
/** Shorter than the interval of every sweep, so that the queue did the work and no sweep. */
const QUEUE_MS = 20_000;

/** What the operator refunds of a purchase before the rest. */
const PART_CENTS = 10;

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this by \`make chaos\``);
  return value;
}

const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 31));
const duration_ms = Number(process.env.CHAOS_SECONDS || 45) * 1000;
const started = Date.now();
const system = new System(setup());
const stats = new Stats();
const market = new Market(system, seed, stats);

function setup() {
  const folder = setting('CHAOS_FOLDER');
  const secrets = readFileSync(`${folder}/secrets`, 'utf8').trim().split('\n').map((line) => line.split('='));
  return {
    folder,
    bin: setting('CHAOS_BIN'),
    pgBin: setting('CHAOS_PG_BIN'),
    asService: setting('CHAOS_AS_SERVICE').split(' '),
    firstPort: Number(setting('CHAOS_PORT')),
    lockSeconds: 4,
    secrets: Object.fromEntries(secrets),
  };
}

/** @param {string} text */
function log(text) {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

/** Injects the planned faults, each at its time, whether or not earlier ones are over. @param {import('./plan.mjs').Fault[]} faults */
async function injectAll(faults) {
  const from = Date.now();
  /** @type {Map<string, number>} */
  const counts = new Map();
  const injectOne = async (/** @type {import('./plan.mjs').Fault} */ { kind, details, at_ms, inject }) => {
    await sleep(Math.max(0, from + at_ms - Date.now()));
    log(`${kind} ${details}`);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    // A fault in a dead process fails.
    await inject(system).catch((error) => log(`  fault failed: ${error.message.split('\n')[0]}`));
  };
  await Promise.all(faults.map(injectOne));
  return counts;
}

/** @param {string} title @param {Iterable<[string, unknown]>} lines */
function print(title, lines) {
  console.log(`\n${title}`);
  for (const [name, value] of lines) console.log(`  ${String(value).padStart(8)}  ${name}`);
}

async function chaos() {
  log(`seed ${seed}, ${duration_ms / 1000} s`);
  await system.open();
  await market.signUp(system);
  log('trading starts');

  const trading = market.trade();
  const faultCounts = await injectAll(plan(new Rng(seed, 'faults'), duration_ms));
  await sleep(Math.max(0, duration_ms - (Date.now() - started)));
  market.close();
  await system.setFaults();
  await trading;
  log('no more faults');

  await system.isReady();
  log(`banks decide ${await system.decideDisputes()} disputes`);
  const calm = Date.now();
  await hearOfRefunds();
  const problems = await waitUntilIdle();
  const idle_s = (Date.now() - calm) / 1000;
  log(problems.length === 0 ? `idle after ${idle_s.toFixed(1)} s` : 'not idle');
  problems.push(...(await checkRecovery()), ...(await waitUntilIdle()));
  problems.push(...(await violations(system, market)), ...system.unexpectedExits(), ...stats.unexpected.slice(0, 20));
  await report(faultCounts, idle_s);
  return problems;
}

/**
 * Lets a day pass for the review, which finds the refunds and disputes that no webhook told, and for what Stripe has refused
 * while a bank had the money; and settles the debts that are left.
 */
async function hearOfRefunds() {
  await system.sql('UPDATE payments SET refund_due_at = NULL, next_try_at = NULL');
  await system.sql('UPDATE stripe_reviews SET due_at = now(), cursor = NULL');
  const isHeard = async () => (await unfinished(system)).every(([name]) => !['reviews', 'events'].includes(name));
  await until('the review of refunds and disputes is complete', isHeard, IDLE_MS);
  const debts = await failedRefunds(system);
  for (const payment of debts) await system.settle(payment);
  log(`the operator has settled ${debts.length} refunds that banks returned`);
}

/** Waits until no work is left. Returns the work that is still left when the time is up. */
async function waitUntilIdle() {
  const deadline = Date.now() + IDLE_MS;
  let left = await unfinished(system);
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(500);
    left = await unfinished(system);
  }
  return left.map(([name, count]) => `${count} ${name} are unfinished after ${IDLE_MS / 1000} s without a fault`);
}

/** A purchase and its refund at each server, completed by webhook, queue and worker without a page that polls. */
async function checkRecovery() {
  const problems = [];
  for (const url of system.urls) {
    try {
      const { intent, price, status } = await market.buyWithoutPolling(url);
      await until('a worker completes a purchase from the queue', async () => (await status()) === 'complete', QUEUE_MS);
      const becomes = (/** @type {string} */ wanted) => async () => (await status()) === wanted;
      await system.refund(intent, PART_CENTS);
      await until('a worker stores a refund of a part', becomes('partly_refunded'), QUEUE_MS);
      await system.returnRefunds(1);
      await until('a worker hears that the bank returned it', becomes('refund_pending'), QUEUE_MS);
      for (const payment of await failedRefunds(system)) await system.settle(payment);
      await until('it is settled', becomes('partly_refunded'), QUEUE_MS);
      // What was settled is not Stripe's to refund.
      await system.refund(intent, price - PART_CENTS);
      await until('a worker completes a refund from the queue', becomes('refunded'), QUEUE_MS);
    } catch (error) {
      problems.push(`afterwards, a purchase at ${url} failed: ${/** @type {Error} */ (error).message}`);
    }
  }
  return problems;
}

/** @param {Map<string, number>} faultCounts @param {number} idle_s */
async function report(faultCounts, idle_s) {
  const { orders, payments, lags } = await figures(system);
  print('faults', [...faultCounts].sort());
  print('responses', [...stats.byOutcome].sort());
  print('orders', orders.map(({ status, count }) => [status, count]));
  print('payments', payments.map(({ status, count }) => [status, count]));
  print('other figures', [
    ['requests', stats.requests],
    ['ms: the slowest response', stats.slowest_ms],
    ['events from Stripe', lags.events],
    ['s: the longest wait of an event', lags.event_s],
    ['s: the longest delay of an expiry', lags.expiry_s],
    ['s: until idle', idle_s.toFixed(1)],
  ]);
}

let problems;
try {
  problems = await chaos();
} catch (error) {
  problems = [/** @type {Error} */ (error).stack ?? String(error)];
} finally {
  await system.close();
}
if (problems.length === 0) {
  console.log(`\nNo ticket was sold twice and no cent was lost. SEED=${seed} plans the same faults again.`);
} else {
  console.log(`\n${problems.join('\n')}\n\nSEED=${seed} plans the same faults again; the logs are in ${setting('CHAOS_FOLDER')}/logs.`);
  process.exitCode = 1;
}
