// Only the seller can edit a listing, and only while no buyer is paying for it.
import { SELECTS } from '../support/listing';
import { ORDER, TICKET } from '../support/person';
import { expect, test } from '../support/test';

test('edit shows on every page', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  await seller.follow('Edit listing', `${ticket.path}/edit`);
  for (const [label, value] of Object.entries(ticket)) {
    if (label !== 'path' && !SELECTS.includes(label)) await expect(seller.field(label)).toHaveValue(value);
  }
  await expect(seller.field('Category')).toHaveValue('concert');
  await expect(seller.field('Sell them')).toHaveValue('any');
  // The venue has its zone.
  await expect(seller.field('Time zone')).toHaveValue('');
  await seller.field('Price').fill('19.99');
  await seller.field('Row').fill('');
  await seller.press('Save changes', ticket.path);
  await seller.expectStatus('$19.99');
  await seller.open('/listings');
  await expect(seller.row(ticket)).toContainText('$19.99');
  const reader = await visitor('reader');
  await reader.open(ticket.path);
  await reader.expectStatus('$19.99');
  // What a buyer can check before they buy.
  await reader.expectStatus('$35.01 below face value');
  await expect(reader.page.getByText(/^Listed at \$49\.50 on .+, now \$19\.99$/)).toBeVisible();
  for (const line of ['You pay $19.99', 'Seller gets $19.99', 'We keep $0.00', 'First sale']) await reader.expectStatus(line);
  await reader.follow('All tickets for this event', /\/events\//);
  await reader.expectStatus('$35.01 below face value');
  await reader.open(ticket.path);
  await expect(reader.page.getByText(/Row\s14/)).toHaveCount(0);
});

test('locked listing cannot be edited', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const tab = await seller.tab();
  await tab.open(`${ticket.path}/edit`);
  const buyer = await member('buyer');
  await buyer.buy(ticket);

  await seller.reload();
  await expect(seller.page.getByText('Someone is paying for it, so it cannot be edited')).toBeVisible();
  await expect(seller.page.getByRole('link', { name: 'Edit listing' })).toHaveCount(0);
  await expect(seller.button('Withdraw')).toHaveCount(0);
  await seller.open(`${ticket.path}/edit`);
  await expect(seller.page.getByRole('heading', { name: 'This listing cannot be edited now' })).toBeVisible();
  await expect(seller.button('Save changes')).toHaveCount(0);
  await seller.open('/listings');
  await expect(seller.row(ticket)).toContainText('Reserved until');
  await expect(seller.row(ticket).getByRole('link', { name: 'Edit listing' })).toHaveCount(0);

  // A form that was opened before the lock is refused, too.
  await tab.field('Price').fill('99.00');
  await tab.pressRefused('Save changes', 409, 'edit_ticket');
  if (tab.hasScript) await tab.expectAlert('Someone is paying for this ticket right now.');
  else await expect(tab.page.getByRole('heading', { name: 'This listing cannot be edited now' })).toBeVisible();
  await buyer.expectStatus('$49.50');
});

test('stale edit is refused', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  // So that the venue is known, and the edit has no fault but its age.
  await seller.list({ Venue: 'Another Hall' });
  const ticket = await seller.list();
  const edit = `${ticket.path}/edit`;
  const tab = await seller.tab();
  await seller.open(edit);
  await tab.open(edit);
  await seller.field('Price').fill('30.00');
  await seller.press('Save changes', ticket.path);

  await tab.field('Venue').fill('Another Hall');
  await tab.pressRefused('Save changes', 409, 'edit_ticket');
  await tab.expectAlert('This listing has changed since you opened it.');
  await tab.follow('Show the current listing', edit);
  await expect(tab.field('Price')).toHaveValue('30.00');
  await tab.field('Venue').fill('Another Hall');
  await tab.press('Save changes', ticket.path);
  await expect(tab.page.getByText('Another Hall')).toBeVisible();
  await tab.expectStatus('$30.00');
});

test('listing of another user cannot be edited', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const other = await member('other');
  await other.open(ticket.path);
  await expect(other.page.getByRole('link', { name: 'Edit listing' })).toHaveCount(0);
  await other.openRefused(`${ticket.path}/edit`, 403);
  await expect(other.page.getByText('Only the seller can change this listing.')).toBeVisible();
});

test('withdrawn ticket cannot be bought', { tag: '@both' }, async ({ member, visitor, guard }) => {
  const seller = await member('seller');
  const [first, second] = [await seller.list(), await seller.list()];
  const buyer = await member('buyer');
  await buyer.blockUpdates();
  await buyer.open(first.path);
  await seller.open(first.path);
  await seller.press('Withdraw', '/listings');
  await expect(seller.row(first)).toContainText('Withdrawn');
  await seller.row(second).getByRole('button', { name: 'Withdraw' }).click();
  await expect(seller.row(second)).toContainText('Withdrawn');

  // Without JavaScript the refusal is shown on the page of what is gone.
  guard.allowStatus(410, first.path);
  await buyer.pressRefused('Buy ticket', 409, 'lock_ticket');
  await buyer.expectAlert('The seller has withdrawn this ticket.');
  const reader = await visitor('reader');
  await reader.openRefused(first.path, 410);
  await reader.expectStatus('Withdrawn');
  await expect(reader.button('Buy ticket')).toHaveCount(0);
});

test('withdrawal is undone at once', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const other = await seller.tab();
  await seller.open(ticket.path);
  await seller.press('Withdraw', '/listings');
  await expect(seller.page.getByText('Your listing is withdrawn.')).toBeVisible();
  await seller.press('Undo', ticket.path);
  await expect(seller.page.getByText('Your listing is back on sale.')).toBeVisible();
  await expect(seller.button('Withdraw')).toBeVisible();

  // The listing's own page has a button, too.
  await seller.press('Withdraw', '/listings');
  await other.open(ticket.path);
  await other.press('Put back on sale', ticket.path);
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await buyer.expectStatus('Awaiting payment');

  // What a buyer has meanwhile stays as it is.
  await seller.press('Undo', ticket.path);
  await expect(seller.page.getByText('Reserved until')).toBeVisible();
});

test('seller cannot buy their own ticket', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  await seller.list();
  expect(seller.path()).toMatch(TICKET);
  await expect(seller.page.getByText('This is your listing.')).toBeVisible();
  await expect(seller.button('Buy ticket')).toHaveCount(0);
  expect(seller.path()).not.toMatch(ORDER);
});
