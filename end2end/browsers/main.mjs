// make e2e-browsers: one purchase in each browser that BROWSERS names.
import { writeFileSync } from 'node:fs';

import { Browser, KINDS } from './browser.mjs';
import { journey } from './journey.mjs';
import { Person } from './person.mjs';

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start this by \`make e2e-browsers\``);
  return value;
}

const site = setting('BROWSERS_SITE');
const logs = setting('BROWSERS_LOGS');
const firstPort = Number(setting('BROWSERS_PORT'));

/** @param {unknown} error */
const words = (error) => (error instanceof Error && error.message) || String(error);

/** Returns the browser's version, if it started, and what is wrong. @param {import('./browser.mjs').Kind} kind */
async function run(kind) {
  /** @type {Map<string, Browser>} */
  const browsers = new Map();
  const open = async (/** @type {string} */ name) => {
    const browser = await Browser.open(kind, firstPort + browsers.size, `${logs}/${kind.name}-${name}.log`);
    browsers.set(name, browser);
    return new Person(name, site, browser);
  };
  const problems = [];
  let version = '';
  try {
    const [seller, buyer] = [await open('seller'), await open('buyer')];
    version = (await browsers.get('seller')?.version()) ?? '';
    await journey(seller, buyer);
  } catch (error) {
    problems.push(browsers.size < 2 ? `did not start: ${words(error)}` : words(error));
    for (const [name, { driver }] of browsers) {
      const picture = await driver.takeScreenshot().catch(() => '');
      if (picture) writeFileSync(`${logs}/${kind.name}-${name}.png`, picture, 'base64');
    }
  }
  for (const [name, browser] of browsers) {
    await browser.close();
    problems.push(...browser.problems.map((problem) => `${name}: ${problem}`));
  }
  return { version, problems };
}

const names = setting('BROWSERS').split(/[ ,]+/);
const unknown = names.find((name) => !KINDS[name]);
if (unknown) throw new Error(`BROWSERS names "${unknown}"; there are ${Object.keys(KINDS).join(' and ')}`);
for (const name of names) {
  const kind = /** @type {typeof KINDS[string]} */ (KINDS[name])(setting(`BROWSERS_${name.toUpperCase()}`));
  const started = Date.now();
  const { version, problems } = await run(kind);
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`  ${(problems.length > 0 ? 'FAILED' : 'ok').padEnd(6)} ${String(seconds).padStart(5)} s  ${kind.name} ${version}`);
  for (const problem of problems) console.log(`    ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
