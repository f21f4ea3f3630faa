// Users who buy and sell. Some want the same few tickets, some want any. They pay in time, late or not at all.
import { setTimeout as sleep } from 'node:timers/promises';

import { Delivery } from './delivery.mjs';
import { Person } from './person.mjs';
import { Rng } from './rng.mjs';

const GOOD_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';
/** Listings that are kept on sale. */
const ON_SALE = 30;
/** Listings that half of all buyers want. */
const POPULAR = 3;
/** Buyers who all lock tickets of one listing at once. */
const CROWD = 8;
/** The most tickets of one listing. */
const LISTED = 6;
/** The most tickets that one buyer wants. */
const WANTED = 4;
const SPLITS = ['any', 'pairs', 'all_together', 'never_leave_one'];

/** @typedef {import('./system.mjs').System} System */
/** @typedef {import('./person.mjs').Stats} Stats */

export class Market {
  /** Listings on sale, oldest first. @type {string[]} */
  #listings = [];
  #listed = 0;
  #isOpen = true;
  /** Orders that a buyer received. @type {Map<string, string>} order to buyer */
  receivedOrders = new Map();
  /** Orders that a buyer saw as complete. @type {Map<string, string>} order to buyer */
  completeOrders = new Map();

  /** @param {System} system @param {number} seed @param {Stats} stats */
  constructor(system, seed, stats) {
    /** @param {string} kind @param {number} count */
    const users = (kind, count) =>
      Array.from({ length: count }, (_, n) => new Person(`${kind}${n}`, system.urls, system.sim, stats, new Rng(seed, `${kind}${n}`)));
    this.lock_ms = system.setup.lockSeconds * 1000;
    this.sellers = users('seller', 3);
    this.buyers = users('buyer', 20);
    this.crowd = users('crowd', CROWD);
    this.people = [...this.sellers, ...this.buyers, ...this.crowd];
    this.rng = new Rng(seed, 'market');
    this.delivery = new Delivery();
  }

  /** @param {System} system */
  async signUp(system) {
    for (const person of this.people) await person.signUp(system);
    for (const seller of this.sellers) await this.#stock(seller);
  }

  /** Buys and sells until closed. */
  async trade() {
    const busy = [
      ...this.sellers.map((seller) => this.#repeat(seller, 400, () => this.#sell(seller))),
      ...this.buyers.map((buyer) => this.#repeat(buyer, 300, () => this.#buy(buyer))),
      this.#repeat(/** @type {Person} */ (this.crowd[0]), 800, () => this.#lockTogether()),
    ];
    await Promise.all(busy);
  }

  /** Stops trading. Every user finishes the current action. */
  close() {
    this.#isOpen = false;
  }

  /** @param {Person} person @param {number} pause_ms @param {() => Promise<void>} act */
  async #repeat(person, pause_ms, act) {
    while (this.#isOpen) {
      await act();
      await sleep(person.rng.between(0, 2 * pause_ms));
    }
  }

  // --- Selling ---------------------------------------------------------------

  /** @param {Person} seller */
  async #sell(seller) {
    const choice = seller.rng.next();
    if (choice < 0.15) await this.#edit(seller);
    else if (choice < 0.3) await this.#handIn(seller);
    else if (choice < 0.35) await this.#withdraw(seller);
    else if (choice < 0.4) await this.#closeWaitlist(seller);
    else await this.#stock(seller);
    if (seller.rng.chance(0.3)) await seller.open(seller.rng.pick(['/listings', '/', '/orders']));
  }

