// The account page: devices and password.
import { PASSWORD, type Person } from '../support/person';
import { expect, test } from '../support/test';

async function isSignedIn(person: Person): Promise<boolean> {
  await person.open('/');
  return person.button('Sign out').isVisible();
}

test('signing out a device ends its session', { tag: '@both' }, async ({ member, visitor }) => {
  const home = await member('ana');
  const phone = await visitor('phone');
  await phone.signIn(home.email);
  await home.open('/');
  await home.follow('Account', '/account');
  await expect(home.page.getByText('this device')).toHaveCount(1);
  await home.press(/^Sign out Chrome on Windows, signed in/, '/account?done=device');
  await expect(home.page.getByText('That device is signed out.')).toBeVisible();
  expect(await isSignedIn(phone)).toBe(false);
  expect(await isSignedIn(home)).toBe(true);
});

test('signing out everywhere else ends all other sessions', { tag: '@both' }, async ({ member, visitor }) => {
  const home = await member('ana');
  const [phone, work] = [await visitor('phone'), await visitor('work')];
  await phone.signIn(home.email);
  await work.signIn(home.email);
  await home.open('/account');
  await home.press('Sign out everywhere else', '/account?done=devices');
  await expect(home.button('Sign out everywhere else')).toHaveCount(0);
  expect(await isSignedIn(phone)).toBe(false);
  expect(await isSignedIn(work)).toBe(false);
});

test('changed password signs out other devices', { tag: '@both' }, async ({ member, visitor }) => {
  const home = await member('ana');
  const phone = await visitor('phone');
  await phone.signIn(home.email);
  await home.open('/account');
  await home.field('Current password').fill('not the password');
  await home.field('New password').fill('other plain words');
  await home.pressRefused('Change password', 422, 'change_password');
  await expect(home.field('Current password')).toHaveAccessibleDescription(/That is not your password\./);

  await home.field('Current password').fill(PASSWORD);
  await home.field('New password').fill('other plain words');
  await home.press('Change password', '/account?done=password');
  expect(await isSignedIn(phone)).toBe(false);
  await phone.open('/signin');
  await phone.field('Email').fill(home.email);
  await phone.field('Password').fill('other plain words');
  await phone.press('Sign in', '/');
});
