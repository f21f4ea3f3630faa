// The guard itself: each of these does one forbidden thing and must fail by it.
import type { Page } from '@playwright/test';

import { test } from '../support/test';

const FORBIDDEN: Record<string, (page: Page) => Promise<unknown>> = {
  'an error on the console': (page) => page.evaluate(() => console.error('broken')),
  'a warning on the console': (page) => page.evaluate(() => console.warn('odd')),
  'an error of the page': (page) =>
    Promise.all([page.context().waitForEvent('weberror'), page.evaluate(() => void setTimeout(() => { throw new Error('broken'); }))]),
  'a refused request': (page) => page.evaluate(() => fetch('/rpc/no_such').then((answer) => answer.text())),
  // Port 9 is closed, and no address of ours either.
  'a failed request': (page) => page.evaluate(() => fetch('http://127.0.0.1:9/').catch(() => {})),
};

for (const [what, provoke] of Object.entries(FORBIDDEN)) {
  test(`the guard fails on ${what}`, async ({ visitor }) => {
    test.fail();
    const ana = await visitor('ana');
    await ana.open('/');
    await provoke(ana.page);
  });
}

test('the guard fails on an announced refusal that does not come', async ({ visitor, watch }) => {
  test.fail();
  const ana = await visitor('ana');
  watch.expects(409, '/rpc/lock_ticket');
  await ana.open('/');
});
