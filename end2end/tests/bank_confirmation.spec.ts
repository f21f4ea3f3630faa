// 3-D Secure: the bank asks the card's owner to confirm.
import { CardForm, CARDS } from '../support/card_form';
import { expect, test } from '../support/test';

test('card confirmed by the bank pays', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  await card.pay(CARDS.needsConfirmation);
  await card.answerBank('Complete');
  await buyer.expectStatus('Complete');
});

test('card refused by the bank can be tried again', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  await card.pay(CARDS.needsConfirmation);
  await card.answerBank('Fail');
  await buyer.expectAlert('2 tries left.');
  await card.pay(CARDS.needsConfirmation);
  await card.answerBank('Complete');
  await buyer.expectStatus('Complete');
});

test('buyer can pay after returning from a bank that refused', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  // The address with which the bank's own page leads back. The secret is removed from it.
  await buyer.open(`${order}?payment_intent=pi_1&payment_intent_client_secret=pi_1_secret&redirect_status=failed`);
  await buyer.expectAlert('Your bank did not confirm the card.');
  await expect(buyer.page).toHaveURL(order);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});
