// Most pages have their code in files of their own, which the browser loads when it comes to the page.
import { CardForm, CARDS } from '../support/card_form';
import { type Person } from '../support/person';
import { expect, test } from '../support/test';

/** The files of one page, by the name of its module in app/src/lazy.rs. */
const file = (module: string) => `**/pkg/split_${module}.*.wasm`;

/** The files are not there, as after a release that has replaced them. */
const takeAway = (person: Person, module: string) =>
  person.page.route(file(module), (route) => route.fulfill({ status: 404, contentType: 'text/html', body: '<!DOCTYPE html><title>Not found</title>' }));

/** Loads a page and answers with the code that came for it alone. */
async function loadedFiles(person: Person, path: string): Promise<string[]> {
  const names: string[] = [];
  const note = (request: { url(): string }) => names.push(/\/pkg\/split_([a-z_]+)\./.exec(request.url())?.[1] ?? '');
  person.page.on('request', note);
  await person.open(path);
  await person.page.reload();
  await person.ready();
  person.page.off('request', note);
  return [...new Set(names.filter(Boolean))];
}

test('each page loads its own code, and answers to clicks', async ({ member, visitor, watch }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const [sold, kept] = [await seller.list(), await seller.list()];
  const buyer = await member('buyer');
  const order = await buyer.buy(sold);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  const reader = await visitor('reader');
  // Who is no operator is told that there is no such page, by the page's own code.
  watch.expects(404, '/operator');
  const pages: [Person, string, string[]][] = [
    // The list brings the code of the page that its reader is about to open.
    [seller, '/', ['ticket']],
    [seller, sold.path, ['ticket']],
    [seller, '/tickets/new', ['new_ticket']],
    [seller, `${kept.path}/edit`, ['edit_ticket']],
    [seller, `${sold.path}/sale`, ['sale']],
    [seller, '/listings', ['listings']],
    [seller, '/balance', ['balance']],
    [seller, '/account', ['account']],
    [seller, '/operator', ['operator']],
    [buyer, '/orders', ['orders']],
    [buyer, order, ['order']],
    [reader, '/signin', []],
    [reader, '/signup', ['sign_up']],
    [reader, '/forgot', ['forgot']],
    [reader, '/reset?token=none', ['reset']],
  ];
  for (const [person, path, modules] of pages) {
    expect(await loadedFiles(person, path), path).toEqual(modules);
  }
});

test('without its code a page stays as the server rendered it: its links and forms work', async ({ member, watch }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  await takeAway(seller, 'listings');
  watch.expects(404, '/pkg/split_listings');
  watch.allows('WebAssembly');
  await seller.page.goto('/listings', { waitUntil: 'networkidle' });
  await expect(seller.page.locator('body')).not.toHaveAttribute('data-hydrated');
  await seller.row(ticket).getByRole('button', { name: 'Withdraw' }).click();
  await expect(seller.row(ticket).getByRole('button', { name: 'Withdraw' })).toHaveCount(0);
  await seller.page.getByRole('link', { name: 'GitTix' }).click();
  await expect(seller.page.getByRole('heading', { name: 'Tickets on sale' })).toBeVisible();
  await seller.ready();
});

test('a page whose code is not there is loaded from the server', async ({ member, watch }) => {
  const ana = await member('ana');
  await ana.open('/?after=');
  let loads = 0;
  ana.page.on('load', () => (loads += 1));
  await takeAway(ana, 'balance');
  watch.expects(404, '/pkg/split_balance');
  watch.allows('WebAssembly');
  await ana.page.getByRole('link', { name: 'My listings', exact: true }).click();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'My listings' })).toBeVisible();
  expect(loads).toBe(0);
  await ana.page.getByRole('link', { name: 'Balance', exact: true }).click();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'Balance' })).toBeVisible();
  expect(loads).toBe(1);
  await ana.page.goBack();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'My listings' })).toBeVisible();
});
