// Two servers and two workers behind nginx, as in production. No other file uses this stack, and the tests
// run one after the other.
import { query } from '../support/faults';
import { CardForm, CARDS } from '../support/card_form';
import { ORDER } from '../support/person';
import { proxiedRequests, replaceServers } from '../support/rollout';
import { expect, test } from '../support/test';

test.use({ stackName: 'pair' });

const at = (port: number) => `http://127.0.0.1:${port}`;

test('purchases succeed while the servers are replaced', async ({ member, stack }) => {
  test.setTimeout(180_000);
  const [seller, buyer] = [await member('seller'), await member('buyer')];
  let isOver = false;
  const replacing = (async () => {
    for (let round = 0; round < 2; round++) await replaceServers(stack);
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

  const requests = proxiedRequests(stack);
  // 499: the page was left before its response arrived. 422: a listing at a venue that is not known yet asks for its time zone.
  const isRefused = ({ status, request }: (typeof requests)[number]) => status >= 400 && status !== 499 && !(status === 422 && request.startsWith('POST /rpc/list_ticket '));
  expect(requests.filter(isRefused)).toEqual([]);
  for (const port of stack.serverPorts) {
    expect(requests.filter(({ upstreams }) => upstreams.at(-1) === `127.0.0.1:${port}`).length).toBeGreaterThan(10);
  }
  const retried = requests.filter(({ upstreams }) => upstreams.length > 1).length;
  console.log(`${purchases} purchases, ${requests.length} requests, ${retried} of them retried at a second server`);
});

test('open page reconnects its stream to another server', async ({ member, stack }) => {
  test.setTimeout(120_000);
  const ticket = await (await member('seller')).list();
  const [reader, buyer] = [await member('reader'), await member('buyer')];
  await reader.open(ticket.path);
  await reader.page.evaluate(() => Object.assign(window, { isSameDocument: true }));
  await replaceServers(stack);
  await buyer.open(ticket.path);
  await buyer.press('Buy ticket', ORDER);
  await expect(reader.button('Join the waitlist')).toBeVisible({ timeout: 20_000 });
  expect(await reader.page.evaluate(() => 'isSameDocument' in window)).toBe(true);
});

test('session is valid on both servers and ends on both', async ({ member, stack }) => {
  const ana = await member('ana');
  const request = ana.page.context().request;
  const currentUser = (port: number) => request.get(`${at(port)}/rpc/current_user`);
  for (const port of stack.serverPorts) expect(await (await currentUser(port)).text()).toContain(ana.email);
  await ana.open('/');
  await ana.signOut();
  for (const port of stack.serverPorts) expect(await (await currentUser(port)).text()).toBe('null');
});

test('rate limit counts the requests of both servers', async ({ request, stack }) => {
  const statuses: number[] = [];
  // Ten an hour for one mailbox, times the factor; see docs/AUTH.md.
  const limit = 10 * stack.rateLimitFactor;
  for (let round = 0; round <= limit; round++) {
    const port = stack.serverPorts[round % stack.serverPorts.length] ?? 0;
    const answer = await request.post(`${at(port)}/rpc/forgot_password`, {
      form: { email: 'unknown@example.com' },
      headers: { Accept: 'application/json' },
    });
    statuses.push(answer.status());
  }
  expect(statuses.slice(0, limit).every((status) => status === 200)).toBe(true);
  expect(statuses.at(-1)).toBe(429);
});

test('both servers refuse cross-site requests', async ({ member, stack }) => {
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

test('two workers expire an order once and send one mail', async ({ member, stack, request }) => {
  test.setTimeout(90_000);
  const [seller, buyer] = [await member('seller'), await member('buyer')];
  const orders: string[] = [];
  for (let count = 0; count < 4; count++) orders.push(await buyer.buy(await seller.list()));
  await seller.page.request.post('/rpc/forgot_password', { form: { email: seller.email } });

  const ids = orders.map((order) => `'${order.split('/').at(-1)}'`).join(', ');
  const expiries = () => query(stack, `SELECT count(*), count(DISTINCT order_id) FROM order_events WHERE kind = 'expired' AND order_id IN (${ids})`);
  await expect.poll(expiries, { timeout: (stack.lockSeconds + 30) * 1000 }).toBe('4|4');
  const mails = async () => (await (await request.get(`${stack.mails}/api/mails`, { params: { to: seller.email } })).json()).length;
  await expect.poll(mails).toBe(1);
  // Closing the payments makes Stripe send events, and each is one more job.
  await expect.poll(() => query(stack, 'SELECT count(*) FROM outbox WHERE run_at < now()')).toBe('0');
  // A second worker with the same job would be done by then.
  await expect.poll(() => query(stack, "SELECT count(*) FROM outbox WHERE leased_until > now()")).toBe('0');
  expect([expiries(), await mails()]).toEqual(['4|4', 1]);
});
