// The guard itself: each of these does one thing that it must not let pass.
import type { Page } from '@playwright/test';

import { expect, test } from '../support/test';

/** In a tab of its own: nothing answers on that port. */
async function knockNextDoor(page: Page): Promise<void> {
  const tab = await page.context().newPage();
  await tab.goto('http://127.0.0.1:65535/').catch(() => {});
  await tab.close();
}

const FORBIDDEN: Record<string, { provoke: (page: Page) => Promise<unknown>; report: string }> = {
  'an error on the console': { provoke: (page) => page.evaluate(() => console.error('broken')), report: 'console error: broken' },
  'a warning on the console': { provoke: (page) => page.evaluate(() => console.warn('odd')), report: 'console warning: odd' },
  'an error of the page': {
    provoke: (page) => page.evaluate(() => new Promise((done) => setTimeout(() => { setTimeout(done); throw new Error('broken'); }))),
    report: 'page error: Error: broken',
  },
  'a refused request': { provoke: (page) => page.evaluate(() => fetch('/rpc/no_such').then((answer) => answer.text())), report: 'answer 404 to GET' },
  'a failed request': { provoke: knockNextDoor, report: 'request failed: GET' },
  'a request to a stranger': { provoke: knockNextDoor, report: 'request to a stranger' },
  // A page's own script may not even ask.
  'a request that the policy stops': { provoke: (page) => page.evaluate(() => fetch('http://127.0.0.1:65535/').catch(() => {})), report: 'console error' },
};

for (const [what, { provoke, report }] of Object.entries(FORBIDDEN)) {
  test(`the guard sees ${what}`, async ({ visitor, watch }) => {
    const ana = await visitor('ana');
    await ana.open('/');
    expect(watch.take()).toEqual([]);
    await provoke(ana.page);
    await expect.poll(() => watch.take().join('\n')).toContain(`ana: ${report}`);
    // What else the browser had to say of it.
    await ana.open('/');
    watch.take();
  });
}

test('the guard misses an announced refusal that does not come', async ({ watch }) => {
  watch.expects(409, '/rpc/lock_ticket');
  expect(watch.take()).toEqual(['no answer 409 came to /rpc/lock_ticket']);
});

test('what the guard sees fails the test', async ({ visitor }) => {
  test.fail();
  const ana = await visitor('ana');
  await ana.open('/');
  await ana.page.evaluate(() => console.error('broken'));
});
