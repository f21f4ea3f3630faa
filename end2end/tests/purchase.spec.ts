// From a listing to its buyer: the journey that everything else is for.
import type { Route } from '@playwright/test';

import { CardForm, CARDS } from '../support/card_form';
import { inDays } from '../support/listing';
import { ORDER } from '../support/person';
import { expect, test } from '../support/test';

test('one lists, another buys, and everybody sees it', async ({ member, visitor }) => {
  const seller = await member('seller');
  // Sooner than all others, to stand on the first page.
  const ticket = await seller.list({ 'Date and time': inDays(2), Price: '64.25' });
  await expect(seller.page.getByRole('heading', { level: 1, name: ticket.Event })).toBeVisible();

  const buyer = await member('buyer');
  await buyer.open('/');
  await expect(buyer.row(ticket)).toContainText('$64.25');
  await expect(buyer.row(ticket)).toContainText('Harbour Hall, Rotterdam');
  await buyer.follow(ticket.Event, ticket.path);
  await buyer.press('Buy ticket', ORDER);
  const order = buyer.path();

  await buyer.expectStatus('Awaiting payment');
  const timer = buyer.page.getByRole('timer');
  await expect(timer).toHaveText(/^(15:00|14:5\d)$/);
  const start = await timer.textContent();
  await expect(timer).not.toHaveText(start ?? '');

  const rival = await member('rival');
  await rival.open('/');
  await expect(rival.row(ticket)).toHaveCount(0);
  await rival.open(ticket.path);
  await expect(rival.page.getByText('Locked until')).toBeVisible();
  await expect(rival.button('Buy ticket')).toHaveCount(0);

  await expect(buyer.button('Pay $64.25')).toBeVisible();
  // One document from the lock to its end: a reload would forget the mark.
  await buyer.page.evaluate(() => Object.assign(window, { isSameDocument: true }));
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await expect(buyer.page.getByRole('heading', { name: 'The ticket is yours' })).toBeVisible();
  await expect(timer).toHaveCount(0);
  expect(await buyer.page.evaluate(() => 'isSameDocument' in window)).toBe(true);

  await buyer.open('/orders');
  await expect(buyer.row(ticket)).toContainText('Complete');
  await buyer.open(ticket.path);
  await expect(buyer.page.getByRole('link', { name: 'See your order' })).toHaveAttribute('href', order);
  for (const other of [seller, rival, await visitor('passer-by')]) {
    await other.open(ticket.path);
    await other.expectStatus('Sold');
    await expect(other.button('Buy ticket')).toHaveCount(0);
  }
  await seller.open('/listings');
  await expect(seller.row(ticket)).toContainText('Sold');
});

test('a purchase goes on after a reload', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  await new CardForm(buyer.page).fill(CARDS.pays);
  await buyer.open(ticket.path);
  await buyer.follow('Go on to payment', order);
  await buyer.reload();
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('an answer that was overtaken on its way changes nothing', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const [buyer, other] = [await member('buyer'), await member('other')];
  await buyer.buy(ticket);
  await new CardForm(buyer.page).fill(CARDS.pays);

  // News of the ticket has the page ask after its order: it is told how that stood before the payment, after it.
  const held = new Promise<Route>((hold) => void buyer.page.route('**/rpc/show_order?**', hold, { times: 1 }));
  await other.open(ticket.path);
  await other.button('Join the line').click();
  const asked = await held;
  const answer = await asked.fetch();
  const attempts: string[] = [];
  buyer.page.on('request', (request) => {
    if (request.url().endsWith('/rpc/start_payment')) attempts.push(request.url());
  });
  await buyer.button(/^Pay /).click();
  await buyer.expectStatus('Complete');
  const told = buyer.page.waitForResponse((told) => told.request() === asked.request());
  await asked.fulfill({ response: answer });
  await (await told).finished();
  // Two frames, for whatever the page makes of it.
  await buyer.page.evaluate(async () => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  await buyer.expectStatus('Complete');
  await expect(buyer.page.getByRole('timer')).toHaveCount(0);
  expect(attempts).toEqual([]);
});

test('two tabs of one order take one payment', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const tab = await buyer.tab();
  await tab.open(order);
  await new CardForm(tab.page).fill(CARDS.pays);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  // The other tab hears of it; its form was for the same attempt, which Stripe takes once.
  await tab.expectStatus('Complete');
  await expect(tab.button('Pay $49.50')).toHaveCount(0);
});