  /** Lists tickets until enough are on sale. @param {Person} seller */
  async #stock(seller) {
    while (this.#listings.length < ON_SALE) {
      const { status, location } = await seller.post('list_ticket', anyListing(seller.rng, `Night ${(this.#listed += 1)}`));
      const id = location.match(/\/tickets\/([0-9a-f-]+)/)?.[1];
      if (!id || status >= 400) return;
      this.#listings.push(id);
      await this.delivery.handIn(seller, id);
    }
  }

  /** Changes price, seats and split rule. @param {Person} seller */
  async #edit(seller) {
    const card = await this.#ownListing(seller);
    if (!card) return;
    this.delivery.isEdited(card.id);
    const { body } = await seller.get('show_ticket', { ticket: card.id });
    if (body?.version) await seller.post('edit_ticket', { ticket: card.id, version: body.version, ...anyListing(seller.rng, card.title) });
  }

  /** Hands in what is missing of an earlier listing, which may be sold. @param {Person} seller */
  async #handIn(seller) {
    const { body } = await seller.get('my_listings');
    const cards = cardsOf(body);
    if (cards.length > 0) await this.delivery.handIn(seller, seller.rng.pick(cards).id);
  }

  /** Withdraws one ticket or all. @param {Person} seller */
  async #withdraw(seller) {
    const card = await this.#ownListing(seller);
    if (!card) return;
    if (seller.rng.chance(0.5)) {
      const { body } = await seller.get('show_ticket', { ticket: card.id });
      const seat = body?.tickets?.length > 1 && seller.rng.pick(body.tickets).id;
      if (seat) return void (await seller.post('withdraw_ticket', { ticket: card.id, seat }));
    }
    this.#forget(card.id);
    await seller.post('withdraw_ticket', { ticket: card.id });
  }

  /** Closes a waitlist, or opens it again. @param {Person} seller */
  async #closeWaitlist(seller) {
    const card = await this.#ownListing(seller);
    if (card) await seller.post('close_line', { ticket: card.id, is_closed: seller.rng.chance(0.5) });
  }

  /** @param {Person} seller */
  async #ownListing(seller) {
    const { body } = await seller.get('my_listings');
    const cards = cardsOf(body).filter(({ id }) => this.#listings.includes(id));
    return cards.length > 0 ? seller.rng.pick(cards) : undefined;
  }

  /** @param {string} listing */
  #forget(listing) {
    this.#listings = this.#listings.filter((other) => other !== listing);
  }

  // --- Buying ----------------------------------------------------------------

  /** @param {Person} buyer */
  async #buy(buyer) {
    if (buyer.rng.chance(0.2)) await buyer.open('/');
    // From the waitlist, or of a lock whose response was lost.
    const open = buyer.rng.chance(0.3) && (await this.#openOrder(buyer));
    if (open) return this.#pay(buyer, open);
    const listing = this.#choose(buyer);
    const order = listing && (await this.#lock(buyer, listing));
    if (order) await this.#pay(buyer, order);
  }

  /** An open order of the buyer. @param {Person} buyer @returns {Promise<string | undefined>} */
  async #openOrder(buyer) {
    const { body } = await buyer.get('my_orders');
    return body?.open?.find((/** @type {any} */ order) => ['created', 'awaiting_payment'].includes(order.status))?.id;
  }

  /** @param {Person} buyer */
  #choose(buyer) {
    const listings = buyer.rng.chance(0.5) ? this.#listings.slice(0, POPULAR) : this.#listings;
    return listings.length > 0 ? buyer.rng.pick(listings) : undefined;
  }

  /** Locks tickets of a listing as its page shows it. @param {Person} buyer @param {string} listing */
  async #lock(buyer, listing) {
    const shown = await this.#show(buyer, listing);
    return shown && this.#press(buyer, shown);
  }

  /** The page of a listing. @param {Person} buyer @param {string} listing @returns {Promise<any>} */
  async #show(buyer, listing) {
    const { body } = await buyer.get('show_ticket', { ticket: listing });
    return body?.card && body;
  }

  /**
   * Presses the button of the page that shows a listing, with a number of tickets or with chosen seats. Where the page
   * offers no number, any is tried.
   * @param {Person} buyer @param {any} shown
   */
  async #press(buyer, shown) {
    const ticket = shown.card.id;
    const choices = shown.choices.filter((/** @type {number} */ choice) => choice <= WANTED);
    const count = choices.length > 0 && buyer.rng.chance(0.9) ? buyer.rng.pick(choices) : buyer.rng.between(1, WANTED);
    const seats = buyer.rng.chance(0.3) ? this.#seats(buyer, shown.tickets, count) : [];
    const { order, code } = await this.#request(buyer, shown, count, seats);
    // One of the chosen seats may be gone while others are on sale.
    if (seats.length === 0 && ['ticket_sold', 'ticket_withdrawn'].includes(code)) this.#forget(ticket);
    if (['ticket_locked', 'not_enough_tickets', 'split_not_allowed'].includes(code) && buyer.rng.chance(0.3)) {
      await buyer.post('join_line', { ticket, wanted: count });
      if (buyer.rng.chance(0.1)) await buyer.post('leave_line', { ticket });
    }
    return order;
  }

  /**
   * Asks for a lock. Answers with the order, or with the code of the refusal.
   * @param {Person} buyer @param {any} shown the page of the listing @param {number} count @param {{ id: string }[]} [seats]
   * @returns {Promise<{ order?: string, code?: any }>}
   */
  async #request(buyer, shown, count, seats = []) {
    const { status, location, body } = await buyer.post('lock_ticket', {
      ticket: shown.card.id,
      version: shown.version,
      price_cents: shown.card.price.cents,
      count,
      'tickets[]': seats.map(({ id }) => id),
    });
    const order = location.match(/\/orders\/([0-9a-f-]+)/)?.[1];
    if (!order || status >= 400) return { code: body?.errors?.[0]?.code ?? status };
    this.receivedOrders.set(order, buyer.name);
    return { order };
  }

  /** Seats of a listing, mostly of those on sale. @param {Person} buyer @param {{ id: string, status: string }[]} tickets @param {number} count */
  #seats(buyer, tickets, count) {
    const isCareful = buyer.rng.chance(0.8);
    return buyer.rng.shuffled(tickets.filter(({ status }) => !isCareful || status === 'on_sale')).slice(0, count);
  }

  /** @param {Person} buyer @param {string} order */
  async #pay(buyer, order) {
    const choice = buyer.rng.next();
    // The buyer leaves, cancels or pays.
    if (choice < 0.15) return;
    if (choice < 0.22) return void (await buyer.post('cancel_order', { order }));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { status, body: form } = await buyer.post('start_payment', { order });
      if (status === 503 || status === 0) {
        await sleep(buyer.rng.between(100, 500));
        continue;
      }
      if (!form?.client_secret) return;
      // Some buyers pay around the end of the lock.
      if (buyer.rng.chance(0.12)) await sleep(this.lock_ms * (0.8 + 0.4 * buyer.rng.next()));
      await buyer.confirm(form, buyer.rng.chance(0.2) ? DECLINED_CARD : GOOD_CARD);
      if (await this.#awaitResult(buyer, order)) return;
    }
  }

  /** After the card: polls for the result, or leaves. Returns false if another card can be tried. @param {Person} buyer @param {string} order */
  async #awaitResult(buyer, order) {
    const choice = buyer.rng.next();
    if (choice < 0.2) return true;
    // Two tabs: one cancels, the other polls.
    if (choice < 0.27) {
      await Promise.all([buyer.post('cancel_order', { order }), this.#check(buyer, order)]);
      return true;
    }
    if (choice < 0.35) await buyer.open(`/orders/${order}`);
    for (let poll = 0; poll < 4; poll += 1) {
      const view = await this.#check(buyer, order);
      if (view?.declined_attempts > 0 && view.status === 'awaiting_payment') return false;
      if (view && view.status !== 'awaiting_payment') return true;
      await sleep(buyer.rng.between(100, 600));
    }
    return true;
  }

  /** @param {Person} buyer @param {string} order */
  async #check(buyer, order) {
    const { status, body } = await buyer.post('check_payment', { order });
    if (status !== 200 || !body?.status) return undefined;
    if (body.status === 'complete' && !this.completeOrders.has(order)) {
      this.completeOrders.set(order, buyer.name);
      await this.delivery.use(buyer, order, this.buyers);
    }
    return body;
  }

  /** The whole crowd locks tickets of one listing at the same moment, at both servers. */
  async #lockTogether() {
    const listing = this.#listings.at(-1);
    const [first] = this.crowd;
    const shown = listing && first && (await this.#show(first, listing));
    if (!shown) return;
    const orders = await Promise.all(this.crowd.map((buyer) => this.#press(buyer, shown)));
    await Promise.all(this.crowd.map((buyer, n) => orders[n] && this.#pay(buyer, orders[n])));
  }

  /**
   * One purchase without faults. The buyer does not poll for the result.
   * @param {string} url the server
   */
  async buyWithoutPolling(url) {
    const [seller, buyer] = [this.sellers[0], this.buyers[0]];
    if (!seller || !buyer) throw new Error('there are no users');
    seller.urls = buyer.urls = [url];
    const { location } = await seller.post('list_ticket', listing('The last night', 5000, { seat: '1-2' }));
    const shown = await this.#show(buyer, location.match(/\/tickets\/([0-9a-f-]+)/)?.[1] ?? '');
    if (!shown) throw new Error('the new listing cannot be read');
    // The whole listing: any other number may be refused.
    const { order, code } = await this.#request(buyer, shown, shown.tickets.length);
    if (!order) throw new Error(`the lock was refused: ${code}`);
    const { body: form } = await buyer.post('start_payment', { order });
    await buyer.confirm(form, GOOD_CARD);
    return {
      intent: String(form.client_secret).split('_secret_')[0] ?? '',
      price: 5000 * shown.tickets.length,
      status: async () => (await buyer.get('show_order', { order })).body?.status,
    };
  }
}

/** The cards of a seller's own listings. @param {any} body @returns {{ id: string, title: string }[]} */
function cardsOf(body) {
  return body?.listings?.map((/** @type {any} */ listing) => listing.card) ?? [];
}

/** A listing of some seats, or of some tickets without seats, with any split rule. @param {Rng} rng @param {string} title */
function anyListing(rng, title) {
  const split = rng.pick(SPLITS);
  const count = rng.between(1, split === 'all_together' ? WANTED : LISTED);
  const first = rng.between(1, 40);
  const tickets = rng.chance(0.7) ? { seat: `${first}-${first + count - 1}` } : { quantity: String(count) };
  return listing(title, rng.between(50, 30_000), { ...tickets, split });
}

/** @param {string} title @param {number} cents @param {{ seat?: string, quantity?: string, split?: string }} tickets */
function listing(title, cents, tickets) {
  const day = new Date(Date.now() + 30 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  return {
    title,
    category: 'concert',
    venue: 'Tempodrom',
    city: 'Berlin',
    starts_at: `${day}T20:00`,
    time_zone: 'Europe/Berlin',
    section: '',
    row: '',
    seat: '',
    ...tickets,
    price: (cents / 100).toFixed(2),
  };
}
