// Clients that send each request as soon as the response to the one before arrives.
import http from 'node:http';

/** What the page of a listing shows that was never edited. */
const SEEN = { version: '1', price_cents: '4950' };

/** @typedef {{ status: number, location: string, cookie: string, text: string }} Answer */

export class Crowd {
  /** @type {string[]} */
  #cookies = [];

  /** @param {http.Agent} agent @param {{ host: string, port: number }} site */
  constructor(agent, site) {
    this.agent = agent;
    this.site = site;
  }

  /** @param {number} people */
  async signUp(people) {
    for (let person = 0; person < people; person++) {
      const answer = await this.#post(person, 'sign_up', { email: `p${person}-${Date.now()}@example.com`, password: 'a few plain words' });
      this.#cookies[person] = answer.cookie;
    }
  }

  /** Lists tickets and returns their ids. @param {number} count */
  async list(count) {
    const starts = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 16);
    const form = { title: 'Benchmark night', category: 'concert', venue: 'Harbour Hall', city: 'Rotterdam', starts_at: starts, time_zone: 'Europe/Amsterdam', section: 'A', row: '1', price: '49.50' };
    /** @type {string[]} */
    const tickets = [];
    // The seller buys none of them.
    await this.signUpSeller();
    for (let seat = 0; seat < count; seat++) {
      const answer = await this.#post(this.seller, 'list_ticket', { ...form, seat: String(seat) });
      tickets.push(idIn(answer));
    }
    return tickets;
  }

  seller = -1;
  async signUpSeller() {
    this.seller = this.#cookies.length;
    const answer = await this.#post(this.seller, 'sign_up', { email: `seller-${Date.now()}@example.com`, password: 'a few plain words' });
    this.#cookies.push(answer.cookie);
  }

  /** @param {number} person @param {string} path @param {boolean} isSignedIn */
  async open(person, path, isSignedIn) {
    await this.#expect(this.#send('GET', path, isSignedIn ? this.#cookies[person] : undefined, 'text/html'));
  }

  /** @param {number} person @param {string} name */
  async read(person, name) {
    await this.#expect(this.#send('GET', `/rpc/${name}`, this.#cookies[person]));
  }

  /** Returns the order. @param {number} person @param {string} ticket */
  async lock(person, ticket) {
    return idIn(await this.#post(person, 'lock_ticket', { ticket, ...SEEN }));
  }

  /** Returns nothing if another client was first. @param {number} person @param {string} ticket */
  async tryToLock(person, ticket) {
    const answer = await this.#send('POST', '/rpc/lock_ticket', this.#cookies[person], 'application/json', { ticket, ...SEEN });
    if (answer.status === 409) return undefined;
    return idIn(await this.#expect(Promise.resolve(answer)));
  }

  /** @param {number} person @param {string} order */
  async cancel(person, order) {
    await this.#post(person, 'cancel_order', { order });
  }

  /** @param {number} person @param {string} name @param {Record<string, string>} fields */
  #post(person, name, fields) {
    return this.#expect(this.#send('POST', `/rpc/${name}`, this.#cookies[person], 'application/json', fields));
  }

  /** @param {Promise<Answer>} request */
  async #expect(request) {
    const answer = await request;
    if (answer.status >= 400) throw new Error(`status ${answer.status}: ${answer.text.slice(0, 300)}`);
    return answer;
  }

  /** @param {string} method @param {string} path @param {string} [cookie] @param {string} accept @param {Record<string, string>} [fields] @returns {Promise<Answer>} */
  #send(method, path, cookie, accept = 'application/json', fields) {
    const body = fields && new URLSearchParams(fields).toString();
    const headers = {
      Accept: accept,
      Origin: `http://${this.site.host}:${this.site.port}`,
      ...(cookie && { Cookie: cookie }),
      ...(body && { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) }),
    };
    return new Promise((resolve, reject) => {
      const request = http.request({ ...this.site, agent: this.agent, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
        response.on('end', () => {
          const cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
          resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '', cookie, text });
        });
      });
      request.on('error', reject).end(body);
    });
  }
}

/** @param {Answer} answer */
function idIn(answer) {
  const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(answer.location || answer.text)?.[0];
  if (!id) throw new Error(`no id in ${answer.location} ${answer.text.slice(0, 200)}`);
  return id;
}
