// The invariants that must hold once everything is idle, checked in PostgreSQL and at Stripe.
import { deliveries } from './audit_delivery.mjs';

/** @typedef {import('./system.mjs').System} System */
/** @typedef {import('./market.mjs').Market} Market */

/** Work in progress. The system finishes all of it by itself. */
const UNFINISHED = `
  SELECT (SELECT count(*) FROM orders WHERE status IN ('created', 'awaiting_payment')) AS open_orders,
    (SELECT count(*) FROM payments WHERE status IN ('starting', 'open', 'capturing')) AS live_payments,
    (SELECT count(*) FROM payments WHERE status IN ('refunding', 'part_refunding', 'refund_failed', 'part_refund_failed', 'wrong_amount')) AS refunds,
    (SELECT count(*) FROM stripe_reviews WHERE due_at <= now() OR cursor IS NOT NULL) AS reviews,
    (SELECT count(*) FROM orders WHERE status = 'refund_pending') AS refund_orders,
    (SELECT count(*) FROM stripe_events WHERE handled_at IS NULL) AS events,
    -- The timer of an order that a capture has extended outlasts the order, and does nothing.
    (SELECT count(*) FROM outbox j WHERE NOT (j.job->>'kind' = 'expire_order' AND j.run_at > now() AND EXISTS (
      SELECT FROM orders o WHERE o.id::text = j.job->>'order_id' AND o.status NOT IN ('created', 'awaiting_payment')
    ))) AS jobs`;

/** Names and counts of unfinished work. @param {System} system @returns {Promise<[string, number][]>} */
export async function unfinished(system) {
  const [row] = await system.rows(UNFINISHED);
  return Object.entries(row).filter(([, count]) => count > 0);
}

/** The payments of which a refund has failed: it is tried again in an hour, or settled by the operator. @param {System} system @returns {Promise<string[]>} */
export async function failedRefunds(system) {
  const rows = await system.rows("SELECT id FROM payments WHERE status IN ('refund_failed', 'part_refund_failed')");
  return rows.map(({ id }) => id);
}

/** All violations, one sentence each. @param {System} system @param {Market} market */
export async function violations(system, market) {
  // It books the fees of what moved last.
  const differences = await reconciliation(system);
  const found = await Promise.all([
    doctor(system),
    holders(system),
    money(system),
    intents(system),
    confirmedOrders(system, market),
    acknowledgedEvents(system),
    deliveries(system, market),
  ]);
  return [...differences, ...found.flat()];
}

/** @param {System} system */
async function doctor(system) {
  const { status, text } = await system.doctor();
  return status === 0 ? [] : [`gittix-server doctor reports violations:\n${text}`];
}

/** Stripe's balance transactions and the ledger agree to the cent, one by one. @param {System} system */
async function reconciliation(system) {
  const { status, text } = await system.reconcile();
  return status === 0 ? [] : [`gittix-server reconcile finds differences:\n${text}`];
}

/**
 * No ticket had two holders at any time. It is a violation even if one of them lost the ticket later.
 * An order that was adopted again after its end held the ticket twice and is left out.
 * @param {System} system
 */
async function holders(system) {
  const twice = await system.rows(`
    WITH holds AS (
      SELECT id, unnest(ticket_ids) AS ticket_id, created_at AS since,
        CASE WHEN status IN ('cancelled', 'expired') THEN least(ended_at, lock_end) ELSE coalesce(returned_at, 'infinity') END AS until
      FROM orders o WHERE NOT EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.kind = 'locked_again')
    )
    SELECT a.ticket_id, a.id AS one, b.id AS other FROM holds a
    JOIN holds b ON b.ticket_id = a.ticket_id AND a.id < b.id AND a.since < b.until AND b.since < a.until`);
  return twice.map(({ ticket_id, one, other }) => `ticket ${ticket_id} was held by orders ${one} and ${other} at once`);
}

