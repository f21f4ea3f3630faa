// What a seller sees of a sale and of the money, and what the operator sees of the shop.
import { CardForm, CARDS } from '../support/card_form';
import { expectAccessible } from '../support/looks';
import { OPERATOR } from '../support/stacks';
import { expect, test } from '../support/test';

test('a sale is told to its seller, and what it earned is on the balance', async ({ member }) => {
  test.setTimeout(120_000);
  const seller = await member('seller');
  const ticket = await seller.list({ Price: '1234.50' });
  await seller.open(`${ticket.path}/sale`);
  await expect(seller.page.getByText('Nobody is buying it at the moment.')).toBeVisible();
  await expectAccessible(seller, '/balance', 'balance-empty');
  await expect(seller.page.getByRole('heading', { name: 'Nothing has been sold yet' })).toBeVisible();

  const buyer = await member('buyer');
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');

  await seller.open('/listings');
  await seller.follow('See what happened', `${ticket.path}/sale`);
  await expect(seller.page.getByRole('listitem').filter({ hasText: 'Payment taken' })).toBeVisible();
  await expect(seller.page.getByText(buyer.email)).toHaveCount(0);
  await expectAccessible(seller, `${ticket.path}/sale`, 'sale');
  await seller.open('/listings');
  await seller.follow('Balance', '/balance');
  await expect(seller.page.getByRole('listitem').filter({ hasText: ticket.Event })).toContainText('$1,234.50');
  await expectAccessible(seller, '/balance', 'balance');

  await buyer.openRefused(`${ticket.path}/sale`, 404);
});

test('the operator sees how the shop is, and nobody else does', async ({ member, visitor }) => {
  const operator = await visitor('operator');
  await operator.signUp('/signup', '/', OPERATOR);
  await operator.open('/operator');
  await expect(operator.page.getByText('Every promise is kept.')).toBeVisible();
  await expect(operator.page.getByText('Broken')).toHaveCount(0);
  await expectAccessible(operator, '/operator', 'operator');

  const somebody = await member();
  await somebody.openRefused('/operator', 404);
});
