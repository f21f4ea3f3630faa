// A forgotten password: the mail, its link and the new password.
import { linkIn, mailsTo } from '../support/mail';
import { PASSWORD } from '../support/person';
import { expect, test } from '../support/test';

test('mailed link sets a password once', { tag: '@both' }, async ({ member, visitor, stack, request }) => {
  const home = await member('ana');
  const ana = await visitor('ana');
  await ana.open('/signin');
  await ana.follow('Forgotten your password?', '/forgot');
  await ana.field('Email').fill(home.email.toUpperCase());
  await ana.press('Send link', '/forgot?done=sent');
  await expect(ana.page.getByText('If there is an account with that email, a link is on its way.')).toBeVisible();
  await expect(ana.page.getByRole('link', { name: stack.mails })).toBeVisible();

  const link = await linkIn(request, stack, home.email, 1);
  await ana.open(link);
  // Opening the link does not use it up.
  await ana.open(link);
  const late = await visitor('late');
  await late.open(link);
  await ana.field('New password').fill('other plain words');
  await ana.press('Set password', '/signin?done=password');
  await expect(ana.page.getByText('Your password is set. Sign in with it.')).toBeVisible();
  await home.open('/');
  await expect(home.button('Sign out')).toHaveCount(0);

  await ana.field('Email').fill(home.email);
  await ana.field('Password').fill(PASSWORD);
  await ana.pressRefused('Sign in', 401, 'sign_in');
  await ana.field('Email').fill(home.email);
  await ana.field('Password').fill('other plain words');
  await ana.press('Sign in', '/');

  await late.field('New password').fill('third plain words');
  await late.pressRefused('Set password', 409, 'reset_password');
  if (late.hasScript) await late.expectAlert('This link no longer works.');
  await late.open(link);
  await expect(late.page.getByRole('heading', { level: 1, name: 'This link no longer works' })).toBeVisible();
  await late.follow('Get a new link', '/forgot');
});

test('newer link replaces the older one', async ({ member, visitor, stack, request }) => {
  const { email } = await member('ana');
  const ana = await visitor('ana');
  const links: string[] = [];
  for (const count of [1, 2]) {
    await ana.open('/forgot');
    await ana.field('Email').fill(email);
    await ana.press('Send link', '/forgot?done=sent');
    links.push(await linkIn(request, stack, email, count));
  }
  const [first = '', second = ''] = links;
  await ana.open(first);
  await expect(ana.page.getByRole('heading', { level: 1, name: 'This link no longer works' })).toBeVisible();
  await ana.open(second);
  await ana.field('New password').fill('other plain words');
  await ana.press('Set password', '/signin?done=password');
});

test('unknown address gets the same page and no mail', { tag: '@both' }, async ({ member, visitor, stack, request }) => {
  const known = await member('ana');
  const ana = await visitor('ana');
  for (const email of [`no-${known.email}`, known.email]) {
    await ana.open('/forgot');
    await ana.field('Email').fill(email);
    await ana.press('Send link', '/forgot?done=sent');
    await expect(ana.page.getByRole('status')).toHaveText(/^If there is an account with that email, a link is on its way\./);
  }
  // The mail of the later request has arrived, so the job of the earlier one is done, too.
  await linkIn(request, stack, known.email, 1);
  expect(await mailsTo(request, stack, `no-${known.email}`)).toEqual([]);
});
