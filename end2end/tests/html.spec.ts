// The HTML of every page in every state, as the server sends it. The last test checks what those before it have kept;
// empty.spec.ts keeps the empty home page.
import { CardForm, CARDS } from '../support/card_form';
import { findings, keepHtml, keepRefused, keptPages } from '../support/html';
import { unique } from '../support/listing';
import { linkIn } from '../support/mail';
import { makeOperator } from '../support/operator';
import { setUpByRequest } from '../support/second_factor';
import { expect, test } from '../support/test';

test.describe.configure({ mode: 'serial', timeout: 240_000 });

const PASSWORD = { email: 'unknown@example.com', password: 'a wrong password' };
const LISTING = { title: '', category: 'concert', city: '', venue: '', starts_at: '2020-01-01T20:00', time_zone: '', section: '', row: '', seat: '7', quantity: '3', split: 'any', price: '0.10' };

test('HTML of public pages', async ({ visitor }) => {
  const ana = await visitor('ana');
  await keepHtml(ana, 'home', '/');
  await keepHtml(ana, 'search', '/search');
  await keepHtml(ana, 'search-empty', '/search?q=xyzzy&category=concert&max=20');
  await keepHtml(ana, 'sign-up', '/signup');
  await keepHtml(ana, 'sign-in', '/signin?next=/orders');
  await keepHtml(ana, 'forgotten', '/forgot');
  await keepHtml(ana, 'forgotten-sent', '/forgot?done=sent');
  await keepHtml(ana, 'reset-link', '/reset');
  await keepHtml(ana, 'code-elsewhere', '/signup/code?code=123456');
  await keepHtml(ana, 'not-found', '/nowhere', 404);
  await keepRefused(ana, 'sign-up-refused', '/signup', 'sign_up', { email: 'nobody', password: 'short', next: '' });
  await keepRefused(ana, 'sign-in-refused', '/signin', 'sign_in', { ...PASSWORD, next: '' });
  await ana.page.request.post('/rpc/sign_up', { form: { email: `${unique('code').replaceAll(' ', '-')}@example.com`, password: PASSWORD.password } });
  await keepHtml(ana, 'code', '/signup/code');
  await keepRefused(ana, 'code-refused', '/signup/code', 'enter_code', { code: '12' });
  await keepRefused(ana, 'forgotten-refused', '/forgot', 'forgot_password', { email: 'nobody' });
});

test('HTML of the page of a mailed link', async ({ member, visitor, stack, request }) => {
  const { email } = await member('ana');
  const ana = await visitor('ana');
  await ana.page.request.post('/rpc/forgot_password', { form: { email } });
  const link = await linkIn(request, stack, email, 1);
  await ana.page.request.post('/rpc/open_reset', { form: { token: link } });
  await keepHtml(ana, 'reset', '/reset');
  await keepRefused(ana, 'reset-refused', '/reset', 'reset_password', { new_password: 'short' });
});

test('HTML of the pages of a new member', async ({ member, visitor }) => {
  const ana = await member('ana');
  await keepHtml(ana, 'home-signed-in', '/');
  await keepHtml(ana, 'orders-empty', '/orders');
  await keepHtml(ana, 'listings-empty', '/listings');
  await keepHtml(ana, 'balance-empty', '/balance');
  await keepHtml(ana, 'watching-empty', '/watching');
  await keepHtml(ana, 'new', '/tickets/new');
  await keepRefused(ana, 'new-refused', '/tickets/new', 'list_ticket', LISTING);
  await (await visitor('phone')).signIn(ana.email);
  await keepHtml(ana, 'account', '/account');
  await keepHtml(ana, 'second-factor', '/account/second-factor');
  await keepRefused(ana, 'account-refused', '/account', 'change_password', { current_password: 'a wrong password', new_password: 'short' });
  await keepHtml(ana, 'operator-refused', '/operator', 404);
});

