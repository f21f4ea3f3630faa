// What the seller sees of a sale and the balance, and what the operator sees.
import { CardForm, CARDS } from '../support/card_form';
import { expectAccessible } from '../support/accessibility';
import { expect, test } from '../support/test';

test('seller sees the sale and the balance', async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list({ Price: '1234.50' });
  await seller.open(`${ticket.path}/sale`);
  await expect(seller.page.getByText('No one is buying from this listing right now.')).toBeVisible();
  await expectAccessible(seller, '/balance', 'balance-empty');
  await expect(seller.page.getByRole('heading', { name: 'You have not sold a ticket yet' })).toBeVisible();

  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');

  await seller.open('/listings');
  await seller.follow('View sale', `${ticket.path}/sale`);
  await expect(seller.page.getByRole('listitem').filter({ hasText: 'Sold' })).toBeVisible();
  await expect(seller.page.getByText(buyer.email)).toHaveCount(0);
  await expectAccessible(seller, `${ticket.path}/sale`, 'sale');
  await seller.open('/listings');
  await seller.follow('Balance', '/balance');
  await expect(seller.page.getByRole('listitem').filter({ hasText: ticket.Event })).toContainText('$1,234.50');
  await expectAccessible(seller, '/balance', 'balance');

  await buyer.openRefused(`${ticket.path}/sale`, 404);
});

test('others see no system health', async ({ member }) => {
  const other = await member();
  await other.openRefused('/operator', 404);
});
