// Hydration: before, during and after, and navigation without a page load.
import { ORDER, type Person } from '../support/person';
import { expect, test } from '../support/test';

/** Delays the hydration of all pages until the returned function is called. */
async function holdScripts(person: Person): Promise<() => Promise<void>> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await person.page.route('**/pkg/*.wasm', async (route) => {
    await released;
    await route.continue().catch(() => {});
  });
  return async () => {
    release();
    await person.page.unroute('**/pkg/*.wasm');
  };
}

test('navigation does not reload the page', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const ana = await member('ana');
  await ana.buy(ticket);
  await ana.open('/');
  let loads = 0;
  ana.page.on('load', () => (loads += 1));
  const heading = (name: string) => expect(ana.page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
  const nav = ana.page.getByRole('navigation', { name: 'Main' });
  const go = (name: string) => nav.getByRole('link', { name, exact: true }).click();

  await go('My orders');
  await heading('My tickets');
  await ana.page.getByRole('link', { name: ticket.Event, exact: true }).click();
  await heading(ticket.Event);
  await expect(ana.button('Pay $49.50')).toBeEnabled();
  await go('My listings');
  await heading('My listings');
  await go('Sell a ticket');
  await heading('Sell a ticket');
  await ana.page.getByRole('link', { name: 'GitTix' }).click();
  await heading('Tickets on sale');
  await ana.page.locator('.tickets').getByRole('link').first().click();
  await expect(ana.page.getByRole('link', { name: 'All tickets on sale' })).toBeVisible();
  await ana.page.goBack();
  await heading('Tickets on sale');
  await ana.page.goBack();
  await heading('Sell a ticket');
  await ana.page.goBack();
  await heading('My listings');
  await ana.page.goBack();
  // The card form is created again.
  await heading(ticket.Event);
  await expect(ana.button('Pay $49.50')).toBeEnabled();
  await ana.page.goForward();
  await heading('My listings');
  expect(loads).toBe(0);
});

test('slow page shows a loading message', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/signin');
  let respond = () => {};
  const released = new Promise<void>((resolve) => (respond = resolve));
  await ana.page.route('**/rpc/show_home*', async (route) => {
    await released;
    await route.continue();
  });
  await ana.page.getByRole('link', { name: 'GitTix' }).click();
  const message = ana.page.getByRole('status').filter({ hasText: 'Loading…' });
  await expect(message).toHaveCSS('opacity', '1');
  if (process.env.GITTIX_SHOTS) await ana.page.screenshot({ path: `${process.env.GITTIX_SHOTS}/loading.png` });
  respond();
  await expect(ana.page.getByRole('heading', { name: 'Tickets on sale' })).toBeVisible();
  await expect(message).toHaveCount(0);
});

test('too many requests show a page with a retry', async ({ member, visitor, guard }) => {
  const ticket = await (await member('seller')).list();
  const ana = await visitor('ana');
  await ana.open(`/search?q=${encodeURIComponent(ticket.Event)}`);
  guard.expectStatus(429, '/rpc/show_event');
  const body = JSON.stringify({ errors: [{ message: '', code: 'too_many_requests' }] });
  await ana.page.route('**/rpc/show_event*', (route) => route.fulfill({ status: 429, contentType: 'application/json', body }));
  await ana.row(ticket).getByRole('link').click();
  await expect(ana.page.getByRole('heading', { name: 'Wait a moment' })).toBeVisible();
  await expect(ana.page.getByRole('link', { name: 'Your reserved tickets' })).toHaveAttribute('href', '/orders');
  if (process.env.GITTIX_SHOTS) await ana.page.screenshot({ path: `${process.env.GITTIX_SHOTS}/too-many-requests.png` });
  await ana.page.unrouteAll();
  await ana.follow('Try again', /\/events\//);
  await expect(ana.page.getByRole('heading', { name: ticket.Event })).toBeVisible();
});

test('error page shows only its own request id', async ({ visitor, guard }) => {
  const ana = await visitor('ana');
  await ana.openRefused('/nowhere', 404);
  await expect(ana.page.locator('code')).toHaveText(/^[0-9a-f-]{36}$/);
  await ana.page.getByRole('link', { name: 'Tickets on sale' }).click();
  await expect(ana.page.getByRole('heading', { name: 'Tickets on sale' })).toBeVisible();
  await ana.page.route('**/rpc/show_event*', async (route) => route.continue({ url: route.request().url().replace(/slug=[^&]*/, 'slug=none') }));
  guard.expectStatus(404, '/rpc/show_event');
  await ana.page.locator('.tickets').getByRole('link').first().click();
  await expect(ana.page.getByRole('heading', { name: 'Not found' })).toBeVisible();
  await expect(ana.page.locator('code')).toHaveCount(0);
});

test('signed-out navigation does not reload the page', async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  let loads = 0;
  ana.page.on('load', () => (loads += 1));
  await ana.page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await expect(ana.page).toHaveTitle('Sign in · GitTix');
  await ana.page.getByRole('link', { name: 'Create an account' }).click();
  await expect(ana.page).toHaveTitle('Sign up · GitTix');
  await ana.page.getByRole('link', { name: 'GitTix' }).click();
  await expect(ana.page).toHaveTitle('Tickets on sale · GitTix');
  expect(loads).toBe(0);
});

test('button pressed before hydration works', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const ana = await member('ana');
  const release = await holdScripts(ana);
  await ana.page.goto(ticket.path, { waitUntil: 'commit' });
  await ana.button('Buy ticket').click();
  await ana.page.waitForURL(ORDER, { waitUntil: 'commit' });
  await expect(ana.page.locator('body')).not.toHaveAttribute('data-hydrated');
  await ana.expectStatus('Awaiting payment');
  await release();
  await ana.ready();
  await expect(ana.button('Pay $49.50')).toBeEnabled();
});

test('text typed before hydration is kept and sent', async ({ visitor }) => {
  const ana = await visitor('ana');
  const release = await holdScripts(ana);
  await ana.page.goto('/signin', { waitUntil: 'commit' });
  await ana.field('Email').fill('unknown@example.com');
  await ana.field('Password').fill('a wrong password');
  await release();
  await ana.ready();
  await expect(ana.field('Email')).toHaveValue('unknown@example.com');
  await ana.pressRefused('Sign in', 401, 'sign_in');
  await ana.expectAlert('That email and password do not match.');
});

test('unknown address shows the 404 page', { tag: '@both' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  for (const path of ['/nowhere', '/tickets/not-an-id', '/tickets/00000000-0000-4000-8000-000000000000']) {
    await ana.openRefused(path, 404);
    await expect(ana.page.getByRole('heading', { level: 1, name: 'Not found' })).toBeVisible();
  }
  await ana.follow('Tickets on sale', '/');
});
