// Expiry, on the stack whose locks last fifteen seconds.
import { CardForm, CARDS } from '../support/card_form';
import { expect, test } from '../support/test';

test.use({ stackName: 'short' });

test('countdown ends with an expired order and a link to the ticket', async ({ member, stack }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await expect(buyer.page.getByRole('timer')).toHaveText(/^00:(1[0-5]|0\d)$/);
  // Screen readers announce what comes into a region that was there before.
  const spoken = await buyer.page.locator('p.sr-only[role=status]').elementHandle();
  const untilExpiry = { timeout: (stack.lockSeconds + 5) * 1000 };
  await expect(buyer.page.getByRole('heading', { name: 'Time is up' })).toBeVisible(untilExpiry);
  await buyer.expectStatus('Expired');
  await expect.poll(() => spoken?.textContent()).toBe('Time is up. You did not pay in time. You were not charged.');
  await expect(buyer.button(/^Pay/)).toHaveCount(0);
  await expect(buyer.page.getByText('The ticket is back on sale.')).toBeVisible();
  await buyer.follow('Back to the ticket', ticket.path);
  await expect(buyer.button('Buy ticket')).toBeVisible();

  const other = await member('other');
  await other.buy(ticket);
  await new CardForm(other.page).pay(CARDS.pays);
  await other.expectStatus('Complete');
  await buyer.openEndedOrders();
  await expect(buyer.row(ticket)).toContainText('Expired');
});

test('expired order shows without JavaScript, and its ticket is on sale', { tag: '@no-script' }, async ({ member, stack }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  await expect(async () => {
    await buyer.open(order);
    await buyer.expectStatus('Expired');
  }).toPass({ timeout: (stack.lockSeconds + 10) * 1000 });
  await buyer.follow('Back to the ticket', ticket.path);
  await expect(buyer.button('Buy ticket')).toBeVisible();
});