/** The ledger equals what Stripe captured and refunded and what banks took, and the rest is what complete orders cost, to the cent. @param {System} system */
async function money(system) {
  const balances = await system.balances();
  const [ours] = await system.rows(`
    SELECT coalesce(-sum(amount_cents) FILTER (WHERE kind = 'capture'), 0) AS captured,
      coalesce(sum(amount_cents) FILTER (WHERE kind IN ('refund', 'refund_failed')), 0)
        - (SELECT coalesce(sum(amount_cents), 0) FROM refunds WHERE cause = 'settled') AS refunded,
      (SELECT coalesce(sum(price_cents), 0) FROM orders WHERE status IN ('complete', 'partly_refunded')) AS sold,
      (SELECT coalesce(sum(r.amount_cents), 0) FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
        WHERE r.status = 'succeeded' AND p.status = 'captured' AND o.status = 'partly_refunded') AS parts,
      coalesce(sum(amount_cents) FILTER (WHERE kind IN ('dispute', 'dispute_reinstated')), 0) AS disputed,
      (SELECT coalesce(sum(amount_cents), 0) FROM ledger_entries WHERE account = 'stripe_fees') AS fees,
      -- A refunded order whose money a bank has, too: that is the shop's loss. Without a refund, the bank's is the refund.
      (SELECT coalesce(sum(d.withdrawn_cents - coalesce(d.reinstated_cents, 0)), 0) FROM disputes d JOIN payments p ON p.id = d.payment_id
        WHERE d.withdrawn_cents IS NOT NULL AND p.status = 'captured') AS disputed_sales,
      (SELECT coalesce(sum(r.cents + d.cents - coalesce(p.received_cents, p.amount_cents)), 0) FROM payments p
        CROSS JOIN LATERAL (SELECT coalesce(sum(amount_cents), 0) AS cents FROM refunds WHERE payment_id = p.id AND status = 'succeeded') r
        CROSS JOIN LATERAL (SELECT coalesce(sum(withdrawn_cents - coalesce(reinstated_cents, 0)), 0) AS cents FROM disputes WHERE payment_id = p.id) d
        WHERE p.status = 'refunded') AS paid_twice,
      -coalesce(sum(amount_cents), 0) AS kept
    FROM ledger_entries WHERE account = 'buyer'`);
  const wrong = [];
  if (balances.captured !== ours.captured) wrong.push(`Stripe captured ${balances.captured} cents; the ledger has ${ours.captured}`);
  if (balances.refunded !== ours.refunded) wrong.push(`Stripe refunded ${balances.refunded} cents; the ledger has ${ours.refunded}`);
  if (balances.disputed !== ours.disputed) wrong.push(`banks have ${balances.disputed} cents; the ledger has ${ours.disputed}`);
  if (balances.fees !== ours.fees) wrong.push(`Stripe took ${balances.fees} cents for itself; the ledger has ${ours.fees}`);
  if (ours.kept !== ours.sold - ours.parts - ours.disputed_sales - ours.paid_twice) {
    wrong.push(
      `the ledger kept ${ours.kept} cents of buyers; complete orders are ${ours.sold}, ${ours.parts} of them are refunded, ` +
        `banks have ${ours.disputed_sales}, and ${ours.paid_twice} were paid twice`,
    );
  }
  if (balances.authorised !== 0) wrong.push(`Stripe still holds ${balances.authorised} cents on cards`);
  return wrong;
}