test('HTML of the pages of a sale', async ({ member, visitor }) => {
  const seller = await member('seller');
  const reader = await visitor('reader');
  const buyer = await member('buyer');
  const ticket = await seller.list();
  await keepHtml(reader, 'ticket-on-sale', ticket.path);
  await reader.open(ticket.path);
  const event = await reader.page.getByRole('link', { name: 'All tickets for this event' }).getAttribute('href');
  await keepHtml(reader, 'event', event ?? '');
  await keepHtml(reader, 'sign-up-to-buy', `/signup?ticket=${ticket.path.slice('/tickets/'.length)}&version=1&price_cents=4950&count=1`);
  await keepHtml(reader, 'search-found', `/search?q=${encodeURIComponent(ticket.Event)}`);
  await keepHtml(seller, 'ticket-own', ticket.path);
  await keepHtml(buyer, 'ticket-to-buy', ticket.path);
  await keepHtml(buyer, 'event-to-watch', event ?? '');
  await keepRefused(buyer, 'watch-refused', event ?? '', 'watch_event', { event: (event ?? '').slice('/events/'.length), under: 'a lot' });
  await buyer.open(ticket.path);
  await buyer.press('Watch listing', '/watching');
  await keepHtml(buyer, 'watching', '/watching');
  await keepHtml(seller, 'edit', `${ticket.path}/edit`);
  const version = { ticket: ticket.path.slice('/tickets/'.length), version: '1' };
  await keepRefused(seller, 'edit-refused', `${ticket.path}/edit`, 'edit_ticket', { ...LISTING, ...version });
  await keepHtml(buyer, 'edit-not-yours', `${ticket.path}/edit`, 403);
  await keepRefused(buyer, 'buy-refused', ticket.path, 'lock_ticket', { ...version, price_cents: '1', count: '1' });

  const order = await buyer.buy(ticket);
  await keepHtml(reader, 'ticket-locked', ticket.path);
  await keepHtml(seller, 'ticket-own-locked', ticket.path);
  await keepHtml(buyer, 'ticket-locked-by-me', ticket.path);
  await keepHtml(seller, 'edit-locked', `${ticket.path}/edit`);
  await keepHtml(buyer, 'order-awaiting-payment', order);
  await keepHtml(seller, 'order-not-yours', order, 404);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await keepHtml(buyer, 'order-complete', order);
  await keepHtml(buyer, 'my-tickets', '/orders');
  await keepHtml(buyer, 'ticket-bought', ticket.path);
  await keepHtml(reader, 'ticket-sold', ticket.path);
  await keepHtml(reader, 'event-without-tickets', event ?? '');
  await keepHtml(seller, 'sale', `${ticket.path}/sale`);
  await keepHtml(seller, 'hand-in', `${ticket.path}/delivery`);
  await keepHtml(buyer, 'tickets-promised', `${order}/tickets`);
  await keepHtml(seller, 'balance', '/balance');

  const withdrawn = await seller.list();
  await seller.press('Withdraw', '/listings');
  await keepHtml(reader, 'ticket-withdrawn', withdrawn.path, 410);
  await keepHtml(seller, 'listings', '/listings');
});

test('HTML of the pages of several tickets and a waitlist', async ({ member, guard }) => {
  const seller = await member('seller');
  const buyer = await member('buyer');
  const waiter = await member('waiter');
  const tickets = await seller.list({ Seat: '12-15' });
  await keepHtml(waiter, 'tickets-on-sale', tickets.path);
  await keepHtml(seller, 'tickets-edit', `${tickets.path}/edit`);
  const order = await buyer.buy(tickets, 2);
  await keepHtml(buyer, 'order-of-several', order);
  await keepHtml(waiter, 'tickets-partly-locked', tickets.path);
  guard.expectStatus(402, '/v1/payment_intents/');
  await new CardForm(buyer.page).pay(CARDS.declined);
  await buyer.expectAlert('2 tries left.');
  await keepHtml(buyer, 'order-card-declined', order);

  const ticket = await seller.list();
  const other = await buyer.buy(ticket);
  await waiter.open(ticket.path);
  await waiter.button('Join the waitlist').click();
  await expect(waiter.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  await keepHtml(waiter, 'ticket-waiting', ticket.path);
  await keepHtml(waiter, 'orders-waiting', '/orders');
  await keepHtml(seller, 'ticket-own-with-waitlist', ticket.path);
  await buyer.open(other);
  await buyer.cancelOrder();
  await keepHtml(buyer, 'order-cancelled', other);
  await keepHtml(buyer, 'orders', '/orders');
  await waiter.open('/');
  await expect(waiter.page.getByRole('status').filter({ hasText: 'It is your turn' })).toBeVisible();
  await keepHtml(waiter, 'ticket-offered', ticket.path);
  await keepHtml(waiter, 'home-offered', '/');
});

test.describe('on a stack with short locks', () => {
  test.use({ stackName: 'short' });

  test('HTML of the pages after expiry, and of the operator', async ({ member, visitor, stack }) => {
    const ticket = await (await member('seller')).list();
    const buyer = await member('buyer');
    const order = await buyer.buy(ticket);
    const operator = await visitor('operator');
    await operator.signUpByRequest();
    makeOperator(stack, operator.email);
    await setUpByRequest(operator);
    await keepHtml(operator, 'operator', '/operator');
    await expect(buyer.page.getByRole('heading', { name: 'Time is up' })).toBeVisible({ timeout: (stack.lockSeconds + 5) * 1000 });
    await keepHtml(buyer, 'order-expired', order);
    await keepHtml(buyer, 'orders-expired', '/orders');
  });
});

test('every page is valid HTML', async () => {
  expect(keptPages()).toContain('home-empty.html');
  expect(await findings()).toEqual([]);
});
