// Every page in every state, checked by axe.
import { CardForm, CARDS } from '../support/card_form';
import { fillListing, inDays } from '../support/listing';
import { expectAccessible } from '../support/accessibility';
import { expect, test } from '../support/test';

test.describe.configure({ timeout: 240_000 });

/** What a reader may change about the text of every page. */
const TEXT = {
  // The values of WCAG 1.4.12
  spaced: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
  'twice as large': 'html { font-size: 200% }',
};

/** Adds `css` to the page, and returns what is then wider than its place. Runs in the page. */
function widerWith(css: string): string[] {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
  return [...document.querySelectorAll('html, .btn, .nav-link, .status, .tag')]
    .filter((element) => element.scrollWidth > element.clientWidth && element.clientWidth > 0)
    .map((element) => `${element.localName}: ${element.textContent.trim().slice(0, 50)}`);
}

test('public pages are accessible', async ({ visitor, guard }) => {
  const ana = await visitor('ana');
  await expectAccessible(ana, '/', 'home');
  await expectAccessible(ana, '/signup', 'sign-up');
  await expectAccessible(ana, '/signin?next=/orders', 'sign-in');
  await expectAccessible(ana, '/forgot', 'forgotten');
  await expectAccessible(ana, '/forgot?done=sent', 'forgotten-sent');
  await expectAccessible(ana, '/reset', 'reset');
  guard.expectStatus(401, '/rpc/sign_in');
  await expectAccessible(ana, '/signin', 'sign-in-refused', async () => {
    await ana.field('Email').fill('unknown@example.com');
    await ana.field('Password').fill('a wrong password');
    await ana.button('Sign in').click();
    await ana.expectAlert('do not match');
  });
  guard.expectStatus(404, '/nowhere');
  await expectAccessible(ana, '/nowhere', 'not-found');
});

test('seller pages are accessible', async ({ member, guard }) => {
  const seller = await member('seller');
  await expectAccessible(seller, '/listings', 'listings-empty');
  guard.expectStatus(422, '/rpc/list_ticket');
  await expectAccessible(seller, '/tickets/new', 'list-refused', async () => {
    await seller.page.locator('main form').evaluate((form: HTMLFormElement) => (form.noValidate = true));
    await fillListing(seller.page, { Event: 'The Night Ferry', 'Date and time': '2020-01-01T20:00', Price: '0.10' });
    await seller.button('List ticket').click();
    await seller.expectAlert(/^\d+ things to correct:|^One thing to correct:/);
  });
  await expectAccessible(seller, '/tickets/new', 'list');
  const ticket = await seller.list();
  await expectAccessible(seller, ticket.path, 'ticket-own');
  await expectAccessible(seller, `${ticket.path}/edit`, 'edit');
  const other = await member('other');
  guard.expectStatus(403, '/edit');
  await expectAccessible(other, `${ticket.path}/edit`, 'edit-not-yours');
});

test('search and event pages are accessible', async ({ member, visitor }) => {
  const seller = await member('seller');
  const ticket = await seller.list({ Seat: '7-10' });
  const locked = await seller.list({ Event: ticket.Event });
  await (await member('buyer')).buy(locked);
  await seller.open(ticket.path);
  const event = await seller.page.getByRole('link', { name: 'All tickets for this event' }).getAttribute('href');
  const reader = await visitor('reader');
  await expectAccessible(reader, event ?? '', 'event');
  await expectAccessible(reader, '/search', 'search');
  await expectAccessible(reader, '/search?q=nigth&category=concert&city=rotterdam', 'search-misspelt');
  await expectAccessible(reader, '/search?q=xyzzy', 'search-empty');
});

test('pages of watches are accessible', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const reader = await member('reader');
  await expectAccessible(reader, '/watching', 'watching-empty');
  await reader.open(ticket.path);
  const event = await reader.page.getByRole('link', { name: 'All tickets for this event' }).getAttribute('href');
  guard.expectStatus(422, '/rpc/watch_event');
  await expectAccessible(reader, event ?? '', 'watch-refused', async () => {
    await reader.field('Highest price').fill('a lot');
    await reader.button('Watch event').click();
    await reader.expectAlert('One thing to correct:');
  });
  await reader.open(ticket.path);
  await reader.press('Watch listing', '/watching');
  await expectAccessible(reader, '/watching', 'watching');
});

test('account page is accessible', async ({ member, visitor }) => {
  const ana = await member('ana');
  await (await visitor('phone')).signIn(ana.email);
  await expectAccessible(ana, '/account', 'account');
});

