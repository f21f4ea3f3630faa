// The whole purchase, from the listing to the complete order.
import type { Route } from '@playwright/test';

import { CardForm, CARDS } from '../support/card_form';
import { inDays } from '../support/listing';
import { ORDER, type Person } from '../support/person';
import { expect, test } from '../support/test';

test('listed ticket is bought and shown as sold', async ({ member, visitor }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Price: '64.25' });
  await expect(seller.page.getByRole('heading', { level: 1, name: ticket.Event })).toBeVisible();

  const buyer = await member('buyer');
  const search = `/search?q=${encodeURIComponent(ticket.Event)}`;
  await buyer.open(search);
  await expect(buyer.row(ticket)).toContainText('$64.25');
  await expect(buyer.row(ticket)).toContainText('Harbour Hall, Rotterdam');
  await buyer.follow(ticket.Event, /\/events\//);
  await buyer.page.locator('.offers').getByRole('link').click();
  await buyer.page.waitForURL(ticket.path);
  await buyer.ready();
  await buyer.press('Buy ticket', ORDER);
  const order = buyer.path();

  await buyer.expectStatus('Awaiting payment');
  const timer = buyer.page.getByRole('timer');
  await expect(timer).toHaveText(/^(15:00|14:5\d)$/);
  const start = await timer.textContent();
  await expect(timer).not.toHaveText(start ?? '');

  const rival = await member('rival');
  await rival.open(search);
  await expect(rival.row(ticket)).toHaveCount(0);
  await rival.open(ticket.path);
  await expect(rival.page.getByText('Reserved until')).toBeVisible();
  await expect(rival.button('Buy ticket')).toHaveCount(0);

  await expect(buyer.button('Pay $64.25')).toBeVisible();
  // The order completes without a page load, which would remove this mark.
  await buyer.page.evaluate(() => Object.assign(window, { isSameDocument: true }));
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await expect(buyer.page.getByRole('heading', { name: 'The ticket is yours' })).toBeVisible();
  await expect(timer).toHaveCount(0);
  expect(await buyer.page.evaluate(() => 'isSameDocument' in window)).toBe(true);

  await buyer.open('/orders');
  await expect(buyer.row(ticket)).toContainText('Complete');
  await buyer.open(ticket.path);
  await expect(buyer.page.getByRole('link', { name: 'View order' })).toHaveAttribute('href', order);
  for (const other of [seller, rival, await visitor('passer-by')]) {
    await other.open(ticket.path);
    await other.expectStatus('Sold');
    await expect(other.button('Buy ticket')).toHaveCount(0);
  }
  await seller.open('/listings');
  await expect(seller.row(ticket)).toContainText('Sold');
});

test('purchase continues after a reload', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  await new CardForm(buyer.page).fill(CARDS.pays);
  await buyer.open(ticket.path);
  await buyer.follow('Continue to payment', order);
  await buyer.reload();
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('late response does not overwrite a newer one', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const [buyer, other] = [await member('buyer'), await member('other')];
  await buyer.buy(ticket);
  await new CardForm(buyer.page).fill(CARDS.pays);

  // An update of the ticket makes the page load its order. The response from before the payment arrives after it.
  const held = new Promise<Route>((hold) => void buyer.page.route('**/rpc/show_order?**', hold, { times: 1 }));
  await other.open(ticket.path);
  await other.button('Join the waitlist').click();
  const request = await held;
  const response = await request.fetch();
  const attempts: string[] = [];
  buyer.page.on('request', (request) => {
    if (request.url().endsWith('/rpc/start_payment')) attempts.push(request.url());
  });
  await buyer.button(/^Pay /).click();
  await buyer.expectStatus('Complete');
  const received = buyer.page.waitForResponse((received) => received.request() === request.request());
  await request.fulfill({ response });
  await (await received).finished();
  // Two frames, in which the page would show the response.
  await buyer.page.evaluate(async () => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  await buyer.expectStatus('Complete');
  await expect(buyer.page.getByRole('timer')).toHaveCount(0);
  expect(attempts).toEqual([]);
});

test('two tabs of one order make one payment', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const tab = await buyer.tab();
  await tab.open(order);
  await new CardForm(tab.page).fill(CARDS.pays);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  // The other tab gets the update. Its form was for the same attempt, which Stripe accepts once.
  await tab.expectStatus('Complete');
  await expect(tab.button('Pay $49.50')).toHaveCount(0);
});

test('two tabs of one order make one payment without updates', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.blockUpdates();
  const order = await buyer.buy(ticket);
  const tab = await buyer.tab();
  await tab.open(order);
  await new CardForm(tab.page).fill(CARDS.pays);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  guard.expectStatus(400, '/v1/payment_intents/');
  await tab.button('Pay $49.50').click();
  await tab.expectStatus('Complete');
});

