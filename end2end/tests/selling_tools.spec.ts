// What a seller does with their listings: a price that falls by itself, a change of several prices, the table of sales.
import { readFile } from 'node:fs/promises';

import { CardForm, CARDS } from '../support/card_form';
import { expectAccessible } from '../support/accessibility';
import { expect, test } from '../support/test';

test('price falls by steps that everyone can read', { tag: '@both' }, async ({ member, visitor }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list({ 'Lower the price': 'every day', 'By how much': '5', 'Not below': '38' });
  const reader = await visitor('reader');
  await reader.open(ticket.path);
  const steps = reader.page.getByRole('group').filter({ hasText: 'The price falls. Next: $44.50' });
  await steps.getByText('The price falls. Next: $44.50').click();
  await expect(steps.getByText('The price falls by $5.00 every day, to $38.00 at the lowest.')).toBeVisible();
  await expect(steps.getByRole('listitem')).toHaveText([/^The price falls by \$5\.00 every day/, /^\$44\.50 from /, /^\$39\.50 from /, /^\$38\.00 from /]);

  if (reader.hasScript) await expectAccessible(reader, ticket.path, 'falling-price', () => steps.getByText('The price falls. Next').click());

  await seller.follow('Edit listing', `${ticket.path}/edit`);
  if (seller.hasScript) await expectAccessible(seller, `${ticket.path}/edit`, 'edit-falling-price');
  await expect(seller.field('Lower the price')).toHaveValue('24');
  await expect(seller.field('By how much')).toHaveValue('5.00');
  await seller.field('Not below').fill('60');
  await seller.pressRefused('Save changes', 422, 'edit_ticket');
  await expect(seller.page.locator('#fall_to-error')).toHaveText('This has to be below the price.');
  await expect(seller.field('Not below')).toHaveValue('60');
  await seller.field('Lower the price').selectOption({ label: 'never' });
  await seller.press('Save changes', ticket.path);
  await reader.reload();
  await expect(reader.page.getByText('The price falls')).toHaveCount(0);
});

test('several prices are changed at once', { tag: '@both' }, async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const [first, second, third] = [await seller.list(), await seller.list(), await seller.list()];
  const buyer = await member('buyer');
  await buyer.buy(second);

  await seller.open('/listings');
  await seller.page.getByText('Change several prices').click();
  await seller.field('Change').selectOption({ label: 'Lower it by %' });
  await seller.field('Amount').fill('ten');
  for (const ticket of [first, second]) await seller.row(ticket).getByRole('checkbox').check();
  await seller.pressRefused('Change prices', 422, 'change_prices');
  await expect(seller.page.locator('#amount-error')).toHaveText('Enter a whole number of percent, from 1 to 99.');
  await expect(seller.field('Amount')).toHaveValue('ten');
  for (const ticket of [first, second]) await expect(seller.row(ticket).getByRole('checkbox')).toBeChecked();
  await expect(seller.row(third).getByRole('checkbox')).not.toBeChecked();

  await seller.field('Amount').fill('10');
  await seller.press('Change prices', /\/listings\?show=coming$/);
  await expect(seller.page.getByRole('status').filter({ hasText: '1 price is changed. 1 could not be changed' })).toBeVisible();
  await expect(seller.row(first)).toContainText('$44.55');
  await expect(seller.row(first)).toContainText('Price changed.');
  await expect(seller.row(second)).toContainText('Price not changed. Someone is paying for this ticket right now.');
  await expect(seller.row(second)).toContainText('1 reserved now');
  await expect(seller.row(third)).toContainText('$49.50');
  await seller.follow('Past', /\/listings\?show=past$/);
  await expect(seller.page.getByRole('heading', { name: 'Nothing here' })).toBeVisible();
  await seller.follow('On sale', /\/listings\?show=on_sale$/);
  await expect(seller.row(first)).toBeVisible();
  if (seller.hasScript) await expectAccessible(seller, '/listings', 'listings-prices', () => seller.page.getByText('Change several prices').click());
});

test('seller keeps a table of the sales', async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');

  await seller.open('/listings?show=sold');
  await expect(seller.row(ticket)).toContainText('Sold within an hour');
  await expect(seller.row(ticket)).toContainText('reserved once');
  await expect(seller.page.getByText('1 ticket sold, by week')).toBeVisible();
  await expect(seller.page.getByText('You get $49.50, by week')).toBeVisible();
  await expect(seller.page.getByRole('cell', { name: '$49.50' })).toHaveCount(1);
  await expectAccessible(seller, '/listings?show=sold', 'sales-charts');
  // Views are counted in the server's memory, and written every few seconds.
  await expect(async () => {
    await seller.reload();
    await expect(seller.row(ticket)).toContainText(/\d views?\b/, { timeout: 1_000 });
  }).toPass({ timeout: 40_000 });
  const [download] = await Promise.all([
    seller.page.waitForEvent('download'),
    seller.page.getByRole('link', { name: 'Download my sales as a table (CSV)' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('gittix-sales.csv');
  const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(2);
  expect(lines[1]).toContain(`,${ticket.Event},`);
  expect(lines[1]).toMatch(/,1,49\.50,0\.00,49\.50,Sold$/);
});
