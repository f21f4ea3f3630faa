// Declined cards: the lock stands for three tries.
import { CardForm, CARDS } from '../support/card_form';
import { expect, test } from '../support/test';

test('second card pays after a declined card', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  guard.expectStatus(402, '/v1/payment_intents/');
  await card.pay(CARDS.declined);
  await buyer.expectAlert('Your card was declined. 2 tries left.');
  await buyer.expectStatus('Awaiting payment');
  await expect(buyer.page.getByRole('timer')).toHaveText(/^1[45]:\d\d$/);

  await card.pay(CARDS.insufficientFunds);
  await buyer.expectAlert('Your card has insufficient funds. 1 try left.');
  await card.pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('third declined card ends the order and releases the ticket', async ({ member, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  guard.expectStatus(402, '/v1/payment_intents/');
  for (const left of ['2 tries left.', '1 try left.']) {
    await card.pay(CARDS.declined);
    await buyer.expectAlert(left);
  }
  await card.pay(CARDS.declined);
  await buyer.expectStatus('Cancelled');
  await expect(buyer.page.getByRole('heading', { name: 'Your card was declined' })).toBeVisible();
  await expect(buyer.page.getByText('The ticket is back on sale.')).toBeVisible();

  const other = await member('other');
  await other.buy(ticket);
  await new CardForm(other.page).pay(CARDS.pays);
  await other.expectStatus('Complete');
});

test('incomplete card form is not sent', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  await card.pay('4242');
  await buyer.expectAlert('Your card number is incomplete.');
  await expect(buyer.page.getByText(/tries? left/)).toHaveCount(0);
  await card.pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});
