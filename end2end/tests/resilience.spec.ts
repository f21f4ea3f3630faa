// Failures during a purchase: no ticket and no money is lost. PostgreSQL decides, and the other parts only
// follow. No other file uses this stack, and the tests run one after the other.
import { clearFaults, emptyRedis, freezeWorker, killWorker, query, setFaults } from '../support/faults';
import { CardForm, CARDS } from '../support/card_form';
import { expect, test } from '../support/test';

test.use({ stackName: 'storm' });
test.afterEach(async ({ stack }) => clearFaults(stack));

const statusOf = (path: string) => `SELECT status FROM orders WHERE id = '${path.split('/').at(-1)}'`;

test('page completes the order without webhooks', async ({ member, stack }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await setFaults(stack, { webhook_drop: true });
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('duplicate and reordered webhooks change nothing', async ({ member, stack }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await setFaults(stack, { webhook_duplicate: 2, webhook_reorder: true });
  const order = await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await buyer.reload();
  await buyer.expectStatus('Complete');
  expect(query(stack, statusOf(order))).toBe('complete');
});

test('capture with a lost response is recovered', async ({ member, stack, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  // Without webhooks the page's own check captures the payment.
  await setFaults(stack, { webhook_drop: true, lose_answer_next: 1, path: '/capture' });
  guard.expectStatus(503, '/rpc/check_payment');
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('lock stands while Stripe is down, and a retry works', async ({ member, stack, guard }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await setFaults(stack, { fail_next: 100, path: 'POST /v1/payment_intents' });
  guard.expectStatus(503, '/rpc/start_payment');
  await buyer.buy(ticket);
  await buyer.expectAlert('The card service is not answering right now. What you reserved stays reserved. Please try again.');
  const timer = buyer.page.getByRole('timer');
  const before = await timer.textContent();
  await expect(timer).not.toHaveText(before ?? '');
  await clearFaults(stack);
  await buyer.button('Try again').click();
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('lock ends on time without a worker, and the next worker expires the order', async ({ member, stack }) => {
  test.setTimeout(120_000);
  const ticket = await (await member('seller')).list();
  const [buyer, other] = [await member('buyer'), await member('other')];
  const order = await buyer.buy(ticket);
  freezeWorker(stack);
  try {
    const inTime = { timeout: (stack.lockSeconds + 5) * 1000 };
    await expect(buyer.page.getByRole('heading', { name: 'Time is up' })).toBeVisible(inTime);
    expect(query(stack, statusOf(order))).not.toBe('expired');
    // No update tells the page the result of a card that may have been sent. The page polls until none can be.
    await expect(buyer.page.getByText('You did not pay in time. You were not charged.', { exact: true })).toBeVisible();
    expect(query(stack, `SELECT status FROM payments WHERE order_id = '${order.split('/').at(-1)}'`)).toBe('cancelled');
    await other.open(ticket.path);
    // Tickets with a payment stay reserved for half a minute more, for an answer of Stripe's that is late. Only a worker ends that
    // sooner. The open page learns of it within 15 seconds.
    await expect(other.button('Buy ticket')).toBeVisible({ timeout: 50_000 });
  } finally {
    killWorker(stack);
  }
  await expect.poll(() => query(stack, statusOf(order)), { timeout: 30_000 }).toBe('expired');
});

test('emptied Redis loses nothing during a purchase', async ({ member, stack }) => {
  const seller = await member('seller');
  const [paid, left] = [await seller.list(), await seller.list()];
  const [buyer, idler] = [await member('buyer'), await member('idler')];
  const idle = await idler.buy(left);
  await buyer.buy(paid);
  const card = new CardForm(buyer.page);
  await card.fill(CARDS.pays);
  emptyRedis(stack);
  await card.pay(CARDS.pays);
  await buyer.expectStatus('Complete');
  await expect(idler.page.getByRole('heading', { name: 'Time is up' })).toBeVisible({ timeout: (stack.lockSeconds + 5) * 1000 });
  await expect.poll(() => query(stack, statusOf(idle)), { timeout: 20_000 }).toBe('expired');
});
