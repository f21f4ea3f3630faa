// Somebody at a browser: calls to the servers, counted and judged.

/** Longer than the server lets any request take. */
const PATIENCE_MS = 40_000;
/** What may be answered to a call that is well made, whatever is broken at that moment. */
const IS_SANE = (/** @type {number} */ status) => status < 400 || [409, 429, 503].includes(status);

/** What the servers have answered, all people together. */
export class Tally {
  requests = 0;
  /** @type {Map<string, number>} */
  byOutcome = new Map();
  /** Answers that nothing excuses. @type {string[]} */
  insane = [];
  slowest_ms = 0;

  /** @param {string} outcome @param {number} [times] */
  count(outcome, times = 1) {
    this.byOutcome.set(outcome, (this.byOutcome.get(outcome) ?? 0) + times);
  }
}

/** @typedef {{ status: number, location: string, body: any }} Answer */

export class Person {
  #cookie = '';

  /** @param {string} name @param {string[]} urls of the servers @param {string} sim @param {Tally} tally @param {import('./random.mjs').Dice} dice */
  constructor(name, urls, sim, tally, dice) {
    this.name = name;
    this.urls = urls;
    this.sim = sim;
    this.tally = tally;
    this.dice = dice;
  }

  async signUp() {
    const answer = await this.post('sign_up', { email: `${this.name}@example.com`, password: `the horse of ${this.name}` });
    if (answer.status >= 400) throw new Error(`${this.name} could not sign up: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** Sends a form, as a hydrated page does. @param {string} name @param {Record<string, string | number>} fields */
  post(name, fields) {
    const body = new URLSearchParams(Object.entries(fields).map(([key, value]) => [key, String(value)]));
    return this.#call('POST', `/rpc/${name}`, body);
  }

  /** Reads, as a hydrated page does. @param {string} name @param {Record<string, string>} fields */
  get(name, fields = {}) {
    return this.#call('GET', `/rpc/${name}?${new URLSearchParams(fields)}`);
  }

  /** Opens a page. @param {string} path */
  open(path) {
    return this.#call('GET', path);
  }

  /** Status 0 is no answer at all. @param {'GET' | 'POST'} method @param {string} path @param {URLSearchParams} [body] @returns {Promise<Answer>} */
  async #call(method, path, body) {
    // A balancer sends them anywhere.
    const url = this.dice.one(this.urls);
    const isPage = !path.startsWith('/rpc/');
    const started = Date.now();
    this.tally.requests += 1;
    try {
      const response = await fetch(url + path, {
        method,
        body,
        redirect: 'manual',
        headers: { accept: isPage ? 'text/html' : 'application/json', origin: url, cookie: this.#cookie },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      this.#cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? this.#cookie;
      this.#judge(`${method} ${path.split('?')[0]}`, response.status, text);
      return { status: response.status, location: response.headers.get('location') ?? '', body: isPage ? text : parsed(text) };
    } catch (error) {
      const { name } = /** @type {Error} */ (error);
      if (name === 'TimeoutError') this.tally.insane.push(`${method} ${path} had no answer within ${PATIENCE_MS} ms`);
      this.tally.count(name === 'TimeoutError' ? 'no answer' : 'no connection');
      return { status: 0, location: '', body: undefined };
    } finally {
      this.tally.slowest_ms = Math.max(this.tally.slowest_ms, Date.now() - started);
    }
  }

  /** @param {string} what @param {number} status @param {string} text */
  #judge(what, status, text) {
    this.tally.count(String(status));
    if (status === 409 || status === 429) this.tally.count(`  ${parsed(text)?.errors?.[0]?.code}`);
    if (!IS_SANE(status)) this.tally.insane.push(`${this.name}: ${what} answered ${status} ${text.slice(0, 300)}`);
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
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      // Stripe is frozen: whether the card was taken is for GitTix to find out.
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