test('open pages show updates of the ticket', async ({ member, visitor }) => {
  const seller = await member('seller');
  // A late date, so that the home page has the listing among the newest and not its event among the next.
  const ticket = await seller.list({ 'Date and time': inDays(360), Price: '20.00' });
  const [shopper, buyer, passerBy] = [await member('shopper'), await member('buyer'), await visitor('passer-by')];
  await shopper.open('/');
  for (const person of [seller, passerBy]) await person.open(ticket.path);

  const order = await buyer.buy(ticket);
  await expect(shopper.row(ticket)).toContainText('Reserved until');
  await expect(seller.page.getByText('Someone is paying for it, so it cannot be edited')).toBeVisible();
  await expect(passerBy.button('Join the waitlist')).toBeVisible();
  await buyer.cancelOrder();
  await expect(shopper.row(ticket)).not.toContainText('Reserved until');
  await expect(passerBy.button('Buy ticket')).toBeVisible();
  await expect(buyer.page.getByText('The ticket is back on sale.')).toBeVisible();
  expect(order).toMatch(ORDER);

  const editor = await seller.tab();
  await editor.open(`${ticket.path}/edit`);
  await editor.field('Price').fill('25.00');
  await editor.press('Save changes', ticket.path);
  await passerBy.expectStatus('$25.00');
  await expect(passerBy.page.getByRole('status').filter({ hasText: 'The seller changed the price from $20.00 to $25.00.' })).toBeVisible();
});

test('locked ticket cannot be bought', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const second = await member('second');
  await second.blockUpdates();
  await second.open(ticket.path);
  const first = await member('first');
  const order = await first.buy(ticket);

  await second.pressRefused('Buy ticket', 409, 'lock_ticket');
  await second.expectAlert(/^Someone is paying for this ticket right now. It may be available again at \d\d:\d\d UTC.$/);
  await expect(second.page.getByText('Reserved until')).toBeVisible();
  await expect(second.button('Buy ticket')).toHaveCount(0);
  await second.openRefused(order, 404);
  await expect(second.page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('buyer pays only the price they saw', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Price: '20.00' });
  const buyer = await member('buyer');
  await buyer.blockUpdates();
  await buyer.open(ticket.path);
  await seller.open(`${ticket.path}/edit`);
  await seller.field('Price').fill('25.00');
  await seller.press('Save changes', ticket.path);

  await buyer.pressRefused('Buy ticket', 409, 'lock_ticket');
  await buyer.expectAlert('The price has changed. It is now $25.00.');
  await buyer.expectStatus('$25.00');
  await buyer.press('Buy ticket', ORDER);
  await buyer.expectStatus('$25.00');
});

test('cancelled order releases the ticket at once', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await buyer.cancelOrder();
  await expect(buyer.page.getByText('The ticket is back on sale.')).toBeVisible();
  await expect(buyer.button(/^Pay/)).toHaveCount(0);

  const other = await member('other');
  await other.buy(ticket);
  await other.expectStatus('Awaiting payment');
  await buyer.open('/orders');
  await expect(buyer.row(ticket)).toHaveCount(0);
  await buyer.openEndedOrders();
  await expect(buyer.row(ticket)).toContainText('Cancelled');
});

test('buyer reserves the tickets of a cancelled order again', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.blockUpdates();
  const first = await buyer.buy(ticket);
  await buyer.cancelOrder();
  await buyer.button('Reserve again').click();
  await buyer.expectStatus('Awaiting payment');
  expect(buyer.path()).not.toBe(first);

  // Another buyer takes it first.
  await buyer.cancelOrder();
  await expect(buyer.button('Reserve again')).toBeVisible();
  const other = await member('other');
  await other.buy(ticket);
  await buyer.pressRefused('Reserve again', 409, 'lock_ticket');
  await buyer.expectAlert(/^Someone is paying for this ticket right now\./);
  await expect(buyer.button('Reserve again')).toHaveCount(0);
});

test('page does not move when the card form loads', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const held = new Promise<Route>((hold) => void buyer.page.route('**/v3/', hold, { times: 1 }));
  await buyer.buy(ticket);
  const position = () => buyer.button('Cancel order').evaluate((button) => button.getBoundingClientRect().top + window.scrollY);
  await expect(buyer.page.getByText('Loading the card form…')).toBeVisible();
  const script = await held;
  const before = await position();
  await script.continue();
  await expect(buyer.button(/^Pay /)).toBeEnabled();
  expect(await position()).toBe(before);
});

test('every page and device shows the tickets that are locked for me', { tag: '@both' }, async ({ member, visitor }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const phone = await visitor('phone');
  await phone.signIn(buyer.email);
  const notice = (person: Person) => person.page.getByRole('status').filter({ hasText: `${ticket.Event} is reserved for you until` });
  const order = await buyer.buy(ticket);
  await expect(notice(buyer)).toHaveCount(0);

  await buyer.follow('My listings', '/listings');
  await expect(notice(buyer)).toBeVisible();
  await phone.open('/');
  await expect(notice(phone)).toBeVisible();
  await phone.follow('Pay now', order);
  await phone.cancelOrder();
  await buyer.open('/');
  await expect(notice(buyer)).toHaveCount(0);
});
