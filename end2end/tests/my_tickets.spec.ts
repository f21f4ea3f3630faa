// The page of the user's tickets.
import { CardForm, CARDS } from '../support/card_form';
import { inDays } from '../support/listing';
import type { Person, Ticket } from '../support/person';
import { expect, test } from '../support/test';

async function pay(buyer: Person, ticket: Ticket, count = 1): Promise<string> {
  const order = await buyer.buy(ticket, count);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  return order;
}

test('next event is the large ticket, and what has ended is folded', async ({ member, visitor }) => {
  const seller = await member('seller');
  const [late, soon, cancelled] = [await seller.list({ 'Date and time': inDays(9) }), await seller.list({ 'Date and time': inDays(3), Seat: '1-2' }), await seller.list()];
  const buyer = await member('buyer');
  await pay(buyer, late);
  const order = await pay(buyer, soon, 2);
  await buyer.buy(cancelled);
  await buyer.cancelOrder();

  // The same as the server renders it, and after a navigation without a page load.
  const reader = await visitor('reader');
  await reader.signIn(buyer.email);
  await reader.follow('My orders', '/orders');
  await buyer.open('/orders');
  for (const person of [buyer, reader]) {
    const next = person.page.getByRole('list', { name: 'Your next event' });
    await expect(next.getByRole('heading', { name: soon.Event })).toBeVisible();
    await expect(next).toContainText(/in 3 days/i);
    await expect(next).toContainText('2 tickets');
    await expect(person.page.getByRole('list', { name: 'Upcoming' }).getByRole('listitem')).toHaveText(new RegExp(late.Event));
    await expect(person.row(cancelled)).toHaveCount(0);
    await person.page.getByRole('heading', { name: 'Past and ended orders' }).click();
    await expect(person.row(cancelled)).toContainText('Cancelled');
  }
  await buyer.follow('View order', order);
});

test('reserved ticket comes first and leads to its payment', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  await buyer.open('/orders');
  const open = buyer.page.getByRole('list', { name: 'Awaiting payment' });
  await expect(open.getByRole('listitem')).toContainText(/Reserved for you: pay by \d/);
  await buyer.follow('Continue to payment', order);
  await buyer.cancelOrder();
  await buyer.openEndedOrders();
  await expect(buyer.row(ticket)).toContainText('Cancelled');
  await expect(buyer.page.getByRole('heading', { name: 'No tickets for upcoming events' })).toBeVisible();
});

test('header marks the page that it is on', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const marked = ana.page.getByRole('banner').locator('[aria-current="page"]');
  await ana.open('/');
  await expect(marked).toHaveText('GitTix');
  for (const [name, path] of [['My orders', '/orders'], ['Account', '/account'], ['Sell a ticket', '/tickets/new']] as const) {
    await ana.follow(name, path);
    await expect(marked).toHaveText(name);
  }
  await ana.page.goBack();
  await expect(marked).toHaveText('Account');
});
