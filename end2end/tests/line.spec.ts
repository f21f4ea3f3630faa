// Waiting in line for a ticket that somebody else has locked.
import { CardForm, CARDS } from '../support/card_form';
import { expectAccessible } from '../support/looks';
import { ORDER, type Person, type Ticket } from '../support/person';
import { expect, test } from '../support/test';

test('whoever waits has the ticket when its buyer gives it up', { tag: '@both' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);

  const [first, second] = [await member('first'), await member('second')];
  for (const [person, number] of [[first, 1], [second, 2]] as const) {
    await person.open(ticket.path);
    await expect(person.page.getByText('Locked until')).toBeVisible();
    await person.button('Join the line').click();
    await expect(person.page.getByText(`You are number ${number} in line`)).toBeVisible();
  }

  await second.open('/orders');
  await expect(second.page.getByRole('listitem').filter({ hasText: ticket.Event })).toContainText('You are number 2 in line');

  await giveUp(buyer, order);
  await expect(buyer.page.getByText('Somebody else has it locked.')).toBeVisible();

  // Wherever they are, the next page says so.
  await first.open('/');
  await expect(first.page.getByRole('status').filter({ hasText: 'It is your turn' })).toContainText(ticket.Event);
  await first.follow('Pay now', ORDER);
  await first.expectStatus('Awaiting payment');
  await second.open(ticket.path);
  await expect(second.page.getByText('You are number 1 in line')).toBeVisible();
  await second.button('Leave the line').click();
  await expect(second.button('Join the line')).toBeVisible();
});

test('the page of whoever waits changes by itself', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const [first, second] = [await member('first'), await member('second')];
  for (const person of [first, second]) {
    await person.open(ticket.path);
    await person.button('Join the line').click();
    await expect(person.page.getByText(/You are number \d in line/)).toBeVisible();
  }
  await giveUp(buyer, order);

  const within = { timeout: 20_000 };
  await expect(first.page.getByRole('link', { name: 'Go on to payment' })).toBeVisible(within);
  await expect(second.page.getByText('You are number 1 in line')).toBeVisible(within);
  await first.follow('Go on to payment', ORDER);
  await new CardForm(first.page).pay(CARDS.pays);
  await first.expectStatus('Complete');
  await expect(second.page.getByText('Sold', { exact: true })).toBeVisible(within);
});

/** Somebody who waits in line for what `buyer` holds, and has gone on to the home page meanwhile. */
async function waiterElsewhere(member: (name?: string) => Promise<Person>): Promise<{ buyer: Person; order: string; waiter: Person; ticket: Ticket }> {
  const ticket = await (await member('seller')).list();
  const [buyer, waiter] = [await member('buyer'), await member('waiter')];
  const order = await buyer.buy(ticket);
  await waiter.open(ticket.path);
  await waiter.button('Join the line').click();
  await expect(waiter.page.getByText('You are number 1 in line')).toBeVisible();
  await waiter.ready();
  // From here on a full load would forget this.
  await waiter.page.evaluate(() => Object.assign(window, { isSameDocument: true }));
  await waiter.follow('All tickets on sale', '/');
  return { buyer, order, waiter, ticket };
}

const isSameDocument = (person: Person) => person.page.evaluate(() => 'isSameDocument' in window);
const turnNotice = (person: Person) => person.page.getByRole('status').filter({ hasText: 'It is your turn' });

async function giveUp(buyer: Person, order: string): Promise<void> {
  await buyer.open(order);
  await buyer.cancelOrder();
}

test('whoever waits is told on the next page that they go on to', async ({ member }) => {
  const { buyer, order, waiter, ticket } = await waiterElsewhere(member);
  await giveUp(buyer, order);
  await waiter.follow('My listings', '/listings');
  // Sooner than the page asks by itself.
  await expect(turnNotice(waiter)).toContainText(ticket.Event, { timeout: 5_000 });
  expect(await isSameDocument(waiter)).toBe(true);

  await waiter.follow('Pay now', ORDER);
  await new CardForm(waiter.page).pay(CARDS.pays);
  await waiter.expectStatus('Complete');
  await waiter.follow('My listings', '/listings');
  await expect(waiter.page.getByRole('heading', { name: 'My listings' })).toBeVisible();
  await expect(turnNotice(waiter)).toHaveCount(0);
});

test('whoever waits is told on the page that they stay on', async ({ member }) => {
  const { buyer, order, waiter, ticket } = await waiterElsewhere(member);
  await giveUp(buyer, order);
  await expect(turnNotice(waiter)).toContainText(ticket.Event, { timeout: 25_000 });
  expect(await isSameDocument(waiter)).toBe(true);
});

test.describe('when the turn is over', () => {
  test.use({ stackName: 'short' });

  test('the page stops saying so by itself', async ({ member, stack }) => {
    const { buyer, order, waiter } = await waiterElsewhere(member);
    await giveUp(buyer, order);
    await waiter.follow('My listings', '/listings');
    await expect(turnNotice(waiter)).toBeVisible({ timeout: 5_000 });
    // It goes by the page's own count, not by an answer.
    await waiter.page.route('**/rpc/current_user*', () => undefined);
    await expect(turnNotice(waiter)).toHaveCount(0, { timeout: (stack.lockSeconds + 2) * 1000 });
    await waiter.page.unrouteAll();
    expect(await isSameDocument(waiter)).toBe(true);
  });
});

test('a line in each state', async ({ member }) => {
  test.setTimeout(120_000);
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const waiting = await member('waiting');
  await expectAccessible(waiting, ticket.path, 'line-to-join');
  await waiting.button('Join the line').click();
  await expect(waiting.page.getByText('You are number 1 in line')).toBeVisible();
  await expectAccessible(waiting, ticket.path, 'line-joined');
  await expectAccessible(waiting, '/orders', 'orders-waiting');
  await giveUp(buyer, order);
  await expectAccessible(waiting, '/', 'line-my-turn');
});