test('ticket page is accessible in every state', async ({ member, visitor, guard }) => {
  const seller = await member('seller');
  const [free, locked, sold, withdrawn] = [await seller.list(), await seller.list(), await seller.list(), await seller.list()];
  const buyer = await member('buyer');
  await buyer.buy(locked);
  await buyer.buy(sold);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await seller.open(withdrawn.path);
  await seller.press('Withdraw', '/listings');

  const reader = await visitor('reader');
  await expectAccessible(reader, free.path, 'ticket-on-sale');
  await expectAccessible(reader, locked.path, 'ticket-locked');
  await expectAccessible(reader, sold.path, 'ticket-sold');
  guard.expectStatus(410, withdrawn.path);
  await expectAccessible(reader, withdrawn.path, 'ticket-withdrawn');
  await expectAccessible(buyer, locked.path, 'ticket-locked-by-me');
  await expectAccessible(seller, `${locked.path}/edit`, 'edit-locked');
  await expectAccessible(seller, '/listings', 'listings');
});

test('order page is accessible in every state', async ({ member, guard }) => {
  const seller = await member('seller');
  const [open, complete, cancelled, declined] = [await seller.list(), await seller.list(), await seller.list(), await seller.list()];
  const buyer = await member('buyer');
  const card = new CardForm(buyer.page);
  await expectAccessible(buyer, '/orders', 'orders-empty');

  const openOrder = await buyer.buy(open);
  await expectAccessible(buyer, openOrder, 'order-open', () => card.fill(CARDS.pays));
  const completeOrder = await buyer.buy(complete);
  await card.pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await expectAccessible(buyer, completeOrder, 'order-complete');
  const cancelledOrder = await buyer.buy(cancelled);
  await buyer.cancelOrder();
  await expectAccessible(buyer, cancelledOrder, 'order-cancelled');

  const declinedOrder = await buyer.buy(declined);
  guard.expectStatus(402, '/v1/payment_intents/');
  await card.pay(CARDS.declined);
  await buyer.expectAlert('2 tries left.');
  await expect(buyer.button(/^Pay/)).toBeEnabled();
  await expectAccessible(buyer, declinedOrder, 'order-bank-confirmation', async () => {
    await card.pay(CARDS.needsConfirmation);
    await expect(buyer.page.locator('dialog iframe').contentFrame().getByRole('button', { name: 'Complete' })).toBeVisible();
  });
  await expectAccessible(buyer, '/orders', 'orders');
});

test('page of the user\'s tickets is accessible', async ({ member }) => {
  const seller = await member('seller');
  const [next, later, cancelled, awaited] = [
    await seller.list({ 'Date and time': inDays(3), Seat: '7-8' }),
    await seller.list({ 'Date and time': inDays(12) }),
    await seller.list(),
    await seller.list(),
  ];
  const buyer = await member('buyer');
  for (const [ticket, count] of [[next, 2], [later, 1]] as const) {
    await buyer.buy(ticket, count);
    await new CardForm(buyer.page).pay(CARDS.pays);
    await buyer.expectStatus('Complete');
  }
  await buyer.buy(cancelled);
  await buyer.cancelOrder();
  await (await member('rival')).buy(awaited);
  await buyer.open(awaited.path);
  await buyer.button('Join the waitlist').click();
  await expect(buyer.page.getByText('You are number 1 on the waitlist')).toBeVisible();
  await expectAccessible(buyer, '/orders', 'my-tickets', () => buyer.page.getByRole('heading', { name: 'Past and ended orders' }).click());
});

test('order page is accessible after declined cards', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  guard.expectStatus(402, '/v1/payment_intents/');
  await expectAccessible(buyer, order, 'order-card-declined', async () => {
    await card.pay(CARDS.declined);
    await buyer.expectAlert(/(2 tries|1 try) left\.$/);
    await expect(buyer.button(/^Pay/)).toBeEnabled();
  });
  await card.pay(CARDS.declined);
  await buyer.expectStatus('Cancelled');
  await expectAccessible(buyer, order, 'order-declined');
});

test('text may be spaced or enlarged on a narrow screen', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  for (const person of [seller, buyer]) await person.page.setViewportSize({ width: 320, height: 640 });
  const pages = [[buyer, '/'], [seller, ticket.path], [buyer, ticket.path], [seller, '/tickets/new'], [buyer, '/account'], [buyer, order], [buyer, '/orders'], [seller, '/listings']] as const;
  for (const [person, path] of pages) {
    await person.open(path);
    if (path === order) await expect(person.button(/^Pay /)).toBeEnabled();
    for (const [how, css] of Object.entries(TEXT)) expect(await person.page.evaluate(widerWith, css), `${path}, ${how}`).toEqual([]);
  }
});

test.describe('after expiry', () => {
  test.use({ stackName: 'short' });

  test('expired order page is accessible', async ({ member, stack }) => {
    const ticket = await (await member('seller')).list();
    const buyer = await member('buyer');
    const order = await buyer.buy(ticket);
    const untilExpiry = { timeout: (stack.lockSeconds + 5) * 1000 };
    await expect(buyer.page.getByRole('heading', { name: 'Time is up' })).toBeVisible(untilExpiry);
    await expectAccessible(buyer, order, 'order-expired');
    await expectAccessible(buyer, '/orders', 'orders-expired');
  });
});
