// Stripe's own SDK against the simulator. sdk.rs starts it and passes the addresses.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Stripe from 'stripe';

const { SIM_URL, WEBHOOK_PORT, WEBHOOK_SECRET } = process.env;
const { hostname, port } = new URL(SIM_URL);
const client = (key, options = {}) =>
  new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, ...options });
const stripe = client('sk_test_sim');

const received = [];
const refused = [];
const receiver = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString('utf8');
  try {
    received.push(
      stripe.webhooks.constructEvent(body, request.headers['stripe-signature'], WEBHOOK_SECRET),
    );
    response.writeHead(204).end();
  } catch (error) {
    refused.push(error.message);
    response.writeHead(400).end();
  }
});
receiver.listen(Number(WEBHOOK_PORT), '127.0.0.1');
await once(receiver, 'listening');

async function eventually(what, predicate) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (predicate()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`timed out: ${what}; received ${received.map((event) => event.type)}`);
}

const checks = {
  async 'authorise, capture, refund'() {
    const made = await stripe.paymentIntents.create({
      amount: 1999,
      currency: 'usd',
      capture_method: 'manual',
      payment_method_types: ['card'],
      metadata: { order_id: 'order-1' },
      description: 'Section A, row 1',
    });
    assert.equal(made.status, 'requires_payment_method');
    assert.match(made.id, /^pi_[A-Za-z0-9]{24}$/);
    assert.match(made.client_secret, /^pi_[A-Za-z0-9]{24}_secret_[A-Za-z0-9]{25}$/);
    assert.ok(made.lastResponse.requestId);

    const authorised = await stripe.paymentIntents.confirm(made.id, { payment_method: 'pm_card_visa' });
    assert.equal(authorised.status, 'requires_capture');
    assert.equal(authorised.amount_capturable, 1999);

    const captured = await stripe.paymentIntents.capture(
      made.id,
      { amount_to_capture: 1500, expand: ['latest_charge'] },
    );
    assert.equal(captured.status, 'succeeded');
    assert.equal(captured.amount_received, 1500);
    assert.equal(captured.latest_charge.payment_method_details.card.last4, '4242');

    const part = await stripe.refunds.create({ payment_intent: made.id, amount: 500 });
    assert.equal(part.status, 'succeeded');
    await assert.rejects(
      stripe.refunds.create({ payment_intent: made.id, amount: 1001 }),
      (error) => error instanceof Stripe.errors.StripeInvalidRequestError && error.param === 'amount',
    );
    await stripe.refunds.create({ charge: captured.latest_charge.id, reason: 'requested_by_customer' });
    await assert.rejects(
      stripe.refunds.create({ payment_intent: made.id }),
      (error) => error.code === 'charge_already_refunded',
    );
    const refunds = await stripe.refunds.list({ payment_intent: made.id });
    assert.deepEqual(refunds.data.map((refund) => refund.amount), [1000, 500]);
    const charge = await stripe.charges.retrieve(captured.latest_charge.id);
    assert.equal(charge.refunded, true);
    assert.equal(charge.refunds.data.length, 2);
    await eventually('charge.refunded twice', () =>
      received.filter((event) => event.type === 'charge.refunded').length === 2);
    assert.deepEqual(
      received.filter((event) => event.type.startsWith('payment_intent.')).map((event) => event.type),
      ['payment_intent.created', 'payment_intent.amount_capturable_updated', 'payment_intent.succeeded'],
    );
    const [first] = received;
    const listed = await stripe.events.retrieve(first.id);
    assert.deepEqual({ ...listed, pending_webhooks: 0, lastResponse: 0 },
      { ...first, pending_webhooks: 0, lastResponse: 0 });
  },

  async 'dispute, win'() {
    const made = await stripe.paymentIntents.create({
      amount: 2500,
      currency: 'usd',
      payment_method_types: ['card'],
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    const act = (name) => fetch(`${SIM_URL}/_sim/payments/${made.id}/${name}`, { method: 'PUT' });
    assert.equal((await act('warned')).status, 204);
    assert.equal((await act('disputed')).status, 204);
    const { data: [dispute] } = await stripe.disputes.list({ payment_intent: made.id });
    assert.equal(dispute.status, 'needs_response');
    assert.equal((await act('won')).status, 204);
    const won = await stripe.disputes.retrieve(dispute.id);
    assert.deepEqual(won.balance_transactions.map(({ net }) => net), [-4000, 2500]);
    const { data: [warning] } = await stripe.radar.earlyFraudWarnings.list({ payment_intent: made.id });
    assert.deepEqual([warning.charge, warning.actionable], [made.latest_charge, true]);
    await eventually('charge.dispute.closed', () => received.some((event) => event.type === 'charge.dispute.closed'));
  },

  async 'cancel releases the authorisation'() {
    const authorised = await stripe.paymentIntents.create({
      amount: 700,
      currency: 'eur',
      capture_method: 'manual',
      payment_method_types: ['card'],
      payment_method: 'pm_card_visa',
      confirm: true,
    });
    assert.equal(authorised.status, 'requires_capture');
    const canceled = await stripe.paymentIntents.cancel(authorised.id, { cancellation_reason: 'abandoned' });
    assert.equal(canceled.status, 'canceled');
    assert.equal(canceled.amount_capturable, 0);
    await assert.rejects(stripe.paymentIntents.capture(authorised.id), (error) =>
      error.code === 'payment_intent_unexpected_state' && error.payment_intent.status === 'canceled');
  },

  async 'decline is a card error, and another card succeeds'() {
    const made = await stripe.paymentIntents.create({
      amount: 900, currency: 'usd', payment_method_types: ['card'],
    });
    await assert.rejects(
      stripe.paymentIntents.confirm(made.id, { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' }),
      (error) => {
        assert.ok(error instanceof Stripe.errors.StripeCardError);
        assert.equal(error.statusCode, 402);
        assert.equal(error.code, 'card_declined');
        assert.equal(error.decline_code, 'insufficient_funds');
        assert.equal(error.payment_intent.status, 'requires_payment_method');
        assert.equal(error.payment_intent.last_payment_error.code, 'card_declined');
        return true;
      },
    );
    const paid = await stripe.paymentIntents.confirm(made.id, { payment_method: 'pm_card_mastercard' });
    assert.equal(paid.status, 'succeeded');
    assert.equal(paid.last_payment_error, null);
  },

  async 'challenge redirects back'() {
    const made = await stripe.paymentIntents.create({
      amount: 900, currency: 'usd', payment_method_types: ['card'], confirm: true,
      payment_method: 'pm_card_threeDSecure2Required', return_url: 'https://shop.example/done',
    });
    assert.equal(made.status, 'requires_action');
    const { url } = made.next_action.redirect_to_url;
    const response = await fetch(`${url}/complete`, { method: 'POST', redirect: 'manual' });
    assert.equal(response.status, 303);
    const back = new URL(response.headers.get('location'));
    assert.equal(back.searchParams.get('payment_intent'), made.id);
    assert.equal(back.searchParams.get('redirect_status'), 'succeeded');
    const paid = await stripe.paymentIntents.retrieve(made.id, { expand: ['latest_charge'] });
    assert.equal(paid.status, 'succeeded');
    assert.equal(paid.latest_charge.payment_method_details.card.three_d_secure.result, 'authenticated');
  },

  async 'idempotency key replays the response'() {
    const params = { amount: 4200, currency: 'usd', payment_method_types: ['card'] };
    const options = { idempotencyKey: 'order-7-attempt-1' };
    const first = await stripe.paymentIntents.create(params, options);
    const second = await stripe.paymentIntents.create(params, options);
    assert.equal(second.id, first.id);
    assert.equal(second.lastResponse.headers['idempotent-replayed'], 'true');
    await assert.rejects(
      stripe.paymentIntents.create({ ...params, amount: 4300 }, options),
      (error) => error instanceof Stripe.errors.StripeIdempotencyError,
    );
  },

  async 'API keys and parameters are checked'() {
    await assert.rejects(client('sk_test_wrong').paymentIntents.list(), (error) =>
      error instanceof Stripe.errors.StripeAuthenticationError && error.statusCode === 401);
    await assert.rejects(client('pk_test_sim').paymentIntents.list(), (error) =>
      error.code === 'secret_key_required');
    await assert.rejects(
      stripe.paymentIntents.create({ amount: 900, currency: 'usd', amuont: 1 }),
      (error) => error.code === 'parameter_unknown' && error.param === 'amuont',
    );
    await assert.rejects(stripe.paymentIntents.retrieve('pi_none'), (error) =>
      error.statusCode === 404 && error.code === 'resource_missing');
  },

  async 'lists are paginated'() {
    for (let amount = 100; amount < 105; amount += 1) {
      await stripe.paymentIntents.create({ amount, currency: 'usd', payment_method_types: ['card'] });
    }
    const amounts = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) amounts.push(intent.amount);
    assert.deepEqual(amounts.slice(0, 5), [104, 103, 102, 101, 100]);
    assert.equal(new Set(amounts).has(1999), true);
    const events = await stripe.events.list({ type: 'payment_intent.created', limit: 100 });
    assert.equal(events.data.length, amounts.length);
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check().catch((error) => {
    error.message = `${name}: ${error.message}`;
    throw error;
  });
  console.log(`ok - ${name}`);
}
assert.deepEqual(refused, []);
receiver.close();
receiver.closeAllConnections();
