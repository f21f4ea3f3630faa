// Stripe.js, as far as a shop with a card form needs it.
//
// The card form is a frame from the simulator's own origin: a card's number never enters the
// shop's page. Everything here works under a Content-Security-Policy that allows this origin for
// script-src, frame-src and connect-src and nothing else; styles are set through the CSSOM only.
(() => {
  'use strict';

  // A second copy of the script leaves the first one's elements alone.
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

  /** A frame of ours in the shop's page. Its messages are believed by window and by origin. */
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

  /** Calls the API with the publishable key: `{ value }` or `{ error }`, never an exception. */
  async function call(key, method, path, params = {}) {
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

  /** The card form: one frame while mounted, none while not. */
  class PaymentElement {
    #group;
    #frame = null;
    #callbacks = new Map();
    #questions = new Map();
    #asked = 0;
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
      let arrived;
      this.#ready = new Promise((resolve) => {
        arrived = () => {
          loaded = true;
          resolve();
        };
      });
      this.#frame = new Frame(path, 'Secure card payment', (message) => {
        this.#receive(message, arrived);
      });
      style(this.#frame.node, {
        height: '12rem',
        'color-scheme': themeOf(this.#group.appearance),
      });
      // A frame that fails to load says nothing at all, not even that it failed.
      const { node } = this.#frame;
      setTimeout(() => {
        if (loaded || this.#frame?.node !== node) return;
        this.#tell('loaderror', {
          error: { type: 'api_connection_error', message: 'The card form could not be loaded.' },
        });
      }, LOAD_TIMEOUT_MS);
      host.replaceChildren(this.#frame.node);
      return this;
    }

    unmount() {
      this.#frame?.remove();
      this.#frame = null;
      for (const answer of this.#questions.values()) answer({ error: NOT_MOUNTED });
      this.#questions.clear();
      return this;
    }

    destroy() {
      this.unmount();
      this.#callbacks.clear();
      this.#group.forget(this);
      return this;
    }

    /** None of Stripe's options of this element means anything to a form of cards only. */
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

    /** Asks the frame to do something; it answers with `{ … }` or `{ error }`. */
    async ask(kind) {
      if (!this.#frame) return { error: NOT_MOUNTED };
      await this.#ready;
      return new Promise((resolve) => {
        this.#asked += 1;
        this.#questions.set(this.#asked, resolve);
        this.#frame.send({ kind, question: this.#asked });
      });
    }

    /** Tells the frame how to look, and with which key it may call. */
    dress() {
      const { appearance, key } = this.#group;
      if (!this.#frame) return;
      style(this.#frame.node, { 'color-scheme': themeOf(appearance) });
      this.#frame.send({ kind: 'dress', appearance, key });
    }

    #receive(message, arrived) {
      switch (message?.kind) {
        // Also after the frame was moved within the page, which loads it anew.
        case 'hello':
          this.dress();
          break;
        case 'ready':
          arrived();
          this.#tell('ready', {});
          break;
        case 'height':
          style(this.#frame.node, { height: `${Math.ceil(message.height)}px` });
          break;
        case 'change':
          this.#tell('change', {
            complete: message.complete,
            empty: message.empty,
            collapsed: false,
            value: { type: 'card' },
          });
          break;
        case 'enter':
          // As if the card's fields were the shop's own.
          this.#frame.node.closest('form')?.requestSubmit();
          break;
        case 'answer':
          this.#questions.get(message.question)?.(message.answer);
          this.#questions.delete(message.question);
          break;
        default:
          if (message?.kind === 'focus' || message?.kind === 'blur') this.#tell(message.kind, {});
      }
    }

    #tell(name, event) {
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

    /** `locale` is not asked for: the form speaks English. */
    constructor(key, { clientSecret, appearance } = {}) {
      this.key = key;
      this.clientSecret = clientSecret;
      this.appearance = appearance;
    }

    create(type) {
      if (type !== 'payment') {
        throw new IntegrationError(`create(): '${type}' is not an element of the simulator's; use 'payment'`);
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
      this.#element?.dress();
    }

    /** Checks the form and shows what is missing. */
    async submit() {
      if (!this.#element) return { error: NOT_MOUNTED };
      const { error } = await this.#element.ask('validate');
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

  /** Where the buyer goes after a payment, told how it went. */
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

  /** Never settles: the page is being left. */
  const leave = (url) => new Promise(() => { location.assign(url); });

  /** Shows the challenge over the whole page until the holder has answered. */
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
    // The page's own schemes: a frame whose scheme differs from its page's is painted opaque.
    style(frame.node, { height: '100%', 'color-scheme': 'light dark' });
    // Leaving it open-ended would leave the payment hanging: the page's own buttons end it.
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
      const { value, error } = await call(this.#key, 'GET', path, { client_secret: clientSecret });
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
        const made = await (elements?.getElement('payment')?.ask('tokenize') ?? { error: NOT_MOUNTED });
        if (made.error) return { error: made.error };
        method = made.paymentMethod;
      }
      const { value: intent, error } = await call(this.#key, 'POST', path, {
        client_secret: secret,
        payment_method: method,
        return_url: returnUrl && new URL(returnUrl, location.href).href,
        receipt_email: confirmParams.receipt_email,
        use_stripe_sdk: 'true',
      });
      if (error) return { error };
      if (intent.status === 'requires_action') {
        if (redirect !== 'if_required') return leave(challengeOf(intent));
        await showChallenge(challengeOf(intent));
        return this.#outcome(secret);
      }
      return redirect === 'if_required'
        ? { paymentIntent: intent }
        : leave(withOutcome(returnUrl, intent));
    }

    /** What became of a payment after a challenge. */
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
