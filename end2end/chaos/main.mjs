// make chaos: people buy and sell while everything breaks; then, in the quiet, the sums must be right.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { breaches, figures, unfinished } from './audit.mjs';
import { House, until } from './house.mjs';
import { Market } from './market.mjs';
import { Tally } from './person.mjs';
import { plan } from './plan.mjs';
import { Dice } from './random.mjs';

/** The sweeps come to a payment once a minute: what the queue lost at the last moment takes as long. */
const SETTLE_MS = 90_000;
/** Sooner than any sweep takes up what the queue lost, so that it is the queue that was quick. */
const QUEUE_MS = 20_000;

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this by \`make chaos\``);
  return value;
}

const seed = Number(process.env.SEED || Math.floor(Math.random() * 2 ** 31));
const duration_ms = Number(process.env.CHAOS_SECONDS || 45) * 1000;
const started = Date.now();
const house = new House(premises());
const tally = new Tally();
const market = new Market(house, seed, tally);

function premises() {
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

/** @param {string} words */
function say(words) {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${words}`);
}

/** Strikes with what is planned, each fault at its time whatever the one before is at. @param {import('./plan.mjs').Fault[]} faults */
async function strikes(faults) {
  const from = Date.now();
  /** @type {Map<string, number>} */
  const struck = new Map();
  const strike = async (/** @type {import('./plan.mjs').Fault} */ { kind, words, at_ms, strike }) => {
    await sleep(Math.max(0, from + at_ms - Date.now()));
    say(`${kind} ${words}`);
    struck.set(kind, (struck.get(kind) ?? 0) + 1);
    // What is dead cannot be struck.
    await strike(house).catch((error) => say(`  not struck: ${error.message.split('\n')[0]}`));
  };
  await Promise.all(faults.map(strike));
  return struck;
}

/** @param {string} title @param {Iterable<[string, unknown]>} lines */
function print(title, lines) {
  console.log(`\n${title}`);
  for (const [name, value] of lines) console.log(`  ${String(value).padStart(8)}  ${name}`);
}

async function chaos() {
  say(`seed ${seed}, ${duration_ms / 1000} s`);
  await house.open();
  await market.signUp();
  say('the shop is open');

  const trading = market.trade();
  const struck = await strikes(plan(new Dice(seed, 'faults'), duration_ms));
  await sleep(Math.max(0, duration_ms - (Date.now() - started)));
  market.close();
  await house.knobs();
  await trading;
  say('quiet');

  await house.isReady();
  const quiet = Date.now();
  const wrong = await settled();
  const settled_s = (Date.now() - quiet) / 1000;
  say(wrong.length === 0 ? `all settled after ${settled_s.toFixed(1)} s` : 'not all settled');
  wrong.push(...(await worksAgain()), ...(await settled()));
  wrong.push(...(await breaches(house, market)), ...house.accidents(), ...tally.insane.slice(0, 20));
  await report(struck, settled_s);
  return wrong;
}

/** Waits until nothing is left to be done; answers with what still is when the time is up. */
async function settled() {
  const deadline = Date.now() + SETTLE_MS;
  let left = await unfinished(house);
  while (left.length > 0 && Date.now() < deadline) {
    await sleep(500);
    left = await unfinished(house);
  }
  return left.map(([name, count]) => `${count} ${name} are unfinished after ${SETTLE_MS / 1000} s without a fault`);
}

/** A purchase at each server, and its refund: told by Stripe's webhook, the queue and a worker, with nobody looking. */
async function worksAgain() {
  const wrong = [];
  for (const url of house.urls) {
    try {
      const { intent, status } = await market.buyQuietly(url);
      await until('the queue brings word of a purchase to a worker', async () => (await status()) === 'complete', QUEUE_MS);
      await house.refund(intent);
      await until('the queue brings word of a refund to a worker', async () => (await status()) === 'refunded', QUEUE_MS);
    } catch (error) {
      wrong.push(`afterwards, a purchase at ${url} did not go as it should: ${/** @type {Error} */ (error).message}`);
    }
  }
  return wrong;
}

/** @param {Map<string, number>} struck @param {number} settled_s */
async function report(struck, settled_s) {
  const { orders, payments, lags } = await figures(house);
  print('faults', [...struck].sort());
  print('answers', [...tally.byOutcome].sort());
  print('orders', orders.map(({ status, count }) => [status, count]));
  print('payments', payments.map(({ status, count }) => [status, count]));
  print('and', [
    ['requests', tally.requests],
    ['ms: the slowest answer', tally.slowest_ms],
    ['events from Stripe', lags.events],
    ['s: the longest that one waited', lags.event_s],
    ['s: the longest that an order kept its status past its end', lags.expiry_s],
    ['s: until all was settled', settled_s.toFixed(1)],
  ]);
}

let wrong;
try {
  wrong = await chaos();
} catch (error) {
  wrong = [/** @type {Error} */ (error).stack ?? String(error)];
} finally {
  await house.close();
}
if (wrong.length === 0) {
  console.log(`\nNothing was sold twice and no cent was lost. SEED=${seed} plans the same again.`);
} else {
  console.log(`\n${wrong.join('\n')}\n\nSEED=${seed} plans the same again; the logs are in ${setting('CHAOS_FOLDER')}/logs.`);
  process.exitCode = 1;
}
