// 3-D Secure: the bank wants to see the card's owner.
import { CardForm, CARDS } from '../support/card_form';
import { expect, test } from '../support/test';

test('a card that the bank confirms pays', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  await card.pay(CARDS.asksTheBank);
  await card.answerBank('Complete');
  await buyer.expectStatus('Complete');
});

test('a card that the bank refuses may be tried again', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await buyer.buy(ticket);
  const card = new CardForm(buyer.page);
  await card.pay(CARDS.asksTheBank);
  await card.answerBank('Fail');
  await buyer.expectAlert('2 tries left.');
  await card.pay(CARDS.asksTheBank);
  await card.answerBank('Complete');
  await buyer.expectStatus('Complete');
});

test('whoever comes back from a bank that said no goes on to pay', async ({ member }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  const order = await buyer.buy(ticket);
  // As a bank that opens its own page leads back; the secret leaves the address.
  await buyer.open(`${order}?payment_intent=pi_1&payment_intent_client_secret=pi_1_secret&redirect_status=failed`);
  await buyer.expectAlert('Your bank did not confirm the card.');
  await expect(buyer.page).toHaveURL(order);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});
