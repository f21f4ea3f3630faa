// make lighthouse: Lighthouse's four scores of the home page, an event, a listing and the search, as a telephone loads them.
// It fails where a score is below its minimum, and says what cost points.
//
//   LIGHTHOUSE_SITE   the address of a running site that has tickets on sale
//   LIGHTHOUSE_RUNS   of so many runs of each page, the middle one counts (3)
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const MINIMUM = { performance: 95, accessibility: 100, 'best-practices': 95, seo: 100 };
const site = process.env.LIGHTHOUSE_SITE;
const runs = Number(process.env.LIGHTHOUSE_RUNS ?? 3);

async function linkOn(path, pattern) {
  const html = await (await fetch(site + path, { headers: { accept: 'text/html' } })).text();
  const [link] = html.match(pattern) ?? [];
  if (!link) throw new Error(`${path} has no link ${pattern}.`);
  return link;
}

/** One run, and another one where Lighthouse lost its trace of the browser, as it does on a busy machine. */
async function measure(chromium, path, tries = 3) {
  const { lhr } = await lighthouse(site + path, { port: chromium.port, onlyCategories: Object.keys(MINIMUM), logLevel: 'error' });
  if (!lhr.runtimeError) return lhr;
  if (tries > 1) return measure(chromium, path, tries - 1);
  throw new Error(`${path}: ${lhr.runtimeError.message}`);
}

const scoreOf = (report, category) => Math.round((report.categories[category].score ?? 0) * 100);

/** The audits that took points from a category. */
function faults(report, category) {
  const { auditRefs } = report.categories[category];
  const failed = auditRefs.filter(({ id, weight }) => weight > 0 && (report.audits[id].score ?? 1) < 0.9);
  return failed.map(({ id }) => {
    const { title, displayValue, details } = report.audits[id];
    const items = (details?.items ?? []).slice(0, 3).map((item) => `\n        ${item.node?.snippet ?? item.url ?? item.description ?? JSON.stringify(item).slice(0, 200)}`);
    return `      ${id}: ${title} ${displayValue ?? ''}${items.join('')}`;
  });
}

const listing = await linkOn('/', /\/tickets\/[0-9a-f-]{36}/);
const pages = { home: '/', event: await linkOn(listing, /\/events\/[a-z0-9-]+/), listing, search: '/search' };
const chromium = await launch({
  chromePath: process.env.GITTIX_CHROMIUM,
  chromeFlags: ['--headless=new', '--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'],
});
try {
  console.log('page'.padEnd(10) + Object.keys(MINIMUM).map((name) => name.padStart(16)).join(''));
  for (const [name, path] of Object.entries(pages)) {
    const reports = [];
    for (let run = 0; run < runs; run++) reports.push(await measure(chromium, path));
    reports.sort((a, b) => scoreOf(a, 'performance') - scoreOf(b, 'performance'));
    const report = reports[Math.floor(runs / 2)];
    console.log(name.padEnd(10) + Object.keys(MINIMUM).map((category) => String(scoreOf(report, category)).padStart(16)).join(''));
    for (const [category, minimum] of Object.entries(MINIMUM)) {
      if (scoreOf(report, category) >= minimum) continue;
      console.error(`    ${name}: ${category} is below ${minimum}:\n${faults(report, category).join('\n')}`);
      process.exitCode = 1;
    }
  }
} finally {
  chromium.kill();
}