/** Every intent at Stripe has the state of its payment, and none can take money. @param {System} system */
async function intents(system) {
  const [intents, charges] = await Promise.all([system.listed('payment_intents'), system.listed('charges')]);
  const payments = await system.rows(`
    SELECT stripe_intent_id, status, amount_cents, (
      SELECT coalesce(sum(r.amount_cents), 0) FROM refunds r WHERE r.payment_id = p.id AND r.status = 'succeeded' AND r.cause <> 'settled'
    ) AS refunded FROM payments p WHERE stripe_intent_id IS NOT NULL`);
  const paymentOf = new Map(payments.map((payment) => [payment.stripe_intent_id, payment]));
  const refundedOf = new Map();
  for (const { payment_intent, amount_refunded, captured } of charges) {
    // Stripe also counts the release of an authorisation as a refund.
    if (captured) refundedOf.set(payment_intent, (refundedOf.get(payment_intent) ?? 0) + amount_refunded);
  }
  return intents.flatMap(({ id, status, amount, amount_received }) => {
    const payment = paymentOf.get(id);
    // The response with the intent was lost and its payment was abandoned, so no one has its secret.
    if (!payment) return ['requires_payment_method', 'canceled'].includes(status) ? [] : [`intent ${id} is ${status} and has no payment`];
    const actual = `${status}, ${amount_received} captured, ${refundedOf.get(id) ?? 0} refunded`;
    const expected = {
      captured: `succeeded, ${payment.amount_cents} captured, ${payment.refunded} refunded`,
      refunded: `succeeded, ${payment.amount_cents} captured, ${payment.refunded} refunded`,
      declined: 'canceled, 0 captured, 0 refunded',
      cancelled: 'canceled, 0 captured, 0 refunded',
    }[/** @type {string} */ (payment.status)];
    return actual === expected && amount === payment.amount_cents ? [] : [`intent ${id} over ${amount} is ${actual}; its payment is ${payment.status} over ${payment.amount_cents}`];
  });
}

/** An order that was complete, whatever was refunded or returned since. */
const BOUGHT = ['complete', 'partly_refunded', 'refunded'];

/** Every order that a buyer received exists, and every order shown as complete is still theirs, with every ticket of it. @param {System} system @param {Market} market */
async function confirmedOrders(system, market) {
  const orders = await system.rows(`
    SELECT o.id, split_part(u.email, '@', 1) AS buyer, o.status,
      (SELECT count(*) FROM tickets t WHERE t.id = ANY (o.ticket_ids) AND (t.status <> 'sold' OR t.order_id IS DISTINCT FROM o.id) AND o.returned_at IS NULL) AS not_theirs
    FROM orders o JOIN users u ON u.id = o.buyer_id`);
  const byId = new Map(orders.map((order) => [order.id, order]));
  const missing = [...market.receivedOrders].filter(([id, buyer]) => byId.get(id)?.buyer !== buyer);
  const changed = [...market.completeOrders].filter(([id, buyer]) => {
    const order = byId.get(id);
    return order?.buyer !== buyer || !BOUGHT.includes(order.status) || order.not_theirs > 0;
  });
  return [
    ...missing.map(([id, buyer]) => `${buyer} received order ${id}, and it does not exist`),
    ...changed.map(([id, buyer]) => `${buyer} saw order ${id} as complete, and it is ${JSON.stringify(byId.get(id))}`),
  ];
}

/** Every acknowledged event is stored, because Stripe does not send it again. @param {System} system */
async function acknowledgedEvents(system) {
  const [events, stored] = await Promise.all([system.listed('events'), system.rows('SELECT id FROM stripe_events')]);
  const ids = new Set(stored.map(({ id }) => id));
  const lost = events.filter(({ id, pending_webhooks }) => pending_webhooks === 0 && !ids.has(id));
  return lost.map(({ id, type }) => `event ${id} (${type}) was acknowledged and is not stored`);
}

/** The results of the orders, and the longest delays. @param {System} system */
export async function figures(system) {
  const orders = await system.rows('SELECT status, count(*) FROM orders GROUP BY status ORDER BY status');
  const payments = await system.rows('SELECT status, count(*) FROM payments GROUP BY status ORDER BY status');
  const [lags] = await system.rows(`
    SELECT (SELECT count(*) FROM stripe_events) AS events,
      (SELECT round(max(extract(epoch FROM handled_at - received_at))::numeric, 1) FROM stripe_events) AS event_s,
      (SELECT round(max(extract(epoch FROM ended_at - lock_end))::numeric, 1) FROM orders WHERE status = 'expired') AS expiry_s`);
  return { orders, payments, lags };
}
