// A user at a browser: sends requests to the servers, counts and checks the responses.

/** Longer than the server lets any request take. */
const TIMEOUT_MS = 40_000;
/** The statuses that a valid request may get during any fault. */
const isAllowed = (/** @type {number} */ status) => status < 400 || [409, 429, 503].includes(status);

/** The responses that all users got. */
export class Stats {
  requests = 0;
  /** @type {Map<string, number>} */
  byOutcome = new Map();
  /** Responses that no fault explains. @type {string[]} */
  unexpected = [];
  slowest_ms = 0;

  /** @param {string} outcome @param {number} [times] */
  count(outcome, times = 1) {
    this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + times);
  }
}

/** @typedef {{ status: number, location: string, body: any }} Answer */

export class Person {
  #cookie = '';

  /** @param {string} name @param {string[]} urls of the servers @param {string} sim @param {Stats} stats @param {import('./rng.mjs').Rng} rng */
  constructor(name, urls, sim, stats, rng) {
    this.name = name;
    this.urls = urls;
    this.sim = sim;
    this.stats = stats;
    this.rng = rng;
  }

  /** @param {import('./system.mjs').System} system */
  async signUp(system) {
    const [email, password] = [`${this.name}@example.com`, `the horse of ${this.name}`];
    await system.createAccount(email, password);
    const answer = await this.post('sign_in', { email, password });
    if (answer.status >= 400) throw new Error(`${this.name} could not sign in: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /**
   * Sends a form, as a hydrated page does. @param {string} name @param {Record<string, string | number | boolean | string[]>} fields
   * @param {readonly number[]} [allowed] other statuses that it may get
   */
  post(name, fields, allowed) {
    const body = new URLSearchParams(Object.entries(fields).flatMap(([key, value]) => [value].flat().map((one) => [key, String(one)])));
    return this.#send('POST', `/rpc/${name}`, body, allowed);
  }

  /** Loads a file for a listing. @param {string} ticket the listing @param {Buffer} file */
  upload(ticket, file) {
    const body = new FormData();
    body.append('ticket', ticket);
    body.append('file', new Blob([new Uint8Array(file)]), 'ticket.pdf');
    return this.#send('POST', '/rpc/upload_ticket_file', body);
  }

  /**
   * Asks without a fault around, and takes any status.
   * @param {'GET' | 'POST'} method @param {string} path @param {Record<string, string>} [fields]
   * @returns {Promise<{ status: number, body: any, bytes: Buffer }>}
   */
  async ask(method, path, fields) {
    const url = this.rng.pick(this.urls);
    const body = fields && new URLSearchParams(fields);
    const headers = { accept: 'application/json', origin: url, cookie: this.#cookie };
    const response = await fetch(url + path, { method, body, redirect: 'manual', headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, body: parsed(bytes.toString()), bytes };
  }

  /** Reads, as a hydrated page does. @param {string} name @param {Record<string, string>} fields */
  get(name, fields = {}) {
    return this.#send('GET', `/rpc/${name}?${new URLSearchParams(fields)}`);
  }

  /** Opens a page. @param {string} path */
  open(path) {
    return this.#send('GET', path);
  }

  /** Status 0 means no response. @param {'GET' | 'POST'} method @param {string} path @param {URLSearchParams | FormData} [body] @param {readonly number[]} [allowed] @returns {Promise<Answer>} */
  async #send(method, path, body, allowed = []) {
    // Any server, as behind a load balancer.
    const url = this.rng.pick(this.urls);
    const isPage = !path.startsWith('/rpc/');
    const started = Date.now();
    this.stats.requests += 1;
    try {
      const response = await fetch(url + path, {
        method,
        body,
        redirect: 'manual',
        headers: { accept: isPage ? 'text/html' : 'application/json', origin: url, cookie: this.#cookie },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      const session = response.headers.getSetCookie().find((cookie) => cookie.startsWith('gittix='));
      this.#cookie = session?.split(';')[0] ?? this.#cookie;
      this.#check(`${method} ${path.split('?')[0]}`, response.status, text, allowed);
      return { status: response.status, location: response.headers.get('location') ?? '', body: isPage ? text : parsed(text) };
    } catch (error) {
      const { name } = /** @type {Error} */ (error);
      if (name === 'TimeoutError') this.stats.unexpected.push(`${method} ${path} had no response within ${TIMEOUT_MS} ms`);
      this.stats.count(name === 'TimeoutError' ? 'no response' : 'no connection');
      return { status: 0, location: '', body: undefined };
    } finally {
      this.stats.slowest_ms = Math.max(this.stats.slowest_ms, Date.now() - started);
    }
  }

  /** @param {string} what @param {number} status @param {string} text @param {readonly number[]} allowed */
  #check(what, status, text, allowed) {
    this.stats.count(String(status));
    if (status === 409 || status === 429) this.stats.count(`  ${parsed(text)?.errors?.[0]?.code}`);
    if (!isAllowed(status) && !allowed.includes(status)) this.stats.unexpected.push(`${this.name}: ${what} responded ${status} ${text.slice(0, 300)}`);
  }

  /**
   * Confirms a payment at Stripe, as Stripe's script does with what the page gives it.
   * @param {{ client_secret: string, publishable_key: string }} form @param {string} card
   */
  async confirm(form, card) {
    const intent = form.client_secret.split('_secret_')[0];
    const body = new URLSearchParams({
      client_secret: form.client_secret,
      'payment_method_data[type]': 'card',
      'payment_method_data[card][number]': card,
      'payment_method_data[card][exp_month]': '12',
      'payment_method_data[card][exp_year]': '2040',
      'payment_method_data[card][cvc]': '123',
    });
    try {
      await fetch(`${this.sim}/v1/payment_intents/${intent}/confirm`, {
        method: 'POST',
        body,
        headers: { authorization: `Bearer ${form.publishable_key}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      // Stripe is frozen. GitTix has to find out whether the card was authorised.
    }
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
