// People who buy and sell: some after the same few tickets, some after any; in time, late, not at all.
import { setTimeout as sleep } from 'node:timers/promises';

import { Person } from './person.mjs';
import { Dice } from './random.mjs';

const GOOD_CARD = '4242424242424242';
const DECLINED_CARD = '4000000000000002';
/** Tickets that are kept on offer. */
const ON_OFFER = 30;
/** Tickets that half of all buyers want. */
const WANTED = 3;
/** Buyers of a stampede, who all press at once. */
const STAMPEDE = 8;

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./person.mjs').Tally} Tally */

export class Market {
  /** Tickets that somebody may buy, oldest first. @type {string[]} */
  #offers = [];
  #listed = 0;
  #isOpen = true;
  /** Orders that a buyer was given. @type {Map<string, string>} order to buyer */
  given = new Map();
  /** Orders of which a buyer was told that they are complete. @type {Map<string, string>} */
  told = new Map();

  /** @param {House} house @param {number} seed @param {Tally} tally */
  constructor(house, seed, tally) {
    /** @param {string} kind @param {number} count */
    const people = (kind, count) =>
      Array.from({ length: count }, (_, n) => new Person(`${kind}${n}`, house.urls, house.sim, tally, new Dice(seed, `${kind}${n}`)));
    this.lock_ms = house.premises.lockSeconds * 1000;
    this.sellers = people('seller', 3);
    this.buyers = people('buyer', 20);
    this.crowd = people('crowd', STAMPEDE);
    this.dice = new Dice(seed, 'market');
  }

  async signUp() {
    for (const person of [...this.sellers, ...this.buyers, ...this.crowd]) await person.signUp();
    for (const seller of this.sellers) await this.#stock(seller);
  }

  /** Buys and sells until closed. */
  async trade() {
    const busy = [
      ...this.sellers.map((seller) => this.#repeat(seller, 400, () => this.#sell(seller))),
      ...this.buyers.map((buyer) => this.#repeat(buyer, 300, () => this.#buy(buyer))),
      this.#repeat(/** @type {Person} */ (this.crowd[0]), 800, () => this.#stampede()),
    ];
    await Promise.all(busy);
  }

  /** Lets everybody finish what they are at. */
  close() {
    this.#isOpen = false;
  }

  /** @param {Person} person @param {number} pause_ms @param {() => Promise<void>} act */
  async #repeat(person, pause_ms, act) {
    while (this.#isOpen) {
      await act();
      await sleep(person.dice.between(0, 2 * pause_ms));
    }
  }

  // --- Selling ---------------------------------------------------------------

  /** @param {Person} seller */
  async #sell(seller) {
    const what = seller.dice.next();
    if (what < 0.15) await this.#edit(seller);
    else if (what < 0.2) await this.#withdraw(seller);
    else await this.#stock(seller);
    if (seller.dice.falls(0.3)) await seller.open(seller.dice.one(['/listings', '/', '/orders']));
  }

