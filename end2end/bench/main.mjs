// Benchmark of pages, locks and event streams: rates on this machine, and processor time of each process, which
// is more meaningful because the load runs on the same cores. Started by scripts/bench.sh.
import { readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';

import { Crowd } from './crowd.mjs';
import { openStreams } from './streams.mjs';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
const SITE = { host: '127.0.0.1', port: Number(process.env.SITE_PORT) };
const PEOPLE = 32;
const TICKETS = 2_000;
const STREAMS = 10_000;

const pidOf = (/** @type {string} */ part) => Number(readFileSync(`${process.env.BENCH_STACK}/${part}.pid`, 'utf8'));
const PARTS = {
  server: pidOf('server'),
  worker: pidOf('worker'),
  PostgreSQL: Number(process.env.BENCH_PG_PID),
  Redis: Number(process.env.BENCH_REDIS_PID),
};

/** Processor time of a process and its children, in milliseconds. @param {number} pid */
function processorTime(pid) {
  let ticks = 0;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      // Its own time and that of its ended children.
      if (Number(entry) === pid || Number(fields[1]) === pid) ticks += [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0);
    } catch {
      // The process has just ended.
    }
  }
  return ticks * 10;
}

/** Resident memory in MiB. @param {number} pid */
const memory = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** @typedef {{ what: string, perSecond: number, median_ms: number, p99_ms: number, costs: string }} Result */
/** @type {Result[]} */
const results = [];

/**
 * Runs `once` in a loop for the time of the measurement, for each of `people` at the same time.
 * @param {string} what @param {number} people @param {(person: number, round: number) => Promise<void>} once
 */
async function measure(what, people, once) {
  const before = Object.values(PARTS).map(processorTime);
  /** @type {number[]} */
  const took = [];
  const start = performance.now();
  const end = start + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      for (let round = 0; performance.now() < end; round++) {
        const began = performance.now();
        await once(person, round);
        took.push(performance.now() - began);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  took.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  const costs = Object.entries(PARTS).map(([part, pid], index) => `${part} ${((processorTime(pid) - (before[index] ?? 0)) / took.length).toFixed(2)}`);
  results.push({ what, perSecond: took.length / seconds, median_ms: at(0.5), p99_ms: at(0.99), costs: costs.join(', ') });
  console.log(`${what}: ${(took.length / seconds).toFixed(0)} a second, median ${at(0.5).toFixed(1)} ms, 99 % within ${at(0.99).toFixed(1)} ms; processor ms each: ${costs.join(', ')}`);
}

const crowd = new Crowd(new http.Agent({ keepAlive: true, maxSockets: 1024 }), SITE);
console.log(`${PEOPLE} people sign up, and ${TICKETS} tickets are listed.`);
await crowd.signUp(PEOPLE);
const tickets = await crowd.list(TICKETS);

await measure('home page, a stranger', PEOPLE, () => crowd.open(0, '/', false));
await measure('home page, signed in', PEOPLE, (person) => crowd.open(person, '/', true));
await measure('ticket page, signed in', PEOPLE, (person, round) => crowd.open(person, `/tickets/${tickets[(person + round * PEOPLE) % TICKETS]}`, true));
await measure('current_user, the smallest call', PEOPLE, (person) => crowd.read(person, 'current_user'));
const share = Math.floor(TICKETS / PEOPLE);
await measure('lock and cancel, apart', PEOPLE, async (person, round) => {
  const ticket = tickets[person * share + (round % share)] ?? '';
  await crowd.cancel(person, await crowd.lock(person, ticket));
});
let won = 0;
await measure('lock one ticket, all together', PEOPLE, async (person) => {
  const order = await crowd.tryToLock(person, tickets[0] ?? '');
  if (!order) return;
  won++;
  await crowd.cancel(person, order);
});
console.log(`${won} of those locked it`);

const idle = memory(PARTS.server);
const opening = performance.now();
const streams = await openStreams(SITE, tickets[1] ?? '', STREAMS);
const opened_ms = performance.now() - opening;
const full = memory(PARTS.server);
const received = streams.nextEvent();
const locking = performance.now();
await crowd.lock(0, tickets[1] ?? '');
const slowest_ms = (await received) - locking;
console.log(
  `${STREAMS} event streams on one ticket: opened in ${(opened_ms / 1000).toFixed(1)} s, server ${idle.toFixed(0)} MiB before and ${full.toFixed(0)} MiB with them, ` +
    `a lock reaches the last stream after ${slowest_ms.toFixed(0)} ms`,
);
await measure('home page, a stranger, beside the streams', PEOPLE, () => crowd.open(0, '/', false));
streams.close();
process.exit(0);
