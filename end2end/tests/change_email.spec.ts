// Changing the email of an account.
import { expectAccessible } from '../support/accessibility';
import { unique } from '../support/listing';
import { codeFor, mailsTo } from '../support/mail';
import { PASSWORD } from '../support/person';
import { expect, test } from '../support/test';

test('email changes with the code that is mailed to the new one', { tag: '@both' }, async ({ member, stack, request }) => {
  const ana = await member('ana');
  const [old, email] = [ana.email, `${unique('new').replaceAll(' ', '-')}@example.com`];
  await ana.open('/account');
  await ana.follow('Change email', '/account/email');
  if (ana.hasScript) await expectAccessible(ana, '/account/email', 'change-email');
  await ana.field('Email').fill(email);
  await ana.field('Password').fill('not the password');
  await ana.pressRefused('Send the code', 422, 'change_address');
  await expect(ana.field('Password')).toHaveAccessibleDescription(/That is not your password\./);
  await expect(ana.field('Email')).toHaveValue(email);
  await ana.field('Password').fill(PASSWORD);
  await ana.press('Send the code', '/account/email');
  await expect(ana.page.getByRole('heading', { level: 1, name: 'Check your email' })).toBeVisible();
  await ana.field('Code').fill(await codeFor(request, stack, email));
  await ana.press('Change email', /done=email/);
  await expect(ana.page.getByText('Your email is changed.')).toBeVisible();
  await expect(ana.page.getByText(email).first()).toBeVisible();
  const subjects = async () => (await mailsTo(request, stack, old)).map((mail) => mail.subject);
  await expect.poll(subjects, { timeout: 20_000 }).toContain('Your GitTix account has another email now');
  await ana.open('/');
  await ana.signOut();
  await ana.signIn(email);
});
