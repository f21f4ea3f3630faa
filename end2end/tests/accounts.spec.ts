// Sign-up, sign-in, sign-out and the redirects between them.
import { expectAccessible } from '../support/accessibility';
import { unique } from '../support/listing';
import { codeFor, mailsTo } from '../support/mail';
import { ORDER, PASSWORD, type Person } from '../support/person';
import { expect, test } from '../support/test';

test('sign-up, sign-out and sign-in work', { tag: '@both' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/');
  await ana.follow('Sign up', '/signup');
  await ana.signUp();
  for (const link of ['Sell a ticket', 'My orders', 'My listings', 'Account']) {
    await expect(ana.page.getByRole('link', { name: link, exact: true })).toBeVisible();
  }
  await ana.signOut();
  await expect(ana.page.getByRole('link', { name: 'My orders' })).toHaveCount(0);
  // The case of the email does not matter.
  await ana.signIn(ana.email.toUpperCase());
});

test('wrong password and unknown email get the same error', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const email = ana.email;
  await ana.open('/');
  await ana.signOut();
  await ana.open('/signin');
  for (const [tried, password] of [[email, 'not the password'], [`no-${email}`, PASSWORD]] as const) {
    await ana.field('Email').fill(tried);
    await ana.field('Password').fill(password);
    await ana.pressRefused('Sign in', 401, 'sign_in');
    await ana.expectAlert('That email and password do not match.');
  }
  await ana.signIn(email);
});

test('sign-up with an email that has an account tells its owner alone', { tag: '@both' }, async ({ member, visitor, stack, request }) => {
  const ana = await member('ana');
  const twin = await visitor('twin');
  await twin.open('/signup');
  await twin.field('Email').fill(ana.email.toUpperCase());
  await twin.field('Password').fill('another few words');
  await twin.press('Sign up', '/signup/code');
  await expect(twin.page.getByRole('heading', { level: 1, name: 'Check your email' })).toBeVisible();
  await twin.field('Code').fill('123456');
  await twin.pressRefused('Create account', 422, 'enter_code');
  await expect(twin.field('Code')).toHaveAccessibleDescription(/That is not the code in the newest email\./);
  await expect(twin.field('Code')).toHaveValue('123456');
  const subjects = async () => (await mailsTo(request, stack, ana.email)).map((mail) => mail.subject);
  await expect.poll(subjects, { timeout: 20_000 }).toEqual(['You have a GitTix account already']);
});

test('link in the mail fills the code in, in the browser that signed up alone', { tag: '@both' }, async ({ visitor, stack, request }) => {
  const [ana, other] = [await visitor('ana'), await visitor('other')];
  const email = `${unique('ana').replaceAll(' ', '-')}@example.com`;
  await ana.open('/signup?next=/tickets/new');
  await ana.field('Email').fill(email);
  await ana.field('Password').fill(PASSWORD);
  await ana.press('Sign up', '/signup/code');
  await expect(ana.page.getByText(email)).toBeVisible();
  const link = `/signup/code?code=${await codeFor(request, stack, email)}`;
  await other.open(link);
  await expect(other.page.getByRole('heading', { level: 1, name: 'This code does not work here' })).toBeVisible();
  if (other.hasScript) await expectAccessible(other, link, 'code-elsewhere');
  await ana.open(link);
  if (ana.hasScript) await expectAccessible(ana, link, 'code');
  await ana.press('Create account', '/tickets/new');
  await expect(ana.page.getByText('Welcome to GitTix. You are signed in.')).toBeVisible();
});

test('code in a mail signs in without the password', { tag: '@both' }, async ({ member, visitor, stack, request }) => {
  const [ana, other] = [await member('ana'), await visitor('other')];
  const email = ana.email;
  await ana.open('/');
  await ana.signOut();
  await ana.open('/signin?next=/listings');
  await ana.follow('Sign in by a code in an email', /\/signin\/email/);
  if (ana.hasScript) await expectAccessible(ana, '/signin/email', 'sign-in-email');
  await ana.open('/signin/email?next=/listings');
  await ana.field('Email').fill(email);
  await ana.press('Send the code', '/signin/email');
  await expect(ana.page.getByRole('heading', { level: 1, name: 'Check your email' })).toBeVisible();
  const link = `/signin/email?code=${await codeFor(request, stack, email)}`;
  await other.open(link);
  await expect(other.page.getByText('only in the browser in which you asked for it')).toBeVisible();
  await ana.field('Code').fill('no code');
  await ana.pressRefused('Sign in', 422, 'enter_mailed_code');
  await expect(ana.field('Code')).toHaveAccessibleDescription(/That is not the code in the newest email\./);
  await ana.open(link);
  await ana.press('Sign in', '/listings');
  await expect(ana.button('Sign out')).toBeVisible();
});

