// The guard itself: each test causes one problem that the guard must report.
import type { Page } from '@playwright/test';

import { expect, test } from '../support/test';

/** Sends a request to a port that nothing listens on, in a tab of its own. */
async function requestOtherOrigin(page: Page): Promise<void> {
  const tab = await page.context().newPage();
  await tab.goto('http://127.0.0.1:65535/').catch(() => {});
  await tab.close();
}

const PROBLEMS: Record<string, { cause: (page: Page) => Promise<unknown>; report: string }> = {
  'a console error': { cause: (page) => page.evaluate(() => console.error('broken')), report: 'console error: broken' },
  'a console warning': { cause: (page) => page.evaluate(() => console.warn('odd')), report: 'console warning: odd' },
  'a page error': {
    cause: (page) => page.evaluate(() => new Promise((done) => setTimeout(() => { setTimeout(done); throw new Error('broken'); }))),
    report: 'page error: Error: broken',
  },
  'a refused request': { cause: (page) => page.evaluate(() => fetch('/rpc/no_such').then((answer) => answer.text())), report: 'status 404 for GET' },
  'a failed request': { cause: requestOtherOrigin, report: 'request failed: GET' },
  'a request to another origin': { cause: requestOtherOrigin, report: 'request to another origin' },
  // The content security policy stops a page's own script.
  'a request that the content security policy stops': { cause: (page) => page.evaluate(() => fetch('http://127.0.0.1:65535/').catch(() => {})), report: 'console error' },
};

for (const [what, { cause, report }] of Object.entries(PROBLEMS)) {
  test(`guard reports ${what}`, async ({ visitor, guard }) => {
    const ana = await visitor('ana');
    await ana.open('/');
    expect(guard.takeProblems()).toEqual([]);
    await cause(ana.page);
    await expect.poll(() => guard.takeProblems().join('\n')).toContain(`ana: ${report}`);
    // Drops what else the browser reported.
    await ana.open('/');
    guard.takeProblems();
  });
}

test('guard reports an expected status that does not come', async ({ guard }) => {
  guard.expectStatus(409, '/rpc/lock_ticket');
  expect(guard.takeProblems()).toEqual(['no response with status 409 from /rpc/lock_ticket']);
});

test('guard allows a possible status only for a while', async ({ visitor, guard }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  const ask = () => ana.page.evaluate(() => fetch('/rpc/no_such').then((answer) => answer.text()));
  const forbid = guard.allowStatus(404, '/rpc/no_such');
  await ask();
  forbid();
  expect(guard.takeProblems()).toEqual([]);
  await ask();
  await expect.poll(() => guard.takeProblems().join('\n')).toContain('status 404 for GET');
});

test('guard fails the test', async ({ visitor }) => {
  test.fail();
  const ana = await visitor('ana');
  await ana.open('/');
  await ana.page.evaluate(() => console.error('broken'));
});
