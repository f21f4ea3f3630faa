// What must be so once all is quiet, looked up from outside: in PostgreSQL and in Stripe's books.

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./market.mjs').Market} Market */

/** What is still to be done; all of it comes to nothing by itself. */
const UNFINISHED = `
  SELECT (SELECT count(*) FROM orders WHERE status IN ('created', 'awaiting_payment')) AS open_orders,
    (SELECT count(*) FROM payments WHERE status IN ('starting', 'open', 'capturing')) AS live_payments,
    (SELECT count(*) FROM payments WHERE status IN ('refunding', 'refund_failed')) AS refunds,
    (SELECT count(*) FROM orders WHERE status = 'refund_pending') AS refund_orders,
    (SELECT count(*) FROM stripe_events WHERE handled_at IS NULL) AS events,
    (SELECT count(*) FROM outbox) AS jobs`;

/** Names and numbers of what is unfinished. @param {House} house @returns {Promise<[string, number][]>} */
export async function unfinished(house) {
  const [row] = await house.rows(UNFINISHED);
  return Object.entries(row).filter(([, count]) => count > 0);
}

/** Everything that is not as it must be, one sentence each. @param {House} house @param {Market} market */
export async function breaches(house, market) {
  const found = await Promise.all([
    doctorsWord(house),
    holders(house),
    money(house),
    intents(house),
    promises(house, market),
    acknowledged(house),
  ]);
  return found.flat();
}

/** @param {House} house */
async function doctorsWord(house) {
  const { status, text } = await house.doctor();
  return status === 0 ? [] : [`gittix-server doctor found something:\n${text}`];
}

/**
 * No ticket had two holders at any time: what two buyers held at once and one of them lost again is no
 * less a breach. An order that was taken up again after its end held the ticket twice, and is left out.
 * @param {House} house
 */
async function holders(house) {
  const twice = await house.rows(`
    WITH holds AS (
      SELECT id, ticket_id, created_at AS since,
        CASE WHEN status IN ('cancelled', 'expired') THEN least(ended_at, expires_at) ELSE 'infinity' END AS until
      FROM orders o WHERE NOT EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = 'locked_again')
    )
    SELECT a.ticket_id, a.id AS one, b.id AS other FROM holds a
    JOIN holds b ON b.ticket_id = a.ticket_id AND a.id < b.id AND a.since < b.until AND b.since < a.until`);
  return twice.map(({ ticket_id, one, other }) => `ticket ${ticket_id} was held by orders ${one} and ${other} at once`);
}

/** To the cent: what Stripe took is what orders cost, and what it gave back is what was refunded. @param {House} house */
async function money(house) {
  const books = await house.books();
  const [ours] = await house.rows(`
    SELECT coalesce((SELECT sum(price_cents) FROM orders WHERE status = 'complete'), 0) AS sold,
      coalesce((SELECT sum(amount_cents) FROM payments WHERE status = 'refunded'), 0) AS refunded`);
  const wrong = [];
  if (books.captured !== ours.sold + ours.refunded) {
    wrong.push(`Stripe took ${books.captured} cents; complete orders are ${ours.sold} and refunds ${ours.refunded}`);
  }
  if (books.refunded !== ours.refunded) wrong.push(`Stripe gave back ${books.refunded} cents; refunds are ${ours.refunded}`);
  if (books.authorised !== 0) wrong.push(`Stripe still holds ${books.authorised} cents on cards`);
  return wrong;
}

/** Intent by intent: each stands at Stripe as its payment says, and none can take money any more. @param {House} house */
async function intents(house) {
  const [intents, charges] = await Promise.all([house.listed('payment_intents'), house.listed('charges')]);
  const payments = await house.rows('SELECT stripe_intent_id, status, amount_cents FROM payments WHERE stripe_intent_id IS NOT NULL');
  const paymentOf = new Map(payments.map((payment) => [payment.stripe_intent_id, payment]));
  const refundedOf = new Map();
  for (const { payment_intent, amount_refunded, captured } of charges) {
    // To Stripe, letting go of what was only set aside is a refund, too.
    if (captured) refundedOf.set(payment_intent, (refundedOf.get(payment_intent) ?? 0) + amount_refunded);
  }
  return intents.flatMap(({ id, status, amount, amount_received }) => {
    const payment = paymentOf.get(id);
    // Its answer was lost and its payment given up: nobody has its secret.
    if (!payment) return ['requires_payment_method', 'canceled'].includes(status) ? [] : [`intent ${id} is ${status} and no payment knows it`];
    const stands = `${status}, ${amount_received} taken, ${refundedOf.get(id) ?? 0} given back`;
    const expected = {
      captured: `succeeded, ${payment.amount_cents} taken, 0 given back`,
      refunded: `succeeded, ${payment.amount_cents} taken, ${payment.amount_cents} given back`,
      declined: 'canceled, 0 taken, 0 given back',
      cancelled: 'canceled, 0 taken, 0 given back',
    }[/** @type {string} */ (payment.status)];
    return stands === expected && amount === payment.amount_cents ? [] : [`intent ${id} over ${amount} is ${stands}; its payment is ${payment.status} over ${payment.amount_cents}`];
  });
}

/** What people were told is so: an order that was given exists, one that was complete is theirs. @param {House} house @param {Market} market */
async function promises(house, market) {
  const orders = await house.rows(`
    SELECT o.id, split_part(u.email, '@', 1) AS buyer, o.status, t.status AS ticket
    FROM orders o JOIN users u ON u.id = o.buyer_id JOIN tickets t ON t.id = o.ticket_id`);
  const byId = new Map(orders.map((order) => [order.id, order]));
  const given = [...market.given].filter(([id, buyer]) => byId.get(id)?.buyer !== buyer);
  const told = [...market.told].filter(([id, buyer]) => {
    const order = byId.get(id);
    return order?.buyer !== buyer || order.status !== 'complete' || order.ticket !== 'sold';
  });
  return [
    ...given.map(([id, buyer]) => `${buyer} was given order ${id}, and it is not there`),
    ...told.map(([id, buyer]) => `${buyer} was told that order ${id} is complete, and it is ${JSON.stringify(byId.get(id))}`),
  ];
}

/** Every event that was acknowledged is stored: Stripe will not send it again. @param {House} house */
async function acknowledged(house) {
  const [events, stored] = await Promise.all([house.listed('events'), house.rows('SELECT id FROM stripe_events')]);
  const ids = new Set(stored.map(({ id }) => id));
  const lost = events.filter(({ id, pending_webhooks }) => pending_webhooks === 0 && !ids.has(id));
  return lost.map(({ id, type }) => `event ${id} (${type}) was acknowledged and is not stored`);
}

/** How the orders ended, and how long the longest waits were. @param {House} house */
export async function figures(house) {
  const orders = await house.rows('SELECT status, count(*) FROM orders GROUP BY status ORDER BY status');
  const payments = await house.rows('SELECT status, count(*) FROM payments GROUP BY status ORDER BY status');
  const [lags] = await house.rows(`
    SELECT (SELECT count(*) FROM stripe_events) AS events,
      (SELECT round(max(extract(epoch FROM handled_at - received_at))::numeric, 1) FROM stripe_events) AS event_s,
      (SELECT round(max(extract(epoch FROM ended_at - expires_at))::numeric, 1) FROM orders WHERE status = 'expired') AS expiry_s`);
  return { orders, payments, lags };
}
