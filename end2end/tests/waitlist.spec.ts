// The waitlist of a ticket that another buyer has locked.
import { CardForm, CARDS } from '../support/card_form';
import { expectAccessible } from '../support/accessibility';
import { ORDER, type Person, type Ticket } from '../support/person';
import { expect, test } from '../support/test';

test('cancelled ticket is offered to the first on the waitlist', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);

  const [first, second] = [await member('first'), await member('second')];
  for (const [person, number] of [[first, 1], [second, 2]] as const) {
    await person.open(ticket.path);
    await expect(person.page.getByText('Reserved until')).toBeVisible();
    await person.button('Join the waitlist').click();
    await expect(person.page.getByText(`You are number ${number} on the waitlist`)).toBeVisible();
  }

  await second.open('/orders');
  await expect(second.page.getByRole('listitem').filter({ hasText: ticket.Event })).toContainText('You are number 2 on the waitlist');

  await cancel(buyer, order);
  await expect(buyer.page.getByText('It is reserved for someone else.')).toBeVisible();

  // The next page that the buyer opens shows the offer.
  await first.open('/');
  await expect(first.page.getByRole('status').filter({ hasText: 'It is your turn' })).toContainText(ticket.Event);
  await first.follow('Pay now', ORDER);
  await first.expectStatus('Awaiting payment');
  await second.open(ticket.path);
  await expect(second.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  await second.button('Leave the waitlist').click();
  await expect(second.button('Join the waitlist')).toBeVisible();
});

test('buyer who wants two is offered two', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list({ Seat: '1-2' });
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket, 2);
  const waiter = await member('waiter');
  await waiter.open(ticket.path);
  await waiter.field('How many do you want').selectOption('2');
  await waiter.button('Join the waitlist').click();
  await expect(waiter.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  await waiter.open('/orders');
  await expect(waiter.page.getByRole('listitem').filter({ hasText: ticket.Event })).toContainText('You are number 1 on the waitlist for 2 tickets');

  await cancel(buyer, order);
  await waiter.open('/');
  await waiter.follow('Pay now', ORDER);
  await waiter.expectStatus('2 tickets');
  await waiter.expectStatus('$99.00');
});

test('buyer who wants more than is on sale joins the waitlist', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list({ Seat: '1-3' });
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const waiter = await member('waiter');
  await waiter.open(ticket.path);
  await waiter.expectStatus('2 of 3 tickets on sale');
  await waiter.page.getByText('Want more? Join the waitlist', { exact: true }).click();
  await expect(waiter.page.getByText('For 3 tickets.', { exact: true })).toBeVisible();
  await waiter.button('Join the waitlist').click();
  await expect(waiter.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  // Meanwhile the two are on sale for everyone.
  await expect(waiter.button(/^Buy tickets?$/)).toBeVisible();

  await cancel(buyer, order);
  await waiter.open('/');
  await waiter.follow('Pay now', ORDER);
  await waiter.expectStatus('3 tickets');
});

test('seller closes the waitlist, which ends it, and reopens it', { tag: '@both' }, async ({ member, visitor }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  await expect(seller.button('Close the waitlist')).toHaveCount(0);
  await (await member('buyer')).buy(ticket);
  const [first, late] = [await member('first'), await member('late')];
  await late.open(ticket.path);
  await first.open(ticket.path);
  await first.button('Join the waitlist').click();
  await expect(first.page.getByText('You are number 1 on the waitlist')).toBeVisible();

  await seller.open(ticket.path);
  await expect(seller.page.getByText('One person is on the waitlist.')).toBeVisible();
  await expect(seller.page.getByText(/Buyers can hold it until .* at the latest, unless others join the waitlist\./)).toBeVisible();
  await seller.button('Close the waitlist').click();
  await expect(seller.page.getByText('The waitlist is closed: no one can join it.')).toBeVisible();
  await expect(seller.page.getByText(/Buyers can hold it until .* at the latest\.$/)).toBeVisible();

  // A page that was open before, and a new one.
  await late.pressRefused('Join the waitlist', 409, 'join_line');
  await late.expectAlert('The seller has closed the waitlist for this ticket.');
  await expect(late.button('Join the waitlist')).toHaveCount(0);
  const reader = await visitor('reader');
  await reader.open(ticket.path);
  await expect(reader.page.getByText('The seller has closed the waitlist.')).toBeVisible();
  await expect(reader.button('Join the waitlist')).toHaveCount(0);
  // Who was on it has no place any more.
  await first.reload();
  await expect(first.page.getByText('The seller has closed the waitlist.')).toBeVisible();
  await expect(first.button('Leave the waitlist')).toHaveCount(0);
  await seller.open('/listings');
  await expect(seller.page.getByRole('listitem').filter({ hasText: ticket.Event })).toContainText(/reserved for \d+ minutes at most/);
  await seller.open(ticket.path);

  await seller.button('Reopen the waitlist').click();
  await expect(seller.button('Close the waitlist')).toBeVisible();
  await late.reload();
  await late.button('Join the waitlist').click();
  await expect(late.page.getByText('You are number 1 on the waitlist')).toBeVisible();
});

