// Parts break in mid-purchase; nobody loses a ticket or money. PostgreSQL decides, the rest
// tidies up. This file has its stack to itself, and its tests run one after the other.
import { clearFaults, emptyRedis, freezeWorker, killWorker, query, setFaults } from '../support/breakage';
import { CardForm, CARDS } from '../support/card_form';
import { expect, test } from '../support/test';

test.use({ stackName: 'storm' });
test.afterEach(async ({ stack }) => clearFaults(stack));

const statusOf = (path: string) => `SELECT status FROM orders WHERE id = '${path.split('/').at(-1)}'`;

test('without webhooks the page still completes', async ({ member, stack }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await setFaults(stack, { webhook_drop: true });
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('webhooks that come twice and in disorder change nothing', async ({ member, stack }) => {
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

test('a capture whose answer is lost is found out', async ({ member, stack, watch }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  // Without webhooks the capture is the page's own check.
  await setFaults(stack, { webhook_drop: true, lose_answer_next: 1, path: '/capture' });
  watch.expects(503, '/rpc/check_payment');
  await buyer.buy(ticket);
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('where Stripe does not answer the lock stands, and a retry helps', async ({ member, stack, watch }) => {
  const ticket = await (await member('seller')).list();
  const buyer = await member('buyer');
  await setFaults(stack, { fail_next: 100, path: 'POST /v1/payment_intents' });
  watch.expects(503, '/rpc/start_payment');
  await buyer.buy(ticket);
  await buyer.expectAlert('The card service does not answer at the moment. Your ticket stays locked; please try again.');
  const timer = buyer.page.getByRole('timer');
  const before = await timer.textContent();
  await expect(timer).not.toHaveText(before ?? '');
  await clearFaults(stack);
  await buyer.button('Try again').click();
  await new CardForm(buyer.page).pay(CARDS.pays);
  await buyer.expectStatus('Complete');
});

test('with the worker gone readers see the lock end on time; the next worker ends the order', async ({ member, stack }) => {
  const ticket = await (await member('seller')).list();
  const [buyer, other] = [await member('buyer'), await member('other')];
  const order = await buyer.buy(ticket);
  freezeWorker(stack);
  try {
    const inTime = { timeout: (stack.lockSeconds + 5) * 1000 };
    await expect(buyer.page.getByRole('heading', { name: 'The lock has ended' })).toBeVisible(inTime);
    expect(query(stack, statusOf(order))).not.toBe('expired');
    // Nor does anybody tell the page what became of a card that may have been sent: it asks until nothing can.
    await expect(buyer.page.getByText('The order was not paid in time. No money was taken.')).toBeVisible();
    expect(query(stack, `SELECT status FROM payments WHERE order_id = '${order.split('/').at(-1)}'`)).toBe('cancelled');
    await other.open(ticket.path);
    await expect(other.button('Buy ticket')).toBeVisible();
  } finally {
    killWorker(stack);
  }
  await expect.poll(() => query(stack, statusOf(order)), { timeout: 30_000 }).toBe('expired');
});

test('Redis emptied in mid-purchase loses nothing', async ({ member, stack }) => {
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
  await expect(idler.page.getByRole('heading', { name: 'The lock has ended' })).toBeVisible({ timeout: (stack.lockSeconds + 5) * 1000 });
  await expect.poll(() => query(stack, statusOf(idle)), { timeout: 20_000 }).toBe('expired');
});
