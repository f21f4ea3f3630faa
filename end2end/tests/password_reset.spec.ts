// A forgotten password: the mail, its link and the new password.
import { linkIn, mailsTo } from '../support/mail';
import { PASSWORD, type Person } from '../support/person';
import { expect, test } from '../support/test';

/** Opens a mailed link as its reader does. Without JavaScript they paste it. */
async function openLink(person: Person, link: string, isGood = true): Promise<void> {
  await person.open('/');
  // With a script the page leads on by itself.
  await person.page.goto(link, { waitUntil: person.hasScript ? 'commit' : 'load' });
  if (!person.hasScript) {
    if (await person.field('New password').isVisible()) return;
    await person.field('Link').fill(link);
    await person.button('Continue').click();
  }
  if (isGood) await expect(person.field('New password')).toBeVisible();
  else await person.expectAlert('This link no longer works. Get a new one.');
  await person.ready();
}

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
  await openLink(ana, link);
  // Opening the link does not use it up.
  await openLink(ana, link);
  // A script takes the token out of the address.
  if (ana.hasScript) expect(ana.page.url()).toBe(`${stack.url}/reset`);
  const late = await visitor('late');
  await openLink(late, link);
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
  await openLink(late, link, false);
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
  await openLink(ana, first, false);
  await openLink(ana, second);
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
