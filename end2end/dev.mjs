// How long a changed line takes to reach an open page under make dev. Started by scripts/dev-test.sh.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { chromium } from '@playwright/test';

const copy = process.env.DEV_COPY;
const url = process.env.DEV_URL;
/** The longest that a change may take. The goals are printed; a busy machine may miss them. */
const LIMIT_MS = 300_000;

/** A line of each part, and what the home page then shows. */
const CHANGES = [
  {
    part: 'style',
    goalS: 3,
    file: 'style/main.css',
    edit: (text) => `${text}\n:root { --dev-probe: probed; }\n`,
    shows: () => getComputedStyle(document.documentElement).getPropertyValue('--dev-probe').trim() === 'probed',
  },
  {
    part: 'app',
    goalS: 15,
    file: 'app/src/components/header.rs',
    edit: (text) => text.replace('"Sign in"', '"Sign in, probed"'),
    shows: () => document.body.innerText.includes('Sign in, probed'),
  },
  {
    part: 'domain',
    goalS: 30,
    file: 'domain/src/tickets/event_time.rs',
    edit: (text) => text.replace('"%a %-d %b %Y, %H:%M %Z"', '"%a %-d %b %Y, probed, %H:%M %Z"'),
    shows: () => document.body.innerText.includes(', probed, '),
  },
  {
    part: 'migration',
    goalS: 30,
    file: 'migrations/20261128000500_create_venues.sql',
    edit: (text) =>
      `${text}\nCREATE FUNCTION probe() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = ''Probed Hall''; RETURN NEW; END'; CREATE TRIGGER probe BEFORE INSERT ON venues FOR EACH ROW EXECUTE FUNCTION probe();\n`,
    shows: () => document.body.innerText.includes('Probed Hall'),
    // The server has started again before its database is made anew, so the page is loaded until it shows it.
    isReloaded: true,
  },
];

const browser = await chromium.launch({
  executablePath: process.env.GITTIX_CHROMIUM,
  args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'],
});
const page = await browser.newPage();
await page.goto(url);
for (const { part, goalS, file, edit, shows, isReloaded } of CHANGES) {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  const after = edit(before);
  if (after === before) {
    throw new Error(`${file} has no line to change for ${part}`);
  }
  writeFileSync(path, after);
  const started = Date.now();
  for (let shown = false; !shown; ) {
    if (Date.now() - started > LIMIT_MS) {
      throw new Error(`the browser did not show the change in ${part} within ${LIMIT_MS / 1000} s`);
    }
    // A page that is loading has no context to ask.
    shown = await page.evaluate(shows).catch(() => false);
    if (!shown) {
      await sleep(isReloaded ? 1000 : 100);
      if (isReloaded) {
        await page.goto(url).catch(() => {});
      }
    }
  }
  console.log(`${part.padEnd(10)} ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  (goal ${goalS} s)`);
}
await browser.close();