  /** Lists tickets until there are enough. @param {Person} seller */
  async #stock(seller) {
    while (this.#offers.length < ON_OFFER) {
      const { status, location } = await seller.post('list_ticket', listing(`Night ${(this.#listed += 1)}`, seller.dice.between(50, 30_000)));
      const id = location.match(/\/tickets\/([0-9a-f-]+)/)?.[1];
      if (!id || status >= 400) return;
      this.#offers.push(id);
    }
  }

  /** @param {Person} seller */
  async #edit(seller) {
    const card = await this.#ownOffer(seller);
    if (!card) return;
    const { body } = await seller.get('show_ticket', { ticket: card.id });
    if (body?.version) await seller.post('edit_ticket', { ticket: card.id, version: body.version, ...listing(card.title, seller.dice.between(50, 30_000)) });
  }

  /** @param {Person} seller */
  async #withdraw(seller) {
    const card = await this.#ownOffer(seller);
    if (!card) return;
    this.#forget(card.id);
    await seller.post('withdraw_ticket', { ticket: card.id });
  }

  /** @param {Person} seller */
  async #ownOffer(seller) {
    const { body } = await seller.get('my_listings');
    const cards = body?.tickets?.filter((/** @type {any} */ card) => this.#offers.includes(card.id)) ?? [];
    return cards.length > 0 ? seller.dice.one(cards) : undefined;
  }

  /** @param {string} ticket */
  #forget(ticket) {
    this.#offers = this.#offers.filter((offer) => offer !== ticket);
  }

  // --- Buying ----------------------------------------------------------------

  /** @param {Person} buyer */
  async #buy(buyer) {
    if (buyer.dice.falls(0.2)) await buyer.open('/');
    // From a line, or of a lock whose answer got lost.
    const waiting = buyer.dice.falls(0.3) && (await this.#openOrder(buyer));
    if (waiting) return this.#pay(buyer, waiting);
    const ticket = this.#choose(buyer);
    const order = ticket && (await this.#lock(buyer, ticket));
    if (order) await this.#pay(buyer, order);
  }

  /** An order of theirs that waits to be paid. @param {Person} buyer @returns {Promise<string | undefined>} */
  async #openOrder(buyer) {
    const { body } = await buyer.get('my_orders');
    return body?.orders?.find((/** @type {any} */ order) => ['created', 'awaiting_payment'].includes(order.status))?.id;
  }

  /** @param {Person} buyer */
  #choose(buyer) {
    const offers = buyer.dice.falls(0.5) ? this.#offers.slice(0, WANTED) : this.#offers;
    return offers.length > 0 ? buyer.dice.one(offers) : undefined;
  }

  /** Locks a ticket at the price that its page shows. @param {Person} buyer @param {string} ticket */
  async #lock(buyer, ticket) {
    const cents = await this.#priceOf(buyer, ticket);
    return cents ? this.#press(buyer, ticket, cents) : undefined;
  }

  /** @param {Person} buyer @param {string} ticket @returns {Promise<number | undefined>} */
  async #priceOf(buyer, ticket) {
    const { body } = await buyer.get('show_ticket', { ticket });
    return body?.card?.price?.cents;
  }

  /** @param {Person} buyer @param {string} ticket @param {number} cents */
  async #press(buyer, ticket, cents) {
    const { status, location, body: refusal } = await buyer.post('lock_ticket', { ticket, price_cents: cents });
    const why = refusal?.errors?.[0]?.code;
    if (['ticket_sold', 'ticket_withdrawn'].includes(why)) this.#forget(ticket);
    if (why === 'ticket_locked' && buyer.dice.falls(0.3)) {
      await buyer.post('join_line', { ticket });
      if (buyer.dice.falls(0.1)) await buyer.post('leave_line', { ticket });
    }
    const order = location.match(/\/orders\/([0-9a-f-]+)/)?.[1];
    if (!order || status >= 400) return undefined;
    this.given.set(order, buyer.name);
    return order;
  }

  /** @param {Person} buyer @param {string} order */
  async #pay(buyer, order) {
    const what = buyer.dice.next();
    // Walks away; thinks better of it; or pays.
    if (what < 0.15) return;
    if (what < 0.22) return void (await buyer.post('cancel_order', { order }));
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { status, body: form } = await buyer.post('start_payment', { order });
      if (status === 503 || status === 0) {
        await sleep(buyer.dice.between(100, 500));
        continue;
      }
      if (!form?.client_secret) return;
      // Looks for the card until the lock has ended, or nearly.
      if (buyer.dice.falls(0.12)) await sleep(this.lock_ms * (0.8 + 0.4 * buyer.dice.next()));
      await buyer.confirm(form, buyer.dice.falls(0.2) ? DECLINED_CARD : GOOD_CARD);
      if (await this.#settle(buyer, order)) return;
    }
  }

  /** After the card: looks how it went, or closes the window. Answers whether that is the end of it. @param {Person} buyer @param {string} order */
  async #settle(buyer, order) {
    const what = buyer.dice.next();
    if (what < 0.2) return true;
    // Two windows: one gives up, the other looks.
    if (what < 0.27) {
      await Promise.all([buyer.post('cancel_order', { order }), this.#check(buyer, order)]);
      return true;
    }
    if (what < 0.35) await buyer.open(`/orders/${order}`);
    for (let look = 0; look < 4; look += 1) {
      const view = await this.#check(buyer, order);
      if (view?.declined_attempts > 0 && view.status === 'awaiting_payment') return false;
      if (view && view.status !== 'awaiting_payment') return true;
      await sleep(buyer.dice.between(100, 600));
    }
    return true;
  }

  /** @param {Person} buyer @param {string} order */
  async #check(buyer, order) {
    const { status, body } = await buyer.post('check_payment', { order });
    if (status !== 200 || !body?.status) return undefined;
    if (body.status === 'complete') this.told.set(order, buyer.name);
    return body;
  }

  /** All of a crowd have a ticket's page open and press at the same moment, at both servers. */
  async #stampede() {
    const ticket = this.#offers.at(-1);
    const [first] = this.crowd;
    const cents = ticket && first && (await this.#priceOf(first, ticket));
    if (!cents) return;
    const orders = await Promise.all(this.crowd.map((buyer) => this.#press(buyer, ticket, cents)));
    await Promise.all(this.crowd.map((buyer, n) => orders[n] && this.#pay(buyer, orders[n])));
  }

  /**
   * One purchase, start to end, with nothing broken; without looking how it went.
   * @param {string} url the server at which it is made
   */
  async buyQuietly(url) {
    const [seller, buyer] = [this.sellers[0], this.buyers[0]];
    if (!seller || !buyer) throw new Error('nobody is there');
    seller.urls = buyer.urls = [url];
    const { location } = await seller.post('list_ticket', listing('The last night', 5000));
    const ticket = location.split('/').at(-1) ?? '';
    const order = await this.#lock(buyer, ticket);
    const { body: form } = await buyer.post('start_payment', { order: order ?? '' });
    await buyer.confirm(form, GOOD_CARD);
    return {
      intent: String(form.client_secret).split('_secret_')[0] ?? '',
      status: async () => (await buyer.get('show_order', { order: order ?? '' })).body?.status,
    };
  }
}

/** @param {string} title @param {number} cents */
function listing(title, cents) {
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
    price: (cents / 100).toFixed(2),
  };
}
