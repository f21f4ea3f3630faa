// Pages that something else changes or holds back: translators, extensions, proxies, blockers, old browsers, a lost network.
import { CARDS, CardForm } from '../support/card_form';
import { newListing, fillListing, unique } from '../support/listing';
import { ORDER, PASSWORD, type Person } from '../support/person';
import { expect, test } from '../support/test';

/** What changes a page before it is hydrated. Each runs in the page. */
const CHANGES: Record<string, () => void> = {
  'a translator wraps every text': () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts.filter((text) => text.data.trim() && !text.parentElement?.closest('script, style'))) {
      const outer = document.createElement('font');
      outer.appendChild(document.createElement('font')).textContent = text.data;
      text.replaceWith(outer);
    }
  },
  'a toolbar stands before the page': () => document.body.prepend(document.createElement('div')),
  'a banner stands between header and page': () => document.querySelector('main')?.before(document.createElement('aside')),
  'a password manager stands beside each field': () => document.querySelectorAll('input').forEach((input) => input.after(document.createElement('span'))),
  'a converter wraps the prices': () => {
    for (const price of document.querySelectorAll('.price, .btn')) {
      if (price.textContent?.includes('$')) price.innerHTML = `<span>${price.textContent}</span>`;
    }
  },
  'a telephone makes links of numbers': () => {
    for (const time of document.querySelectorAll('time, h1')) time.innerHTML = `<a href="tel:123">${time.textContent}</a>`;
  },
  'a proxy removes the comments': () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_COMMENT);
    const comments: ChildNode[] = [];
    while (walker.nextNode()) comments.push(walker.currentNode as ChildNode);
    comments.forEach((comment) => comment.remove());
  },
};

/** Changes every page of a new tab as soon as its HTML is there. The program comes later. */
async function tabWith(person: Person, change: () => void): Promise<Person> {
  const tab = await person.tab();
  await tab.page.addInitScript(`addEventListener('DOMContentLoaded', ${change.toString()})`);
  await tab.page.route('**/pkg/*.wasm', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue().catch(() => {});
  });
  return tab;
}

for (const [name, change] of Object.entries(CHANGES)) {
  test(`page works where ${name}`, async ({ guard, member, visitor }) => {
    test.setTimeout(240_000);
    for (const text of ['panicked', 'unreachable']) guard.allowConsole(text);
    const seller = await member('seller');
    const ticket = await seller.list();
    const reader = await tabWith(await visitor('reader'), change);
    await reader.open('/');
    await reader.page.locator('.tickets').getByRole('link').first().click();
    await expect(reader.page.getByRole('link', { name: 'All tickets on sale' })).toBeVisible();

    const signing = await tabWith(await visitor('signing'), change);
    await signing.open('/signin');
    await signing.field('Email').fill(`${unique('unknown').replaceAll(' ', '-')}@example.com`);
    await signing.field('Password').fill('a wrong password');
    await signing.pressRefused('Sign in', 401, 'sign_in');
    await signing.expectAlert('That email and password do not match.');

    const buyer = await tabWith(await member('buyer'), change);
    await buyer.open(ticket.path);
    await buyer.press('Buy ticket', ORDER);
    const paying = await tabWith(buyer, change);
    await paying.open(buyer.path());
    const timer = paying.page.getByRole('timer');
    const before = await timer.textContent();
    await expect(timer).not.toHaveText(before ?? '');
    await new CardForm(paying.page).pay(CARDS.pays);
    await paying.expectStatus('Complete');
  });
}

