// Two servers and two workers behind nginx, as people run them. This file has its stack to itself, and its
// tests run one after the other.
import { query } from '../support/breakage';
import { CardForm, CARDS } from '../support/card_form';
import { ORDER } from '../support/person';
import { passed, replaceAll } from '../support/rollout';
import { expect, test } from '../support/test';

test.use({ stackName: 'pair' });

const at = (port: number) => `http://127.0.0.1:${port}`;

test('purchases go on while the servers are replaced one by one', async ({ member, stack }) => {
  test.setTimeout(180_000);
  const [seller, buyer] = [await member('seller'), await member('buyer')];
  let isOver = false;
  const replacing = (async () => {
    for (let round = 0; round < 2; round++) await replaceAll(stack);
  })().finally(() => (isOver = true));

  let purchases = 0;
  while (!isOver || purchases < 2) {
    const ticket = await seller.list();
    await buyer.open('/');
    await buyer.buy(ticket);
    await new CardForm(buyer.page).pay(CARDS.pays);
    await buyer.expectStatus('Complete');
    purchases++;
  }
  await replacing;

  const requests = passed(stack);
  // 499 is a page that was left before its answer came.
  expect(requests.filter(({ status }) => status >= 400 && status !== 499)).toEqual([]);
  for (const port of stack.serverPorts) {
    expect(requests.filter(({ upstreams }) => upstreams.at(-1) === `127.0.0.1:${port}`).length).toBeGreaterThan(10);
  }
  const twice = requests.filter(({ upstreams }) => upstreams.length > 1).length;
  console.log(`${purchases} purchases, ${requests.length} requests, ${twice} of them tried at a second server`);
});

test('an open page comes back to its stream on another server', async ({ member, stack }) => {
  test.setTimeout(120_000);
  const ticket = await (await member('seller')).list();
  const [looker, buyer] = [await member('looker'), await member('buyer')];
  await looker.open(ticket.path);
  await looker.page.evaluate(() => Object.assign(window, { isSameDocument: true }));
  await replaceAll(stack);
  await buyer.open(ticket.path);
  await buyer.press('Buy ticket', ORDER);
  await expect(looker.button('Join the line')).toBeVisible({ timeout: 20_000 });
  expect(await looker.page.evaluate(() => 'isSameDocument' in window)).toBe(true);
});

test('a session holds on either server, and ends on both', async ({ member, stack }) => {
  const ana = await member('ana');
  const request = ana.page.context().request;
  const whoAmI = (port: number) => request.get(`${at(port)}/rpc/current_user`);
  for (const port of stack.serverPorts) expect(await (await whoAmI(port)).text()).toContain(ana.email);
  await ana.open('/');
  await ana.signOut();
  for (const port of stack.serverPorts) expect(await (await whoAmI(port)).text()).toBe('null');
});

test('tries at either server count together', async ({ request, stack }) => {
  const statuses: number[] = [];
  // Of one mailbox ten an hour, times the factor; see docs/AUTH.md.
  const most = 10 * stack.rateLimitFactor;
  for (let round = 0; round <= most; round++) {
    const port = stack.serverPorts[round % stack.serverPorts.length] ?? 0;
    const answer = await request.post(`${at(port)}/rpc/forgot_password`, {
      form: { email: 'nobody@example.com' },
      headers: { Accept: 'application/json' },
    });
    statuses.push(answer.status());
  }
  expect(statuses.slice(0, most).every((status) => status === 200)).toBe(true);
  expect(statuses.at(-1)).toBe(429);
});

test('either server refuses what another site sends', async ({ member, stack }) => {
  const ana = await member('ana');
  for (const port of stack.serverPorts) {
    const answer = await ana.page.context().request.post(`${at(port)}/rpc/sign_out`, {
      headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
    });
    expect(answer.status()).toBe(403);
  }
  await ana.open('/');
  await expect(ana.button('Sign out')).toBeVisible();
});

test('two workers end an order once, and mail once', async ({ member, stack, request }) => {
  test.setTimeout(90_000);
  const [seller, buyer] = [await member('seller'), await member('buyer')];
  const orders: string[] = [];
  for (let count = 0; count < 4; count++) orders.push(await buyer.buy(await seller.list()));
  await seller.page.request.post('/rpc/forgot_password', { form: { email: seller.email } });

  const ids = orders.map((order) => `'${order.split('/').at(-1)}'`).join(', ');
  const ends = () => query(stack, `SELECT count(*), count(DISTINCT order_id) FROM order_events WHERE kind = 'expired' AND order_id IN (${ids})`);
  await expect.poll(ends, { timeout: (stack.lockSeconds + 30) * 1000 }).toBe('4|4');
  const mails = async () => (await (await request.get(`${stack.mails}/api/mails`, { params: { to: seller.email } })).json()).length;
  await expect.poll(mails).toBe(1);
  // Closing the payments has Stripe tell of it, which is a job more.
  await expect.poll(() => query(stack, 'SELECT count(*) FROM outbox WHERE run_at < now()')).toBe('0');
  // A worker that had it, too, would have done it by then.
  await expect.poll(() => query(stack, "SELECT count(*) FROM outbox WHERE leased_until > now()")).toBe('0');
  expect([ends(), await mails()]).toEqual(['4|4', 1]);
});
