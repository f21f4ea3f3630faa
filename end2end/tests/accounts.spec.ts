// Signing up, in and out, and getting back to where one was.
import { ORDER, PASSWORD, TICKET, type Person } from '../support/person';
import { expect, test } from '../support/test';

test('sign up, sign out, sign in', { tag: '@both' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  await ana.follow('Sign up', '/signup');
  await ana.signUp();
  for (const link of ['Sell a ticket', 'My orders', 'My listings', 'Account']) {
    await expect(ana.page.getByRole('link', { name: link, exact: true })).toBeVisible();
  }
  await ana.signOut();
  await expect(ana.page.getByRole('link', { name: 'My orders' })).toHaveCount(0);
  // Whatever the case of the e-mail.
  await ana.signIn(ana.email.toUpperCase());
});

test('a wrong password and an unknown e-mail get one answer', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const email = ana.email;
  await ana.open('/');
  await ana.signOut();
  await ana.open('/signin');
  for (const [tried, password] of [[email, 'not the password'], [`no-${email}`, PASSWORD]] as const) {
    await ana.field('Email').fill(tried);
    await ana.field('Password').fill(password);
    await ana.pressRefused('Sign in', 401, 'sign_in');
    await ana.expectAlert('That e-mail and password do not match.');
  }
  await ana.signIn(email);
});

test('an e-mail has one account, whatever its case', { tag: '@both' }, async ({ member, visitor }) => {
  const ana = await member('ana');
  const twin = await visitor('twin');
  await twin.open('/signup');
  await twin.field('Email').fill(ana.email.toUpperCase());
  await twin.field('Password').fill('another few words');
  await twin.pressRefused('Sign up', 409, 'sign_up');
  await expect(twin.field('Email')).toHaveAccessibleDescription(/There is already an account with this e-mail\./);
});

test('on the way to a ticket one signs up and is back', { tag: '@both' }, async ({ member, visitor }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await visitor('buyer');
  await buyer.open(ticket.path);
  await buyer.press('Buy ticket', /\/signin\?next=/);
  await buyer.follow('Open an account', /\/signup\?next=/);
  await buyer.signUp(buyer.path() + new URL(buyer.page.url()).search, TICKET);
  expect(buyer.path()).toBe(ticket.path);
  await buyer.press('Buy ticket', ORDER);
});

test('pages of an account lead through sign-in', { tag: '@both' }, async ({ member, visitor }) => {
  const ana = await member('ana');
  const ticket = await ana.list();
  const stranger = await visitor('stranger');
  for (const path of ['/orders', '/listings', '/account', '/tickets/new', `${ticket.path}/edit`, '/orders/00000000-0000-4000-8000-000000000000']) {
    await stranger.open(path);
    expect(new URL(stranger.page.url()).pathname).toBe('/signin');
    expect(new URL(stranger.page.url()).searchParams.get('next')).toBe(path);
  }
  await stranger.signIn(ana.email, `/signin?next=${ticket.path}/edit`, `${ticket.path}/edit`);
  await expect(stranger.button('Save changes')).toBeVisible();
});

test('signing in leads nowhere but into the site', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const email = ana.email;
  await ana.open('/');
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    await ana.signOut();
    await ana.signIn(email, `/signin?next=${encodeURIComponent(next)}`, '/');
    expect(ana.path()).toBe('/');
  }
});

test('what another tab signed out of asks to sign in', async ({ member, watch }) => {
  const ticket = await (await member('seller')).list();
  const ana = await member('ana');
  await ana.open(ticket.path);
  await (await tabOf(ana)).signOut();
  await ana.pressRefused('Buy ticket', 401, 'lock_ticket');
  await ana.expectAlert('Sign in to go on.');
  await ana.follow('Go to sign-in', /\/signin\?next=/);
  await ana.signIn(ana.email, ana.path() + new URL(ana.page.url()).search, ticket.path);
  await ana.press('Buy ticket', ORDER);

  await ana.open('/');
  await (await tabOf(ana)).signOut();
  watch.expects(401, '/rpc/my_orders');
  await ana.follow('My orders', /\/signin\?next=\/orders$/);
});

async function tabOf(person: Person): Promise<Person> {
  const tab = await person.tab();
  await tab.open('/');
  return tab;
}