test('states and times stay true on a page that is translated later', async ({ guard, member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  guard.expectStatus(402, '/v1/payment_intents/');
  await card.fill(CARDS.declined);
  await buyer.page.evaluate(CHANGES['a translator wraps every text'] as () => void);
  const timer = buyer.page.getByRole('timer');
  const before = await timer.textContent();
  await expect(timer).not.toHaveText(before ?? '');
  await buyer.button(/^Pay/).click();
  await buyer.expectAlert('Your card was declined. 2 tries left.');
  await buyer.page.evaluate(CHANGES['a translator wraps every text'] as () => void);
  await card.pay(CARDS.insufficientFunds);
  await buyer.expectAlert('Your card has insufficient funds. 1 try left.');
  await card.fill(CARDS.pays);
  await buyer.page.evaluate(CHANGES['a translator wraps every text'] as () => void);
  await buyer.button(/^Pay/).click();
  await buyer.expectStatus('Complete');
  await expect(buyer.page.getByText('Awaiting payment')).toHaveCount(0);
});

test('states stay true on a translated listing', async ({ member, visitor }) => {
  const ticket = await (await member('seller')).list();
  const reader = await visitor('reader');
  await reader.open(ticket.path);
  await reader.page.evaluate(CHANGES['a translator wraps every text'] as () => void);
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await expect(reader.page.getByText(/^Reserved until/)).toBeVisible();
  await expect(reader.button('Join the waitlist')).toBeVisible();
  await buyer.cancelOrder();
  await expect(reader.page.getByText(/^Reserved until/)).toHaveCount(0);
  await expect(reader.button('Buy ticket')).toBeVisible();
});

test('page without WebAssembly says so and goes on as forms', async ({ guard, member }) => {
  guard.allowConsole('WebAssembly');
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.page.addInitScript('delete window.WebAssembly');
  await buyer.page.goto(ticket.path);
  await buyer.expectAlert('A part of this page did not load.');
  await buyer.button('Buy ticket').click();
  await buyer.page.waitForURL(ORDER);
  await expect(buyer.page.getByText(/^The card form did not start\./)).toBeVisible();
  await expect(buyer.page.getByText('Loading the card form…')).toBeHidden();
  await buyer.button('Cancel order').click();
  await buyer.expectStatus('Cancelled');
});

test('page whose program does not come says so, and takes it back when it comes', async ({ guard, member }) => {
  for (const text of ['WebAssembly', 'failed to fetch Wasm']) guard.allowConsole(text);
  guard.expectStatus(404, '/pkg/');
  const ana = await member('ana');
  await ana.page.route('**/pkg/*.wasm', (route) => route.fulfill({ status: 404, contentType: 'text/html', body: 'gone' }));
  await ana.page.goto('/orders');
  await ana.expectAlert('A part of this page did not load.');
  await ana.page.unrouteAll();
  await ana.follow('Load again', '/orders');
  await expect(ana.page.getByRole('alert')).toHaveCount(0);
});

test('slow program is waited for, and the page says so meanwhile', async ({ visitor }) => {
  const ana = await visitor('ana');
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await ana.page.route('**/pkg/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  await ana.page.clock.install();
  await ana.page.goto('/signin', { waitUntil: 'domcontentloaded' });
  await ana.page.clock.fastForward('00:16');
  await ana.expectAlert('A part of this page did not load.');
  release();
  await ana.ready();
  await expect(ana.page.getByRole('alert')).toHaveCount(0);
});

test('card form whose frame is blocked says so, and the order can be cancelled', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.page.context().route('**/elements-inner.html*', (route) => route.abort('aborted'));
  await buyer.page.clock.install();
  await buyer.buy(ticket);
  await expect(buyer.page.locator('.card-form iframe')).toBeAttached();
  await buyer.page.clock.fastForward('00:21');
  await buyer.expectAlert('The card form could not be loaded.');
  await expect(buyer.button(/^Pay/)).toBeDisabled();
  await buyer.page.context().unrouteAll();
  await buyer.button('Try again').click();
  await expect(buyer.button(/^Pay/)).toBeEnabled();
  await buyer.cancelOrder();
});

test('call that hangs ends in words', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.page.clock.install();
  await buyer.open(ticket.path);
  await buyer.page.route('**/rpc/lock_ticket', () => {});
  await buyer.button('Buy ticket').click();
  await expect(buyer.button('Buy ticket')).toBeDisabled();
  await buyer.page.clock.fastForward('00:36');
  await buyer.expectAlert('GitTix is not available at the moment.');
  await expect(buyer.button('Buy ticket')).toBeEnabled();
});

test('offline, the page keeps what it shows and says why', async ({ guard, member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.open(ticket.path);
  guard.allowFailure('net::ERR_INTERNET_DISCONNECTED');
  await buyer.page.context().setOffline(true);
  await buyer.button('Buy ticket').click();
  await buyer.expectAlert('You seem to be offline.');
  await expect(buyer.page.getByRole('heading', { level: 1, name: ticket.Event })).toBeVisible();
  await buyer.page.getByRole('link', { name: 'GitTix' }).click();
  await expect(buyer.page.getByRole('heading', { name: 'You seem to be offline' })).toBeVisible();
  await buyer.page.context().setOffline(false);
  await expect(buyer.page.getByRole('heading', { name: 'Tickets on sale' })).toBeVisible();
});

test('focus moves to the heading of the next page, and Back returns to the place in the list', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.page.setViewportSize({ width: 375, height: 667 });
  await ana.open('/');
  const card = ana.page.locator('.tickets').getByRole('link').nth(6);
  await card.scrollIntoViewIfNeeded();
  const place = await ana.page.evaluate(() => scrollY);
  expect(place).toBeGreaterThan(500);
  const name = (await card.textContent()) ?? '';
  await card.press('Enter');
  await expect(ana.page.getByRole('heading', { level: 1, name, exact: true })).toBeFocused();
  await ana.page.goBack();
  await expect(ana.page.getByRole('heading', { level: 1, name: 'Tickets on sale' })).toBeFocused();
  await expect.poll(() => ana.page.evaluate(() => scrollY)).toBe(place);
});

