// The account page: download of the data and deletion of the account.
import { readFile } from 'node:fs/promises';

import { CardForm, CARDS } from '../support/card_form';
import { PASSWORD, type Person } from '../support/person';
import { expect, test } from '../support/test';

async function download(person: Person) {
  await person.open('/account');
  const downloadEvent = person.page.waitForEvent('download');
  await person.page.getByRole('link', { name: 'Download my data', exact: true }).click();
  const file = await downloadEvent;
  expect(file.suggestedFilename()).toBe('gittix-account.json');
  return JSON.parse(await readFile(await file.path(), 'utf8'));
}

test('account page downloads the user’s data', { tag: '@both' }, async ({ member }) => {
  const ana = await member('ana');
  const ticket = await ana.list();
  const data = await download(ana);
  expect(data.account.email).toBe(ana.email);
  expect(data.tickets.rows.map((row: { event: string }) => row.event)).toEqual([ticket.Event]);
  // The page is still open and works.
  await ana.follow('My listings', '/listings');
});

test('deleted account frees its email for sign-up', { tag: '@both' }, async ({ member, visitor }) => {
  const ana = await member('ana');
  const ticket = await ana.list();
  const phone = await visitor('phone');
  await phone.signIn(ana.email);
  await ana.open('/account');
  await ana.field('Password').fill('not the password');
  await ana.pressRefused('Delete my account', 422, 'delete_account');
  await expect(ana.field('Password')).toHaveAccessibleDescription(/That is not your password\./);

  await ana.field('Password').fill(PASSWORD);
  await ana.press('Delete my account', '/?done=account');
  await expect(ana.page.getByText('Your account is deleted')).toBeVisible();
  await expect(ana.button('Sign out')).toHaveCount(0);
  await phone.open('/');
  await expect(phone.button('Sign out')).toHaveCount(0);
  await phone.openRefused(ticket.path, 410);
  await expect(phone.button('Buy ticket')).toHaveCount(0);

  await ana.signUp('/signup', '/', ana.email);
  await ana.open('/listings');
  await expect(ana.row(ticket)).toHaveCount(0);
});

test('account deletion is refused while a ticket is reserved', { tag: '@both' }, async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await buyer.open('/account');
  await buyer.field('Password').fill(PASSWORD);
  await buyer.pressRefused('Delete my account', 409, 'delete_account');
  await buyer.expectAlert('A ticket is reserved for you.');
  await buyer.page.getByRole('alert').getByRole('link', { name: 'My orders' }).click();
  await buyer.page.waitForURL('/orders');
  await expect(buyer.row(ticket)).toBeVisible();
});

test('account deletion is refused until a sold event has started', async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  const data = await download(seller);
  expect(data.tickets.rows[0]).toMatchObject({ status: 'sold', sale: 'complete' });
  expect(JSON.stringify(data)).not.toContain(buyer.email);
  await seller.field('Password').fill(PASSWORD);
  await seller.pressRefused('Delete my account', 409, 'delete_account');
  await seller.expectAlert('You have sold a ticket for an event that has not started yet.');
});
