// Benchmark of pages, locks and event streams: rates on this machine, with the rate of pgbench beside those that write, and
// processor time of each process, because the load runs on the same cores. Started by scripts/bench.sh.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import { count, DATABASE, FOLDER, measure, memory, ORIGIN, PARTS, psql, SECONDS, SITE, STACK } from './measure.mjs';
import { openStreams } from './streams.mjs';

/** A buyer may hold four tickets: one of each kind, and a listing of two. */
const BUYERS = 4_000 * SECONDS;
/** Enough for 8,000 locks a second, and 4,000 of two tickets; and 12,000 by pgbench. */
const ONE = 800 * SECONDS * 10;
const TWO = 400 * SECONDS * 10;
const REFERENCE = 1_200 * SECONDS * 10;
const CROWD = 1_000;
const STREAMS = 10_000;
/** As many as a server has to PostgreSQL. */
const CLIENTS = 20;

/** The rate at which pgbench runs a script. @param {string} what @param {string} script @param {number} [tickets] @param {number} [seconds] */
function reference(what, script, tickets = 1, seconds = SECONDS) {
  const output = execFileSync(
    String(process.env.BENCH_PGBENCH),
    ['-n', '-M', 'prepared', '-c', String(CLIENTS), '-j', '2', '-T', String(Math.ceil(seconds)), '-D', `buyers=${BUYERS}`, '-D', `tickets=${tickets}`, '-f', `${FOLDER}/pgbench/${script}.sql`, DATABASE],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const rate = Number(/tps = ([\d.]+)/.exec(output)?.[1]);
  console.log(`  pgbench, ${what}: ${rate.toFixed(0)} a second`);
  return rate;
}

/** @param {string} what @param {number} rate @param {number} of */
const ratio = (what, rate, of) => console.log(`  ${what}: ${(rate / of).toFixed(2)}`);

const HELD = `SELECT count(*) FROM tickets WHERE status = 'listed' AND order_id IS NOT NULL`;
/** @param {number} tickets */
const idOf = (tickets, number = 1) => `${tickets.toString(16).padStart(8, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;

console.log(`${BUYERS} buyers, ${ONE} listings of one ticket and ${TWO} of two; as many for pgbench as it can lock.`);
const sizes = { buyers: BUYERS, one: ONE, two: TWO, reference_one: REFERENCE, reference_two: REFERENCE };
psql([...Object.entries(sizes).flatMap(([name, value]) => ['-v', `${name}=${value}`]), '-f', `${FOLDER}/data.sql`]);

const { rate: home } = measure('home page, a stranger', 'page', { path: '/', buyers: 0 });
measure('home page, signed in', 'page', { path: '/', buyers: BUYERS });
measure('listing, a stranger', 'page', { path: `/tickets/${idOf(2, TWO)}`, buyers: 0 });
measure('listing, signed in', 'page', { path: `/tickets/${idOf(2, TWO)}`, buyers: BUYERS });
measure('current_user, the smallest call', 'page', { path: '/rpc/current_user', buyers: BUYERS });

const { rate: one } = measure('lock one ticket', 'lock', { tickets: 1, buyers: BUYERS });
ratio('of pgbench', one, reference('the same rows', 'lock'));
const { rate: two } = measure('lock two tickets', 'lock', { tickets: 2, buyers: BUYERS });
psql(['-c', 'ALTER SEQUENCE bench_lock RESTART']);
ratio('of pgbench', two, reference('the same rows', 'lock', 2));

const standing = count(HELD);
ratio(`of home without locks, with ${standing} tickets locked`, measure('home page beside the locks', 'page', { path: '/', buyers: 0 }).rate, home);

const { rate: crowd } = measure(`lock one ticket, ${CROWD} buyers at once`, 'same', { buyers: CROWD }, { connections: CROWD, mayRefuse: true });
const winners = count(`SELECT count(*) FROM orders WHERE listing_id = '${idOf(3)}'`);
if (winners !== 1) throw new Error(`${winners} buyers locked the one ticket.`);
ratio('of pgbench', crowd, reference('the same rows', 'refused'));

const orders = psql(['-c', `SELECT id, ('x' || right(buyer_id::text, 8))::bit(32)::int FROM orders WHERE listing_id < '${idOf(2, 0)}' ORDER BY id`]);
writeFileSync(`${STACK}/orders`, orders);
const free = orders.trimEnd().split('\n').length;
const { rate: cancel } = measure('cancel', 'cancel', { file: `${STACK}/orders` }, { seconds: SECONDS / 3 });
const cancelled = count(`SELECT count(*) FROM orders WHERE status = 'cancelled' AND listing_id < '${idOf(2, 0)}'`);
console.log(`  ${cancelled} of ${free} locks were cancelled`);
ratio('of pgbench', cancel, reference('the same rows', 'cancel', 1, SECONDS / 3));

const idle = memory(PARTS.server);
const opening = performance.now();
const listing = idOf(2, TWO);
const streams = await openStreams(SITE, listing, STREAMS);
const opened_ms = performance.now() - opening;
const full = memory(PARTS.server);
const received = streams.nextEvent();
const locking = performance.now();
const body = new URLSearchParams({ ticket: listing, version: '1', price_cents: '4950' });
const answer = await fetch(`${ORIGIN}/rpc/lock_ticket`, { method: 'POST', body, headers: { Accept: 'application/json', Origin: ORIGIN, Cookie: `gittix=${BUYERS.toString(16).padStart(64, '0')}` } });
if (answer.status >= 400) throw new Error(`status ${answer.status}: ${await answer.text()}`);
const slowest_ms = (await received) - locking;
console.log(
  `${STREAMS} event streams on one listing: opened in ${(opened_ms / 1000).toFixed(1)} s, server ${idle.toFixed(0)} MiB before and ${full.toFixed(0)} MiB with them, ` +
    `a lock reaches the last stream after ${slowest_ms.toFixed(0)} ms`,
);
measure('home page, a stranger, beside the streams', 'page', { path: '/', buyers: 0 });
streams.close();
process.exit(0);