test('two tabs of one order take one payment, where no news come', async ({ member, watch }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.hearsNothing();
  const order = await buyer.buy(ticket);
  const tab = await buyer.tab();
  await tab.open(order);
  await new CardForm(tab.page).fill(CARDS.pays);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  watch.expects(400, '/v1/payment_intents/');
  await tab.button('Pay $49.50').click();
  await tab.expectStatus('Complete');
});

test('an open page follows its ticket', async ({ member, visitor }) => {
  const seller = await member('seller');
  // Sooner than all others, to stand on the first page.
  const ticket = await seller.list({ 'Date and time': inDays(1), Price: '20.00' });
  const [shopper, buyer, passerBy] = [await member('shopper'), await member('buyer'), await visitor('passer-by')];
  await shopper.open('/');
  for (const person of [seller, passerBy]) await person.open(ticket.path);

  const order = await buyer.buy(ticket);
  await expect(shopper.row(ticket)).toContainText('Locked until');
  await expect(seller.page.getByText('Somebody is paying for it, so it cannot change')).toBeVisible();
  await expect(passerBy.button('Join the line')).toBeVisible();
  await buyer.cancelOrder();
  await expect(shopper.row(ticket)).not.toContainText('Locked until');
  await expect(passerBy.button('Buy ticket')).toBeVisible();
  await expect(buyer.page.getByText('The ticket is free again.')).toBeVisible();
  expect(order).toMatch(ORDER);

  const editor = await seller.tab();
  await editor.open(`${ticket.path}/edit`);
  await editor.field('Price').fill('25.00');
  await editor.press('Save changes', ticket.path);
  await passerBy.expectStatus('$25.00');
  await expect(passerBy.page.getByRole('status').filter({ hasText: 'The seller has just changed this listing.' })).toBeVisible();
});

test('a locked ticket is refused to whoever pressed second', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const second = await member('second');
  await second.hearsNothing();
  await second.open(ticket.path);
  const first = await member('first');
  const order = await first.buy(ticket);

  await second.pressRefused('Buy ticket', 409, 'lock_ticket');
  await second.expectAlert(/^Somebody is paying for this ticket right now. It may come free at \d\d:\d\d UTC.$/);
  await expect(second.page.getByText('Locked until')).toBeVisible();
  await expect(second.button('Buy ticket')).toHaveCount(0);
  await second.openRefused(order, 404);
  await expect(second.page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});

test('nobody pays another price than the one they saw', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Price: '20.00' });
  const buyer = await member('buyer');
  await buyer.hearsNothing();
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

test('a cancelled order frees the ticket at once', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await buyer.cancelOrder();
  await expect(buyer.page.getByText('The ticket is free again.')).toBeVisible();
  await expect(buyer.button(/^Pay/)).toHaveCount(0);

  const other = await member('other');
  await other.buy(ticket);
  await other.expectStatus('Awaiting payment');
  await buyer.open('/orders');
  await expect(buyer.row(ticket)).toContainText('Cancelled');
});

test('nothing moves when the card form comes', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const held = new Promise<Route>((hold) => void buyer.page.route('**/v3/', hold, { times: 1 }));
  await buyer.buy(ticket);
  const place = () => buyer.button('Cancel order').evaluate((button) => button.getBoundingClientRect().top + window.scrollY);
  await expect(buyer.page.getByText('Loading the card form…')).toBeVisible();
  const script = await held;
  const before = await place();
  await script.continue();
  await expect(buyer.button(/^Pay /)).toBeEnabled();
  expect(await place()).toBe(before);
});
