// The second factor: a code of an app after the password.
import { expectAccessible } from '../support/accessibility';
import { makeOperator } from '../support/operator';
import { PASSWORD, type Person } from '../support/person';
import { codeOfApp } from '../support/second_factor';
import { expect, test } from '../support/test';

const PAGE = '/account/second-factor';

/** Sets an app up. Returns its key and the first recovery code. */
async function setUp(person: Person): Promise<[string, string]> {
  await person.field('Password').fill(PASSWORD);
  await person.press('Set up a second factor', /second-factor/);
  await expect(person.page.getByRole('img', { name: 'QR code for your app' })).toBeVisible();
  const key = await person.page.locator('code').first().innerText();
  const recovery = person.page.getByRole('listitem').filter({ hasText: /^[a-z2-9-]{19}$/ });
  await expect(recovery).toHaveCount(10);
  const code = await recovery.first().innerText();
  if (person.hasScript) await expectAccessible(person, PAGE, 'second-factor-set-up');
  await person.field('Code').fill(codeOfApp(key));
  await person.press('Turn it on', /done=on/);
  await expect(person.page.getByText('Your second factor is on.')).toBeVisible();
  await expect(person.page.getByText('You have 10 recovery codes left.')).toBeVisible();
  return [key, code];
}

test('second factor is set up, asked for and turned off', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const email = ana.email;
  await ana.open('/account');
  await ana.follow('Second factor', PAGE);
  await ana.field('Password').fill('not the password');
  await ana.pressRefused('Set up a second factor', 422, 'begin_second_factor');
  await expect(ana.field('Password')).toHaveAccessibleDescription(/That is not your password\./);
  const [key, recovery] = await setUp(ana);

  await ana.open('/');
  await ana.signOut();
  await ana.open('/signin?next=/orders');
  await ana.field('Email').fill(email);
  await ana.field('Password').fill(PASSWORD);
  await ana.press('Sign in', /\/signin\/code/);
  if (ana.hasScript) await expectAccessible(ana, '/signin/code', 'sign-in-code');
  await ana.open('/signin/code?next=/orders');
  await expect(ana.button('Sign out')).toHaveCount(0);
  // The step that confirmed the set-up is used up.
  await ana.field('Code').fill('000000');
  await ana.pressRefused('Sign in', 422, 'enter_sign_in_code');
  await expect(ana.field('Code')).toHaveAccessibleDescription(/This code is not right, or it was used already\./);
  await ana.field('Code').fill(codeOfApp(key, 1));
  await ana.press('Sign in', '/orders');
  await expect(ana.button('Sign out')).toBeVisible();

  await ana.open(PAGE);
  await ana.field('Password').fill(PASSWORD);
  await ana.field('Code').fill(recovery);
  await ana.press('Turn it off', /done=off/);
  await expect(ana.page.getByText('Your second factor is off.')).toBeVisible();
});

test('operator sets it up before the pages of operators open', async ({ visitor, stack }) => {
  const operator = await visitor('operator');
  await operator.signUpByRequest();
  makeOperator(stack, operator.email);
  await operator.openRefused('/operator', 403);
  await expect(operator.page.getByRole('heading', { level: 1, name: 'Second factor needed' })).toBeVisible();
  await operator.follow('Set it up', PAGE);
  await setUp(operator);
  await operator.open('/operator');
  await expect(operator.page.getByText('Every invariant holds.')).toBeVisible();
  await expect(operator.page.getByText('Violated')).toHaveCount(0);
  await expectAccessible(operator, '/operator', 'operator');
});
