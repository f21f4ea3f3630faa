// The whole purchase except the card form, without JavaScript.
import { expect, test } from '../support/test';

test('everything except the card form works without JavaScript', { tag: '@no-script' }, async ({ member }) => {
  const seller = await member('seller');
  const ticket = await seller.list();
  await seller.follow('Edit listing', `${ticket.path}/edit`);
  await seller.field('Price').fill('12.34');
  await seller.press('Save changes', ticket.path);

  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  await buyer.expectStatus('Awaiting payment');
  await expect(buyer.page.getByText(/^The card form did not start\. It needs JavaScript/)).toBeVisible();
  await expect(buyer.page.getByText(/^The ticket stays reserved for you until .+, and you have not been charged\./)).toBeVisible();
  // A timer that stands still would be wrong.
  await expect(buyer.page.getByRole('timer')).toHaveCount(0);
  await expect(buyer.button(/^Pay/)).toBeHidden();
  await buyer.open('/orders');
  await expect(buyer.row(ticket)).toContainText('pay by');
  await buyer.follow(ticket.Event, order);
  await buyer.press('Cancel order', order);
  await buyer.expectStatus('Cancelled');
  await buyer.signOut();
  await seller.signOut();
});

test('error is gone on the next page', { tag: '@no-script' }, async ({ visitor }) => {
  const ana = await visitor('ana');
  await ana.open('/signin');
  await ana.field('Email').fill('unknown@example.com');
  await ana.field('Password').fill('a wrong password');
  await ana.pressRefused('Sign in', 401, 'sign_in');
  await ana.expectAlert('That email and password do not match.');
  expect(ana.page.url()).not.toContain('unknown');
  await ana.follow('Create an account', '/signup');
  await expect(ana.page.getByRole('alert')).toHaveCount(0);
});
