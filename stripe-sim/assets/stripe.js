// The part of Stripe.js that a shop with a card form needs.
//
// The card form is a frame from the simulator's origin, so the number of a card never enters the
// shop's page. The script works under a Content-Security-Policy that allows this origin for
// script-src, frame-src and connect-src only: it sets styles through the CSSOM.
(() => {
  'use strict';

  // A page may load the script twice. The first copy keeps its elements.
  if (window.Stripe) return;

  const ORIGIN = new URL(document.currentScript.src).origin;
  const LOAD_TIMEOUT_MS = 10_000;

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = 'IntegrationError';
    }
  }

  const style = (node, properties) => {
    for (const [name, value] of Object.entries(properties)) node.style.setProperty(name, value);
  };

  const themeOf = (appearance) => (appearance?.theme === 'night' ? 'dark' : 'light');

  /** A frame of the simulator in the shop's page. Accepts messages from its own window and origin only. */
  class Frame {
    constructor(path, title, onMessage) {
      this.node = document.createElement('iframe');
      this.node.src = ORIGIN + path;
      this.node.title = title;
      style(this.node, { border: '0', display: 'block', width: '100%' });
      this.listener = (event) => {
        if (event.source === this.node.contentWindow && event.origin === ORIGIN) {
          onMessage(event.data);
        }
      };
      window.addEventListener('message', this.listener);
    }

    send(message) {
      this.node.contentWindow?.postMessage(message, ORIGIN);
    }

    remove() {
      window.removeEventListener('message', this.listener);
      this.node.remove();
    }
  }

  /** Sends an API request with the publishable key. Returns `{ value }` or `{ error }` and never throws. */
  async function request(key, method, path, params = {}) {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
      if (value !== undefined) form.set(name, value);
    }
    const query = method === 'GET' && form.size > 0 ? `?${form}` : '';
    try {
      const response = await fetch(ORIGIN + path + query, {
        method,
        body: method === 'GET' ? undefined : form,
        headers: { Authorization: `Bearer ${key}` },
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
      const value = await response.json();
      return response.ok ? { value } : { error: value.error };
    } catch {
      return {
        error: {
          type: 'api_connection_error',
          message: 'We could not reach the payment service. Check your connection and try again.',
        },
      };
    }
  }

  /** The card form. It has a frame while it is mounted. */
  class PaymentElement {
    #group;
    #frame = null;
    #callbacks = new Map();
    #pending = new Map();
    #lastId = 0;
    #ready = null;

    constructor(group) {
      this.#group = group;
    }

    mount(target) {
      const host = typeof target === 'string' ? document.querySelector(target) : target;
      if (!(host instanceof Element)) {
        throw new IntegrationError(`mount(): no element in this page matches ${target}`);
      }
      if (this.#frame) this.unmount();
      const path = `/v3/elements-inner.html?parent=${encodeURIComponent(location.origin)}`;
      let loaded = false;
      let markReady;
      this.#ready = new Promise((resolve) => {
        markReady = () => {
          loaded = true;
          resolve();
        };
      });
      this.#frame = new Frame(path, 'Secure card payment', (message) => {
        this.#receive(message, markReady);
      });
      style(this.#frame.node, {
        height: '12rem',
        'color-scheme': themeOf(this.#group.appearance),
      });
      // A frame that fails to load sends no event, so only a timeout notices it.
      const { node } = this.#frame;
      setTimeout(() => {
        if (loaded || this.#frame?.node !== node) return;
        this.#emit('loaderror', {
          error: { type: 'api_connection_error', message: 'The card form could not be loaded.' },
        });
      }, LOAD_TIMEOUT_MS);
      host.replaceChildren(this.#frame.node);
      return this;
    }

    unmount() {
      this.#frame?.remove();
      this.#frame = null;
      for (const resolve of this.#pending.values()) resolve({ error: NOT_MOUNTED });
      this.#pending.clear();
      return this;
    }

    destroy() {
      this.unmount();
      this.#callbacks.clear();
      this.#group.forget(this);
      return this;
    }

    /** Does nothing: Stripe's options of this element do not apply to a form for cards only. */
    update() {
      return this;
    }

    focus() {
      this.#frame?.node.focus();
      this.#frame?.send({ kind: 'focus' });
      return this;
    }

    on(name, callback) {
      if (!this.#callbacks.has(name)) this.#callbacks.set(name, new Set());
      this.#callbacks.get(name).add(callback);
      return this;
    }

    /** Sends a request to the frame and resolves with its response, `{ … }` or `{ error }`. */
    async request(kind) {
      if (!this.#frame) return { error: NOT_MOUNTED };
      await this.#ready;
      return new Promise((resolve) => {
        this.#lastId += 1;
        this.#pending.set(this.#lastId, resolve);
        this.#frame.send({ kind, id: this.#lastId });
      });
    }

    /** Sends the appearance and the API key to the frame. */
    configure() {
      const { appearance, key } = this.#group;
      if (!this.#frame) return;
      style(this.#frame.node, { 'color-scheme': themeOf(appearance) });
      this.#frame.send({ kind: 'configure', appearance, key });
    }

    #receive(message, markReady) {
      switch (message?.kind) {
        // The frame sends this whenever it loads, also after it was moved within the page.
        case 'hello':
          this.configure();
          break;
        case 'ready':
          markReady();
          this.#emit('ready', {});
          break;
        case 'height':
          style(this.#frame.node, { height: `${Math.ceil(message.height)}px` });
          break;
        case 'change':
          this.#emit('change', {
            complete: message.complete,
            empty: message.empty,
            collapsed: false,
            value: { type: 'card' },
          });
          break;
        case 'enter':
          // Enter submits the shop's form, as if the fields were part of it.
          this.#frame.node.closest('form')?.requestSubmit();
          break;
        case 'response':
          this.#pending.get(message.id)?.(message.response);
          this.#pending.delete(message.id);
          break;
        default:
          if (message?.kind === 'focus' || message?.kind === 'blur') this.#emit(message.kind, {});
      }
    }

    #emit(name, event) {
      for (const callback of [...(this.#callbacks.get(name) ?? [])]) {
        callback({ elementType: 'payment', ...event });
      }
    }
  }

  const NOT_MOUNTED = {
    type: 'invalid_request_error',
    code: 'element_not_mounted',
    message: 'The card form is not in the page.',
  };

  /** The elements of one payment. */
  class Elements {
    #element = null;

    /** Ignores `locale`: the form is in English. */
    constructor(key, { clientSecret, appearance } = {}) {
      this.key = key;
      this.clientSecret = clientSecret;
      this.appearance = appearance;
    }

    create(type) {
      if (type !== 'payment') {
        throw new IntegrationError(`create(): '${type}' is not an element of the simulator; use 'payment'`);
      }
      if (this.#element) {
        throw new IntegrationError("create(): there is a 'payment' element already; see getElement()");
      }
      this.#element = new PaymentElement(this);
      return this.#element;
    }

    getElement(type) {
      return type === 'payment' ? this.#element : null;
    }

    update({ appearance } = {}) {
      this.appearance = appearance ?? this.appearance;
      this.#element?.configure();
    }

    /** Validates the form and shows its errors. */
    async submit() {
      if (!this.#element) return { error: NOT_MOUNTED };
      const { error } = await this.#element.request('validate');
      return error ? { error } : { selectedPaymentMethod: 'card' };
    }

    forget(element) {
      if (this.#element === element) this.#element = null;
    }
  }

  const idIn = (clientSecret) => {
    const [id, rest] = String(clientSecret ?? '').split('_secret_');
    if (!id.startsWith('pi_') || !rest) {
      throw new IntegrationError('A client secret looks like pi_…_secret_…');
    }
    return encodeURIComponent(id);
  };

  /** The URL to which the buyer returns, with the outcome of the payment. */
  const withOutcome = (returnUrl, intent) => {
    const url = new URL(returnUrl, location.href);
    const failed = intent.status === 'requires_payment_method' || intent.status === 'canceled';
    url.searchParams.set('payment_intent', intent.id);
    url.searchParams.set('payment_intent_client_secret', intent.client_secret);
    url.searchParams.set('redirect_status', failed ? 'failed' : 'succeeded');
    return url.href;
  };

  const challengeOf = (intent) =>
    intent.next_action?.use_stripe_sdk?.stripe_js ?? intent.next_action?.redirect_to_url?.url;

  /** Navigates away. The promise never resolves. */
  const navigate = (url) => new Promise(() => { location.assign(url); });

  /** Shows the challenge over the whole page until the cardholder has answered. */
  const showChallenge = (url) => new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-label', 'Verify your card');
    style(dialog, {
      border: '0',
      padding: '0',
      margin: '0',
      width: '100vw',
      height: '100dvh',
      'max-width': '100vw',
      'max-height': '100dvh',
      background: 'rgb(10 14 22 / 0.6)',
    });
    const page = new URL(url);
    const frame = new Frame(`${page.pathname}?frame=1`, 'Verify your card', (message) => {
      if (message?.kind !== 'challenge-done') return;
      frame.remove();
      dialog.close();
      dialog.remove();
      resolve();
    });
    // The same schemes as the challenge page: a frame with another scheme gets an opaque background.
    style(frame.node, { height: '100%', 'color-scheme': 'light dark' });
    // Escape must not close the dialog, as the payment would stay open. The page's buttons close it.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.append(frame.node);
    document.body.append(dialog);
    dialog.showModal();
    frame.node.focus();
  });

  class StripeClient {
    #key;

    constructor(key) {
      if (typeof key !== 'string' || !key.startsWith('pk_')) {
        throw new IntegrationError('Stripe(): expected a publishable key, pk_…');
      }
      this.#key = key;
    }

    elements(options) {
      return new Elements(this.#key, options);
    }

    async retrievePaymentIntent(clientSecret) {
      const path = `/v1/payment_intents/${idIn(clientSecret)}`;
      const { value, error } = await request(this.#key, 'GET', path, { client_secret: clientSecret });
      return error ? { error } : { paymentIntent: value };
    }

    async handleNextAction({ clientSecret }) {
      const found = await this.retrievePaymentIntent(clientSecret);
      if (found.error || found.paymentIntent.status !== 'requires_action') return found;
      await showChallenge(challengeOf(found.paymentIntent));
      return this.#outcome(clientSecret);
    }

    async confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = 'always' }) {
      const secret = clientSecret ?? elements?.clientSecret;
      const path = `/v1/payment_intents/${idIn(secret)}/confirm`;
      const returnUrl = confirmParams.return_url;
      if (redirect !== 'if_required' && !returnUrl) {
        throw new IntegrationError(
          "confirmPayment(): confirmParams.return_url is needed unless redirect is 'if_required'",
        );
      }
      let method = confirmParams.payment_method;
      if (!method) {
        const made = await (elements?.getElement('payment')?.request('tokenize') ?? { error: NOT_MOUNTED });
        if (made.error) return { error: made.error };
        method = made.paymentMethod;
      }
      const { value: intent, error } = await request(this.#key, 'POST', path, {
        client_secret: secret,
        payment_method: method,
        return_url: returnUrl && new URL(returnUrl, location.href).href,
        receipt_email: confirmParams.receipt_email,
        use_stripe_sdk: 'true',
      });
      if (error) return { error };
      if (intent.status === 'requires_action') {
        if (redirect !== 'if_required') return navigate(challengeOf(intent));
        await showChallenge(challengeOf(intent));
        return this.#outcome(secret);
      }
      return redirect === 'if_required'
        ? { paymentIntent: intent }
        : navigate(withOutcome(returnUrl, intent));
    }

    /** The outcome of a payment after a challenge. */
    async #outcome(clientSecret) {
      const found = await this.retrievePaymentIntent(clientSecret);
      const intent = found.paymentIntent;
      if (intent?.status === 'requires_payment_method' && intent.last_payment_error) {
        return { error: { ...intent.last_payment_error, payment_intent: intent } };
      }
      return found;
    }
  }

  window.Stripe = (key) => new StripeClient(key);
  window.Stripe.version = 3;
})();