test('other tab learns that the ticket is mine', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const tab = await buyer.tab();
  await tab.open(ticket.path);
  await expect(tab.button('Buy ticket')).toBeVisible();
  await buyer.buy(ticket);
  await expect(tab.page.getByRole('link', { name: 'Continue to payment' })).toBeVisible();
});

test('tab of another account says so', async ({ member }) => {
  const [ana, bob] = [await member('ana'), await member('bob')];
  const tab = await ana.tab();
  await tab.open('/orders');
  await ana.open('/orders');
  await ana.signOut();
  await tab.expectAlert('You are signed out since you opened this page, in another tab.');
  await ana.signIn(bob.email);
  await tab.expectAlert('Another account is signed in since you opened this page, in another tab.');
  await ana.signOut();
  await ana.signIn(tab.email);
  await expect(tab.page.getByRole('alert')).toHaveCount(0);
});

test('filled form survives the end of the session', async ({ member }) => {
  const seller = await member('seller');
  await seller.open('/tickets/new');
  const listing = newListing({ City: 'Utrecht' });
  await fillListing(seller.page, listing);
  await seller.page.context().clearCookies();
  await seller.pressRefused('List ticket', 401, 'list_ticket');
  await seller.follow('Go to sign-in', /\/signin/);
  await seller.field('Email').fill(seller.email);
  await seller.field('Password').fill(PASSWORD);
  await seller.press('Sign in', /\/tickets\/new/);
  for (const label of ['Event', 'Venue', 'City', 'Price', 'Date and time'] as const) {
    await expect(seller.field(label)).toHaveValue(listing[label]);
  }
  await expect(seller.field('Category')).toHaveValue('concert');
  await seller.sendListing('List ticket', /\/tickets\/[0-9a-f-]{36}$/);
  await seller.open('/tickets/new');
  await expect(seller.field('Event')).toHaveValue('');
});

test('form that is refused before hydration comes back as typed, without the password', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.page.route('**/pkg/*.wasm', () => {});
  await ana.page.goto('/signin', { waitUntil: 'domcontentloaded' });
  const email = `${unique('unknown').replaceAll(' ', '-')}@example.com`;
  await ana.field('Email').fill(email);
  await ana.field('Password').fill('a wrong password');
  await ana.button('Sign in').click();
  await ana.expectAlert('That email and password do not match.');
  await expect(ana.field('Email')).toHaveValue(email);
  await expect(ana.field('Password')).toHaveValue('');
});

test('password can be shown', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/signup');
  await ana.field('Password').fill('a long password');
  await expect(ana.field('Password')).toHaveAttribute('type', 'password');
  await ana.page.getByLabel('Show password').check();
  await expect(ana.field('Password')).toHaveAttribute('type', 'text');
  await ana.page.getByLabel('Show password').uncheck();
  await expect(ana.field('Password')).toHaveAttribute('type', 'password');
});

test('price is echoed as it is read, and neither wheel nor arrows change it', async ({ member }) => {
  const seller = await member('seller');
  await seller.open('/tickets/new');
  const price = seller.field('Price');
  await price.fill('50.00');
  await expect(seller.page.getByText('The buyer pays $50.00 for each ticket. You get $50.00 of it')).toBeVisible();
  await price.hover();
  await price.focus();
  for (let notch = 0; notch < 3; notch += 1) await seller.page.mouse.wheel(0, 100);
  await price.press('ArrowDown');
  await expect(price).toHaveValue('50.00');
  await price.fill('0.10');
  await expect(seller.page.getByText('The lowest price is $0.50.')).toBeVisible();
  await price.fill('19,99');
  await expect(seller.page.getByText('The buyer pays $19.99 for each ticket.')).toBeVisible();
  await price.fill('1,999');
  await expect(seller.page.getByText('This can mean two prices.')).toBeVisible();
});
