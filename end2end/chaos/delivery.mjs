// Tickets are handed in, opened, given to friends and returned while faults happen.

/** @typedef {import('./person.mjs').Person} Person */

/** The sides of a page without a code, in points. */
const SIDE = 48;

export class Delivery {
  #codes = 0;
  /** All that a seller has tried to hand in for a ticket: codes, and `FILE` for the file of its listing. @type {Map<string, Set<string>>} */
  handedIn = new Map();
  /** The file of a listing. @type {Map<string, Buffer>} */
  files = new Map();
  /** Tickets whose seller was told that they are handed in. @type {Map<string, string>} ticket to listing */
  acknowledged = new Map();
  /** Listings that were edited: that may take away what was handed in. @type {Set<string>} */
  #edited = new Set();

  /** Hands in what is missing of a listing: a file for its first ticket, codes for the others; or leaves it promised. @param {Person} seller @param {string} listing */
  async handIn(seller, listing) {
    if (seller.rng.chance(0.2)) return;
    if (!this.files.has(listing) && seller.rng.chance(0.4)) {
      const file = document(listing);
      this.files.set(listing, file);
      await seller.upload(listing, file);
    }
    const { body } = await seller.get('show_hand_in', { ticket: listing });
    const tickets = body?.tickets?.filter((/** @type {any} */ ticket) => ticket.is_open && !ticket.has) ?? [];
    if (tickets.length === 0) return;
    const file = body.files[0]?.choices[0]?.value;
    /** @type {Record<string, string>} */
    const fields = { ticket: listing };
    for (const [n, { id }] of tickets.entries()) {
      const isFile = n === 0 && file !== undefined;
      const code = `Gate ${(this.#codes += 1)}`;
      if (isFile) fields[`choices[t${id}]`] = file;
      else fields[`typed[t${id}]`] = code;
      this.handedIn.set(id, (this.handedIn.get(id) ?? new Set()).add(isFile ? FILE : code));
    }
    const { status } = await seller.post('hand_in', fields);
    if (status > 0 && status < 400 && !this.#edited.has(listing)) for (const { id } of tickets) this.acknowledged.set(id, listing);
  }

  /** @param {string} listing */
  isEdited(listing) {
    this.#edited.add(listing);
    for (const [ticket, of] of this.acknowledged) if (of === listing) this.acknowledged.delete(ticket);
  }

  /** After a purchase the buyer opens the tickets, gives one, returns them, or waits. @param {Person} buyer @param {string} order @param {readonly Person[]} friends */
  async use(buyer, order, friends) {
    const choice = buyer.rng.next();
    if (choice < 0.3) return void (await buyer.post('open_tickets', { order }));
    if (choice < 0.55) return void (await this.#give(buyer, order, buyer.rng.pick(friends)));
    if (choice < 0.7) await buyer.post('return_tickets', { order });
  }

  /** @param {Person} buyer @param {string} order @param {Person} friend */
  async #give(buyer, order, friend) {
    if (friend === buyer) return;
    const { body } = await buyer.get('show_delivery', { order });
    const ticket = body?.givable?.find((/** @type {any} */ ticket) => !ticket.gift)?.id;
    if (!ticket) return;
    await buyer.post('give_ticket', { order, ticket, email: `${friend.name}@example.com` });
    // The giver may change their mind while the friend accepts.
    const both = [this.#accept(friend)];
    if (buyer.rng.chance(0.3)) both.push(this.#takeBack(buyer, order));
    await Promise.all(both);
  }

  /** @param {Person} friend */
  async #accept(friend) {
    const { body } = await friend.get('my_orders');
    for (const gift of body?.gifts ?? []) {
      if (gift.is_accepted || friend.rng.chance(0.2)) continue;
      const { status } = await friend.post('accept_gift', { gift: gift.id }, [404]);
      if (status > 0 && status < 400 && friend.rng.chance(0.5)) await friend.post('open_gift', { gift: gift.id }, [404]);
    }
  }

  /** @param {Person} buyer @param {string} order */
  async #takeBack(buyer, order) {
    const { body } = await buyer.get('show_delivery', { order });
    const gift = body?.givable?.find((/** @type {any} */ ticket) => ticket.gift && !ticket.gift.is_accepted)?.gift.id;
    if (gift) await buyer.post('take_gift_back', { gift }, [404]);
  }
}

/** Stands for the file of a listing among the codes of a ticket. */
export const FILE = 'file';

/** A document without a code that no other listing has. It is kept as it is, byte by byte. @param {string} name */
function document(name) {
  const objects = ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>', `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${SIDE} ${SIDE}]>>`];
  const body = objects.map((object, n) => `${n + 1} 0 obj${object}endobj\n`).join('');
  return Buffer.from(`%PDF-1.4\n% ${name}\n${body}trailer<</Root 1 0 R>>\n%%EOF`);
}