test('ticket page of a waiting buyer updates by itself', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const [first, second] = [await member('first'), await member('second')];
  for (const person of [first, second]) {
    await person.open(ticket.path);
    await person.button('Join the waitlist').click();
    await expect(person.page.getByText(/You are number \d on the waitlist/)).toBeVisible();
  }
  await cancel(buyer, order);

  const within = { timeout: 20_000 };
  await expect(first.page.getByRole('link', { name: 'Continue to payment' })).toBeVisible(within);
  await expect(second.page.getByText('You are number 1 on the waitlist')).toBeVisible(within);
  await first.follow('Continue to payment', ORDER);
  await new CardForm(first.page).pay(CARDS.pays);
  await first.expectStatus('Complete');
  await expect(second.page.getByText('Sold', { exact: true })).toBeVisible(within);
});

/** A buyer who is on the waitlist for the ticket of `buyer` and has the home page open. */
async function waiterOnHomePage(member: (name?: string) => Promise<Person>): Promise<{ buyer: Person; order: string; waiter: Person; ticket: Ticket }> {
  const ticket = await (await member('seller')).list();
  const [buyer, waiter] = [await member('buyer'), await member('waiter')];
  const order = await buyer.buy(ticket);
  await waiter.open(ticket.path);
  await waiter.button('Join the waitlist').click();
  await expect(waiter.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  await waiter.ready();
  // A full page load would remove this mark.
  await waiter.page.evaluate(() => Object.assign(window, { isSameDocument: true }));
  await waiter.follow('All tickets on sale', '/');
  return { buyer, order, waiter, ticket };
}

const isSameDocument = (person: Person) => person.page.evaluate(() => 'isSameDocument' in window);
const offerNotice = (person: Person) => person.page.getByRole('status').filter({ hasText: 'It is your turn' });

async function cancel(buyer: Person, order: string): Promise<void> {
  await buyer.open(order);
  await buyer.cancelOrder();
}

test('waiting buyer sees the offer after navigation', async ({ member }) => {
  const { buyer, order, waiter, ticket } = await waiterOnHomePage(member);
  await cancel(buyer, order);
  await waiter.follow('My listings', '/listings');
  // Earlier than the next poll of the page.
  await expect(offerNotice(waiter)).toContainText(ticket.Event, { timeout: 5_000 });
  expect(await isSameDocument(waiter)).toBe(true);

  await waiter.follow('Pay now', ORDER);
  await new CardForm(waiter.page).pay(CARDS.pays);
  await waiter.expectStatus('Complete');
  await waiter.follow('My listings', '/listings');
  await expect(waiter.page.getByRole('heading', { name: 'My listings' })).toBeVisible();
  await expect(offerNotice(waiter)).toHaveCount(0);
});

test('waiting buyer sees the offer without navigation', async ({ member }) => {
  const { buyer, order, waiter, ticket } = await waiterOnHomePage(member);
  await cancel(buyer, order);
  await expect(offerNotice(waiter)).toContainText(ticket.Event, { timeout: 25_000 });
  expect(await isSameDocument(waiter)).toBe(true);
});

test.describe('after the offer', () => {
  test.use({ stackName: 'short' });

  test('offer notice disappears by itself', async ({ member, stack }) => {
    const { buyer, order, waiter } = await waiterOnHomePage(member);
    await cancel(buyer, order);
    await waiter.follow('My listings', '/listings');
    await expect(offerNotice(waiter)).toBeVisible({ timeout: 5_000 });
    // The page counts the time by itself, without a response.
    await waiter.page.route('**/rpc/current_user*', () => undefined);
    await expect(offerNotice(waiter)).toHaveCount(0, { timeout: (stack.lockSeconds + 2) * 1000 });
    await waiter.page.unrouteAll();
    expect(await isSameDocument(waiter)).toBe(true);
  });
});

test('waitlist pages are accessible in every state', async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const waiting = await member('waiting');
  await expectAccessible(waiting, ticket.path, 'waitlist-to-join');
  await waiting.button('Join the waitlist').click();
  await expect(waiting.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  await expectAccessible(waiting, ticket.path, 'waitlist-joined');
  await expectAccessible(seller, ticket.path, 'waitlist-own');
  await expectAccessible(waiting, '/orders', 'orders-waiting');
  await cancel(buyer, order);
  await expectAccessible(waiting, '/', 'waitlist-offer');
});
