// What the benchmarks share: the stack that they measure, and the measurement of requests.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export const SECONDS = Number(process.env.BENCH_SECONDS ?? 10);
export const SITE = { host: '127.0.0.1', port: Number(process.env.SITE_PORT) };
export const ORIGIN = `http://${SITE.host}:${SITE.port}`;
export const DATABASE = String(process.env.BENCH_DATABASE);
export const STACK = String(process.env.BENCH_STACK);
export const FOLDER = import.meta.dirname;

const THREADS = 2;
const CONNECTIONS = 32;

const pidOf = (/** @type {string} */ part) => Number(readFileSync(`${STACK}/${part}.pid`, 'utf8'));
export const PARTS = {
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
export const memory = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** @param {string[]} args @param {string} [input] */
export const psql = (args, input) => execFileSync('psql', ['-qAtX', '-F', ' ', '-v', 'ON_ERROR_STOP=1', DATABASE, ...args], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
/** @param {string} sql */
export const count = (sql) => Number(psql(['-c', sql]));

/** @typedef {{ requests: number, seconds: number, refused: number, broken: number, median_ms: number, p99_ms: number }} Load */

/**
 * Sends requests of `kind` for the time of the measurement, and returns its figures with how many were answered a second.
 * @param {string} what @param {string} kind @param {Record<string, string | number>} args @param {{ connections?: number, mayRefuse?: boolean, seconds?: number }} [options]
 */
export function measure(what, kind, args, { connections = CONNECTIONS, mayRefuse = false, seconds = SECONDS } = {}) {
  const before = Object.values(PARTS).map(processorTime);
  const named = Object.entries({ kind, threads: THREADS, ...args }).map(([name, value]) => `${name}=${value}`);
  const output = execFileSync('wrk', ['-t', String(THREADS), '-c', String(connections), '-d', `${Math.ceil(seconds)}s`, '--timeout', '10s', '-s', `${FOLDER}/load.lua`, ORIGIN, '--', ...named], { encoding: 'utf8' });
  /** @type {Load} */
  const load = JSON.parse(/^\{.*\}$/m.exec(output)?.[0] ?? '');
  if (load.broken > 0 || (load.refused > 0 && !mayRefuse)) throw new Error(`${what}: ${load.refused} refused, ${load.broken} broken of ${load.requests}`);
  const rate = load.requests / load.seconds;
  const costs = Object.entries(PARTS).map(([part, pid], index) => `${part} ${((processorTime(pid) - (before[index] ?? 0)) / load.requests).toFixed(2)}`);
  console.log(`${what}: ${rate.toFixed(0)} a second, median ${load.median_ms.toFixed(1)} ms, 99 % within ${load.p99_ms.toFixed(1)} ms; processor ms each: ${costs.join(', ')}`);
  return { ...load, rate };
}