test('stranger who presses Buy signs up beside the ticket and comes to the order', { tag: '@both' }, async ({ member, visitor }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await visitor('buyer');
  await buyer.open(ticket.path);
  await buyer.press('Buy ticket', /\/signup\?ticket=/);
  await expect(buyer.page.getByRole('region', { name: 'Your ticket' })).toContainText(ticket.Event);
  await buyer.signUp(buyer.address(), ORDER);
  await expect(buyer.page.getByRole('heading', { level: 1, name: ticket.Event })).toBeVisible();
  await buyer.expectStatus('Awaiting payment');
});

test('stranger with an account signs in to buy, and is told if the ticket is gone', { tag: '@both' }, async ({ member, visitor }) => {
  const ticket = await (await member('seller')).list();
  const [owner, buyer] = [await member('owner'), await visitor('buyer')];
  await buyer.open(ticket.path);
  await buyer.press('Buy ticket', /\/signup\?ticket=/);
  await buyer.follow('Go to sign-in', /\/signin\?next=/);
  await expect(buyer.page.getByRole('region', { name: 'Your ticket' })).toContainText(ticket.Event);
  await (await member('quicker')).buy(ticket);
  await buyer.signIn(owner.email, buyer.address(), /\/tickets\/[0-9a-f-]{36}\?/);
  await buyer.expectAlert('Someone is paying for this ticket right now.');
  await expect(buyer.button('Join the waitlist')).toBeVisible();
});

test('account pages redirect to sign-in and back', { tag: '@both' }, async ({ member, visitor }) => {
  const ana = await member('ana');
  const ticket = await ana.list();
  const reader = await visitor('reader');
  for (const path of ['/orders', '/listings', '/account', '/tickets/new', `${ticket.path}/edit`, '/orders/00000000-0000-4000-8000-000000000000']) {
    await reader.open(path);
    expect(new URL(reader.page.url()).pathname).toBe('/signin');
    expect(new URL(reader.page.url()).searchParams.get('next')).toBe(path);
  }
  await reader.signIn(ana.email, `/signin?next=${ticket.path}/edit`, `${ticket.path}/edit`);
  await expect(reader.button('Save changes')).toBeVisible();
});

test('sign-in redirects only within the site', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const email = ana.email;
  await ana.open('/');
  for (const next of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
    await ana.signOut();
    await ana.signIn(email, `/signin?next=${encodeURIComponent(next)}`, '/');
    expect(ana.path()).toBe('/');
  }
});

test('page signed out in another tab asks to sign in', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const ana = await member('ana');
  await ana.open(ticket.path);
  await (await newTab(ana)).signOut();
  await ana.pressRefused('Buy ticket', 401, 'lock_ticket');
  await ana.expectAlert('Sign in to continue.');
  await ana.follow('Go to sign-in', /\/signin\?next=/);
  await ana.signIn(ana.email, ana.path() + new URL(ana.page.url()).search, ticket.path);
  await ana.press('Buy ticket', ORDER);

  await ana.open('/');
  await (await newTab(ana)).signOut();
  guard.expectStatus(401, '/rpc/my_orders');
  await ana.follow('My orders', /\/signin\?next=\/orders$/);
});

test('page of another account is refused in words, and keeps what was typed', { tag: '@both' }, async ({ member }) => {
  const [ana, ben] = [await member('ana'), await member('ben')];
  await ana.open('/account/email');
  await expect(ana.page.getByText(ana.email, { exact: true })).toBeVisible();
  await ana.field('Email').fill('another@example.com');
  await ana.field('Password').fill(PASSWORD);
  const tab = await newTab(ana);
  await tab.signOut();
  await tab.signIn(ben.email);
  await expect(tab.page.getByText(ben.email, { exact: true })).toBeVisible();

  await ana.pressRefused('Send the code', 409, 'change_address');
  await ana.expectAlert('Another account is signed in now than when you opened this page, so nothing was changed.');
  await expect(ana.field('Email')).toHaveValue('another@example.com');
  // The page that is loaded again is the other account's.
  await ana.follow('Load the page again', '/account/email');
  await expect(ana.page.getByText(ben.email, { exact: true })).toBeVisible();
});

async function newTab(person: Person): Promise<Person> {
  const tab = await person.tab();
  await tab.open('/');
  return tab;
}
