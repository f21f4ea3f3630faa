// Who opens which ticket, once everything is idle: its payer, or the recipient of its gift, and no one else.
import { FILE } from './delivery.mjs';

/** @typedef {import('./system.mjs').System} System */
/** @typedef {import('./market.mjs').Market} Market */
/** @typedef {import('./person.mjs').Person} Person */
/** @typedef {{ ticket: string, listing: string, file: string | null, is_in_hand: boolean, gift: string | null, recipient: string | null }} Row */
/** @typedef {{ id: string, buyer: string, is_bought: boolean, tickets: Row[] }} Order */

/** Orders that are looked at at the same time. */
const AT_ONCE = 6;

/** @param {System} system @param {Market} market */
export async function deliveries(system, market) {
  /** @type {Order[]} */
  const orders = await system.rows(`
    SELECT o.id, split_part(u.email, '@', 1) AS buyer, o.status IN ('complete', 'partly_refunded') AS is_bought, (
      SELECT json_agg(json_build_object('ticket', t.id, 'listing', t.listing_id, 'file', d.file_id, 'is_in_hand', t.is_in_hand,
        'gift', g.id, 'recipient', split_part(r.email, '@', 1)) ORDER BY t.position, t.id)
      FROM tickets t LEFT JOIN deliverables d ON d.ticket_id = t.id
        LEFT JOIN gifts g ON g.ticket_id = t.id AND g.order_id = o.id AND g.status = 'accepted' LEFT JOIN users r ON r.id = g.recipient_id
      WHERE t.id = ANY (o.ticket_ids)) AS tickets
    FROM orders o JOIN users u ON u.id = o.buyer_id WHERE o.status NOT IN ('created', 'awaiting_payment')`);
  const people = new Map(market.people.map((person) => [person.name, person]));
  const problems = lost(orders, market);
  const left = [...orders];
  const look = async () => {
    for (let order = left.pop(); order; order = left.pop()) {
      const [buyer, stranger] = [people.get(order.buyer), strangerTo(order, market)];
      if (!buyer || !stranger) continue;
      const found = order.is_bought ? [...(await opens(order, buyer, people, market)), ...(await closed(order, stranger))] : await closed(order, buyer);
      problems.push(...found.map((problem) => `order ${order.id}: ${problem}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  return problems;
}

/** Tickets that were bought and are not in hand, although their seller was told so. @param {Order[]} orders @param {Market} market */
function lost(orders, market) {
  const rows = orders.filter(({ is_bought }) => is_bought).flatMap(({ tickets }) => tickets);
  const missing = rows.filter(({ ticket, is_in_hand }) => !is_in_hand && market.delivery.acknowledged.has(ticket));
  return missing.map(({ ticket }) => `ticket ${ticket} was handed in, and is not in hand`);
}

/** A user who has neither bought the order nor got a gift of it. @param {Order} order @param {Market} market */
function strangerTo(order, market) {
  const owners = [order.buyer, ...order.tickets.map(({ recipient }) => recipient)];
  return market.rng.pick(market.people.filter(({ name }) => !owners.includes(name)));
}

/** What the payer and the recipients of gifts do not get of an order. @param {Order} order @param {Person} buyer @param {Map<string, Person>} people @param {Market} market */
async function opens({ id, tickets }, buyer, people, market) {
  const problems = [];
  const { status } = await buyer.ask('POST', '/rpc/open_tickets', { order: id });
  const mine = tickets.filter(({ is_in_hand, gift }) => is_in_hand && !gift);
  if (status < 400 !== mine.length > 0) problems.push(`opening ${mine.length} tickets was answered ${status}`);
  const { body } = await buyer.ask('GET', `/rpc/show_delivery?order=${id}`);
  for (const [n, row] of tickets.entries()) {
    const seen = body?.tickets?.[n];
    if (row.gift) problems.push(...(await opensGift(row, id, people, market)));
    if (mine.length === 0) continue;
    const has = row.gift || !row.is_in_hand ? null : row.file ? FILE : seen?.text;
    if (has && !market.delivery.handedIn.get(row.ticket)?.has(has)) problems.push(`ticket ${row.ticket} is ${has}, which was not handed in`);
    if (!seen || seen.is_given !== (row.gift !== null) || (seen.text === null) === (row.is_in_hand && !row.gift && !row.file)) {
      problems.push(`ticket ${row.ticket} of ${JSON.stringify(row)} is shown as ${JSON.stringify(seen)}`);
    }
    if (has === FILE) problems.push(...(await loads(buyer, `/orders/${id}/files/${row.file}`, row, market)));
  }
  return problems;
}

/** @param {Row} row @param {string} order @param {Map<string, Person>} people @param {Market} market */
async function opensGift(row, order, people, market) {
  const recipient = people.get(row.recipient ?? '');
  if (!recipient) return [`gift ${row.gift} has no recipient`];
  await recipient.ask('POST', '/rpc/open_gift', { gift: row.gift ?? '' });
  const { body } = await recipient.ask('GET', `/rpc/show_gift?gift=${row.gift}`);
  const has = row.file ? FILE : body?.ticket?.text;
  const problems = market.delivery.handedIn.get(row.ticket)?.has(has) ? [] : [`the recipient of gift ${row.gift} gets ${has}, which was not handed in`];
  if (row.file) problems.push(...(await loads(recipient, `/gifts/${row.gift}/files/${row.file}`, row, market)));
  // Not the one who gave it.
  const others = market.people.filter(({ name }) => name !== row.recipient);
  for (const path of [`/rpc/show_gift?gift=${row.gift}`, ...(row.file ? [`/gifts/${row.gift}/files/${row.file}`] : [])]) {
    const { status } = await market.rng.pick(others).ask('GET', path);
    if (status !== 404) problems.push(`someone else got ${status} for ${path} of order ${order}`);
  }
  return problems;
}

/** @param {Person} person @param {string} path @param {Row} row @param {Market} market */
async function loads(person, path, row, market) {
  const { status, bytes } = await person.ask('GET', path);
  const isSame = market.delivery.files.get(row.listing)?.equals(bytes);
  return status === 200 && isSame ? [] : [`${person.name} got ${status} and ${bytes.length} bytes for the file of ticket ${row.ticket}`];
}

/** What a person gets of an order that is not theirs: nothing. @param {Order} order @param {Person} person */
async function closed({ id, buyer, tickets }, person) {
  const refused = person.name === buyer ? [409] : [404];
  const problems = [];
  const files = tickets.filter(({ file }) => file).map(({ file }) => `/orders/${id}/files/${file}`);
  for (const path of files) {
    const { status } = await person.ask('GET', path);
    if (status !== 404) problems.push(`${person.name} got ${status} for ${path}`);
  }
  for (const [method, path, fields] of /** @type {const} */ ([['GET', `/rpc/show_delivery?order=${id}`], ['POST', '/rpc/open_tickets', { order: id }]])) {
    const { status } = await person.ask(method, path, fields);
    if (!refused.includes(status)) problems.push(`${person.name} got ${status} for ${path}`);
  }
  return problems;
}
