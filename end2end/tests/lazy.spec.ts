// Most pages have their code in separate files, which the browser loads when it opens the page.
import { CARDS, CardForm } from '../support/card_form';
import { type Person } from '../support/person';
import { expect, test } from '../support/test';

/** The files of one page, by the name of its module in app/src/lazy.rs. */
const file = (module: string) => `**/pkg/split_${module}.*.wasm`;

/** Responds to requests for the page's files as after a release that has replaced them. */
const removeFiles = (person: Person, module: string) =>
  person.page.route(file(module), (route) => route.fulfill({ status: 404, contentType: 'text/html', body: '<!DOCTYPE html><title>Not found</title>' }));

/** Loads a page and returns the modules of the page files that were loaded for it. */
async function loadedModules(person: Person, path: string): Promise<string[]> {
  const names: string[] = [];
  const record = (request: { url(): string }) => names.push(/\/pkg\/split_([a-z_]+)\./.exec(request.url())?.[1] ?? '');
  person.page.on('request', record);
  await person.open(path);
  await person.reload();
  person.page.off('request', record);
  return [...new Set(names.filter(Boolean))];
}

/** The address of a listing's event. */
async function eventOf(person: Person, listing: string): Promise<string> {
  await person.open(listing);
  return (await person.page.getByRole('link', { name: 'All tickets for this event' }).getAttribute('href')) ?? '';
}

/** The address of an event's venue. */
async function venueOf(person: Person, event: string): Promise<string> {
  await person.open(event);
  return (await person.page.locator('.facts a').getAttribute('href')) ?? '';
}

test('each page loads its own code and hydrates', async ({ guard, member, visitor }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const [sold, kept] = [await seller.list(), await seller.list()];
  const buyer = await member('buyer');
  const order = await buyer.buy(sold);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  const reader = await visitor('reader');
  // For a user who is not an operator this page shows "not found", with the page's own code.
  guard.expectStatus(404, '/operator');
  // One for another address shows the same, with its own code.
  const noGift = '/gifts/0190d1d0-0000-7000-8000-000000000001';
  guard.expectStatus(404, noGift);
  const event = await eventOf(seller, sold.path);
  const pages: [Person, string, string[]][] = [
    [seller, '/', []],
    [seller, sold.path, []],
    [seller, '/search', ['search']],
    [seller, event, ['event']],
    [seller, await venueOf(seller, event), ['venue']],
    [seller, '/tickets/new', ['new_ticket']],
    [seller, `${kept.path}/edit`, ['edit_ticket']],
    [seller, `${sold.path}/sale`, ['sale']],
    [seller, `${kept.path}/delivery`, ['hand_in']],
    [seller, '/listings', ['listings']],
    [seller, '/balance', ['balance']],
    [seller, '/watching', ['watching']],
    [seller, '/account', ['account']],
    [seller, '/operator', ['operator']],
    [buyer, '/orders', ['orders']],
    [buyer, order, ['order']],
    [buyer, `${order}/tickets`, ['order_tickets']],
    [buyer, noGift, ['gift']],
    [reader, '/signin', ['sign_in']],
    [reader, '/signup', ['sign_up']],
    [reader, '/signup/code', ['sign_up_code']],
    [reader, '/forgot', ['forgot']],
    [reader, '/reset', ['reset']],
  ];
  for (const [person, path, modules] of pages) {
    expect(await loadedModules(person, path), path).toEqual(modules);
  }
});

test('pages that are rendered at once each name their own code', async ({ member }) => {
  const { page } = await member('ana');
  const named = async (path: string) => {
    const response = await page.request.get(path, { headers: { Accept: 'text/html' } });
    expect(response.status(), path).toBe(200);
    return [...new Set([...(await response.text()).matchAll(/\/pkg\/split_([a-z_]+)\./g)].map(([, module]) => module))];
  };
  const modules = Object.entries({ '/': [], '/account': ['account'], '/orders': ['orders'], '/search': ['search'] });
  for (let round = 0; round < 6; round += 1) {
    await Promise.all([...modules, ...modules].map(async ([path, own]) => expect(await named(path), path).toEqual(own)));
  }
});

test('page without its code stays as rendered, with links and forms that work', async ({ guard, member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  await removeFiles(seller, 'listings');
  guard.expectStatus(404, '/pkg/split_listings');
  guard.allowConsole('WebAssembly');
  await seller.page.goto('/listings', { waitUntil: 'networkidle' });
  await expect(seller.page.locator('body')).not.toHaveAttribute('data-hydrated');
  await seller.row(ticket).getByRole('button', { name: 'Withdraw' }).click();
  await expect(seller.row(ticket).getByRole('button', { name: 'Withdraw' })).toHaveCount(0);
  await seller.page.getByRole('link', { name: 'GitTix' }).click();
  await expect(seller.page.getByRole('heading', { name: 'Tickets on sale' })).toBeVisible();
  await seller.ready();
});

test('page without its code is loaded from the server', async ({ guard, member }) => {
  const ana = await member('ana');
  await ana.open('/');
  let loads = 0;
  ana.page.on('load', () => (loads += 1));
  await removeFiles(ana, 'balance');
  guard.expectStatus(404, '/pkg/split_balance');
  guard.allowConsole('WebAssembly');
  await ana.page.getByRole('link', { name: 'My listings', exact: true }).click();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'My listings' })).toBeVisible();
  expect(loads).toBe(0);
  await ana.page.getByRole('link', { name: 'Balance', exact: true }).click();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'Balance' })).toBeVisible();
  // The heading can be visible before the event.
  await expect.poll(() => loads).toBe(1);
  await ana.page.goBack();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'My listings' })).toBeVisible();
});
