// The pages about the site: every page leads to them, and they need no script.
import { expectAccessible } from '../support/accessibility';
import { Person } from '../support/person';
import { expect, test } from '../support/test';

const PAGES = ['How it works', 'How your money is held', 'Fees', 'Help', 'Terms', 'Privacy', 'Imprint', 'Status'];

/** The same browser, on pages that are not hydrated. */
const onPlainPages = ({ name, page, guard, stack }: Person) => new Person(name, page, guard, false, stack);

test('footer leads to every page about the site', { tag: '@both' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  const footer = ana.page.getByRole('contentinfo');
  await ana.open('/');
  await expect(footer).toContainText('the ticket is reserved for you for 15 minutes.');
  await expect(footer.getByRole('link')).toHaveText(PAGES);
  for (const name of PAGES) {
    await ana.open('/');
    await footer.getByRole('link', { name, exact: true }).click();
    await expect(ana.page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
    await expect(footer.getByRole('link')).toHaveText(PAGES);
    await expect(ana.page.locator('script')).toHaveCount(0);
  }
});

test('footer links are large enough for a finger and fit a small screen', { tag: '@both' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  for (const width of [320, 375, 1280]) {
    await ana.page.setViewportSize({ width, height: 640 });
    await ana.open('/');
    for (const link of await ana.page.getByRole('contentinfo').getByRole('link').all()) {
      const box = await link.boundingBox();
      expect(box?.height, `${width} px: ${await link.textContent()}`).toBeGreaterThanOrEqual(44);
    }
    const overflow = await ana.page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
    expect(overflow, `${width} px`).toBeLessThanOrEqual(0);
  }
});

for (const path of ['how-it-works', 'money', 'fees', 'help', 'help?q=declined', 'terms', 'privacy', 'imprint', 'status']) {
  test(`/${path} is accessible`, async ({ visitor }) => {
    await expectAccessible(onPlainPages(await visitor('ana')), `/${path}`, path.replace('?q=', '-'));
  });
}

test('page of a request that failed is accessible', async ({ visitor, guard }) => {
  guard.expectStatus(404, '/rpc/nowhere');
  await expectAccessible(onPlainPages(await visitor('ana')), '/rpc/nowhere', 'failed');
});

test('help is searched', { tag: '@both' }, async ({ visitor }) => {
  const ana = onPlainPages(await visitor('ana'));
  await ana.open('/help');
  const declined = ana.page.getByText('My card was declined. What can I do?');
  const answer = ana.page.getByText('The ticket stays reserved and the time goes on.');
  await expect(answer).toBeHidden();
  await declined.click();
  await expect(answer).toBeVisible();

  await ana.field('Search the questions').fill('bank declined');
  await ana.button('Search').click();
  await ana.page.waitForURL('/help?q=bank+declined');
  await expect(answer).toBeVisible();
  await expect(ana.page.getByText('How do I sell a ticket?')).toHaveCount(0);
  await expect(ana.field('Search the questions')).toHaveValue('bank declined');
  await ana.field('Search the questions').fill('elephant');
  await ana.button('Search').click();
  await expect(ana.page.getByText('No answer has “elephant” in it.')).toBeVisible();
  await ana.page.getByRole('link', { name: 'All questions' }).click();
  await expect(ana.page.getByText('How do I sell a ticket?')).toBeVisible();
});

test('page is left and entered again', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  await ana.page.getByRole('contentinfo').getByRole('link', { name: 'Fees', exact: true }).click();
  await ana.page.waitForURL('/fees');
  await ana.page.goBack();
  await ana.ready();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'Tickets on sale' })).toBeVisible();
});

test('browsers find their icons and what installs the site', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  const links = await ana.page.locator('link[rel="icon"], link[rel="apple-touch-icon"], link[rel="manifest"]').evaluateAll((all) => all.map((link) => (link as HTMLLinkElement).href));
  expect(links).toHaveLength(4);
  const manifest = (await (await ana.page.request.get('/manifest.webmanifest')).json()) as { icons: { src: string }[] };
  const types: Record<string, string> = { ico: 'image/x-icon', svg: 'image/svg+xml', png: 'image/png', webmanifest: 'application/manifest+json' };
  for (const address of [...links, ...manifest.icons.map(({ src }) => src)]) {
    const response = await ana.page.request.get(address);
    expect([response.status(), response.headers()['content-type']], address).toEqual([200, types[address.split('.').pop() ?? '']]);
  }
});
