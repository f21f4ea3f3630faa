// Benchmark of the pages that strangers open: with the data of the demo, and with a million tickets more. Started by
// scripts/bench.sh.
import { count, FOLDER, measure, ORIGIN, psql } from './measure.mjs';

/** The first address on a page that begins with `prefix`. @param {string} page @param {string} prefix */
async function linkOn(page, prefix) {
  const html = await (await fetch(ORIGIN + page)).text();
  const link = new RegExp(`href="(${prefix}[^"?]+)"`).exec(html)?.[1];
  if (!link) throw new Error(`${page} has no link to ${prefix}`);
  return link;
}

/** Measures each page once. @returns {Promise<Map<string, number>>} the time that 99 of 100 requests take, in ms */
async function pages() {
  const event = await linkOn('/search?q=midnight', '/events/');
  const pages = {
    home: '/',
    'search, a hit': '/search?q=kraftfeld',
    'search, a typing error': '/search?q=krafftfeld',
    'search, a word of 5,000 events (of one in the demo)': '/search?q=midnight',
    'search, a common word': '/search?q=the',
    'search, no words': '/search',
    event,
    listing: await linkOn(event, '/tickets/'),
  };
  const p99 = new Map();
  for (const [name, path] of Object.entries(pages)) {
    // The first requests of each page prepare statements.
    await Promise.all(Array.from({ length: 50 }, () => fetch(ORIGIN + path).then((answer) => answer.text())));
    p99.set(name, measure(name, 'page', { path, buyers: 0 }).p99_ms);
  }
  return p99;
}

const TICKETS = 'SELECT count(*) FROM tickets';
console.log(`${count(TICKETS)} tickets`);
const small = await pages();
const started = Date.now();
psql(['-f', `${FOLDER}/large.sql`]);
console.log(`${count(TICKETS)} tickets at ${count('SELECT count(*) FROM events')} events, after ${((Date.now() - started) / 1000).toFixed(0)} s`);
const large = await pages();
console.log('99 % within, with a million tickets, of that with the demo');
for (const [name, ms] of large) console.log(`  ${name}: ${(ms / (small.get(name) ?? NaN)).toFixed(2)}`);
