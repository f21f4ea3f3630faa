// The card form, inside its frame. The input stays here: the shop's page learns only whether the form
// is complete, and the id of the payment method that the API makes of it.
(() => {
  'use strict';

  const PARENT = new URLSearchParams(location.search).get('parent');
  const form = document.getElementById('form');
  const brandMark = document.getElementById('brand');
  const inputs = {
    number: document.getElementById('number'),
    expiry: document.getElementById('expiry'),
    cvc: document.getElementById('cvc'),
  };
  let key = null;

  const send = (message) => window.parent.postMessage(message, PARENT);

  // ---- Card numbers and dates -----------------------------------------------------------------

  const BRANDS = [
    { name: 'amex', label: 'AMEX', test: /^3[47]/, groups: [4, 6, 5], cvc: 4 },
    { name: 'visa', label: 'VISA', test: /^4/, groups: [4, 4, 4, 4], cvc: 3 },
    { name: 'mastercard', label: 'Mastercard', test: /^(5[1-5]|2[2-7])/, groups: [4, 4, 4, 4], cvc: 3 },
    { name: 'discover', label: 'Discover', test: /^6[045]/, groups: [4, 4, 4, 4], cvc: 3 },
  ];
  const UNKNOWN = { name: 'unknown', label: '', groups: [4, 4, 4, 4, 3], cvc: 3 };

  const digitsOf = (text) => text.replace(/\D/g, '');
  const brandOf = (digits) => BRANDS.find((brand) => brand.test.test(digits)) ?? UNKNOWN;
  const lengthOf = (brand) =>
    brand === UNKNOWN ? 16 : brand.groups.reduce((sum, group) => sum + group, 0);

  function passesLuhn(digits) {
    let sum = 0;
    for (let position = 0; position < digits.length; position += 1) {
      let digit = Number(digits[digits.length - 1 - position]);
      if (position % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
      sum += digit;
    }
    return sum % 10 === 0;
  }

  function grouped(digits) {
    const parts = [];
    let start = 0;
    for (const group of brandOf(digits).groups) {
      if (start < digits.length) parts.push(digits.slice(start, start + group));
      start += group;
    }
    return parts.join(' ');
  }

  /** Formats `1230`, `12/30`, `12/2030` and `5` as `MM / YY`. */
  function asExpiry(text, deleting) {
    let digits = digitsOf(text);
    if (/^\s*\d\s*\//.test(text) || /^[2-9]/.test(digits)) digits = `0${digits}`;
    if (digits.length >= 6 && digits.slice(2, 4) === '20') digits = digits.slice(0, 2) + digits.slice(4);
    digits = digits.slice(0, 4);
    if (digits.length < 2 || (deleting && digits.length === 2)) return digits;
    return `${digits.slice(0, 2)} / ${digits.slice(2)}`;
  }

  // ---- Checks ---------------------------------------------------------------------------------

  const CHECKS = {
    number(digits) {
      if (digits.length < lengthOf(brandOf(digits))) return 'incomplete_number';
      return passesLuhn(digits) ? null : 'invalid_number';
    },
    expiry(digits) {
      if (digits.length < 4) return 'incomplete_expiry';
      const month = Number(digits.slice(0, 2));
      const year = 2000 + Number(digits.slice(2));
      if (month < 1 || month > 12) return 'invalid_expiry_month';
      const now = new Date();
      if (year < now.getFullYear()) return 'invalid_expiry_year_past';
      const past = year === now.getFullYear() && month < now.getMonth() + 1;
      return past ? 'invalid_expiry_month_past' : null;
    },
    cvc(digits) {
      const length = brandOf(digitsOf(inputs.number.value)).cvc;
      return digits.length < length ? 'incomplete_cvc' : null;
    },
  };

  const MESSAGES = {
    incomplete_number: 'Your card number is incomplete.',
    invalid_number: 'Your card number is invalid.',
    incomplete_expiry: 'Your card’s expiration date is incomplete.',
    invalid_expiry_month: 'Your card’s expiration month is invalid.',
    invalid_expiry_month_past: 'Your card’s expiration date is in the past.',
    invalid_expiry_year_past: 'Your card’s expiration year is in the past.',
    incomplete_cvc: 'Your card’s security code is incomplete.',
  };

  const problemOf = (name) => CHECKS[name](digitsOf(inputs[name].value));

  function show(name, message) {
    const input = inputs[name];
    document.getElementById(`${name}-error`).textContent = message ?? '';
    if (message) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }

  /** Shows every error, focuses the first field with one, and returns its error. */
  function validate() {
    let first = null;
    for (const name of Object.keys(inputs)) {
      const code = problemOf(name);
      show(name, code && MESSAGES[code]);
      if (code && !first) first = { name, code };
    }
    if (!first) return {};
    inputs[first.name].focus();
    const { code } = first;
    return { error: { type: 'validation_error', code, message: MESSAGES[code] } };
  }

  // ---- Typing ---------------------------------------------------------------------------------

  /** Changes the text of a field and keeps the caret behind the same digit. */
  function rewrite(input, text) {
    if (input.value === text) return;
    const atEnd = input.selectionStart === input.value.length;
    const before = digitsOf(input.value.slice(0, input.selectionStart)).length;
    input.value = text;
    let caret = text.length;
    if (!atEnd) {
      caret = 0;
      for (let seen = 0; caret < text.length && seen < before; caret += 1) {
        if (/\d/.test(text[caret])) seen += 1;
      }
    }
    if (document.activeElement === input) input.setSelectionRange(caret, caret);
  }

  function onInput(name, event) {
    const input = inputs[name];
    const deleting = event.inputType?.startsWith('delete') ?? false;
    if (name === 'number') {
      const digits = digitsOf(input.value);
      const brand = brandOf(digits);
      rewrite(input, grouped(digits));
      brandMark.textContent = brand.label;
      brandMark.dataset.brand = brand.name;
      inputs.cvc.placeholder = brand.cvc === 4 ? '4 digits' : 'CVC';
    } else if (name === 'expiry') {
      rewrite(input, asExpiry(input.value, deleting));
    } else {
      rewrite(input, digitsOf(input.value).slice(0, brandOf(digitsOf(inputs.number.value)).cvc));
    }
    const problem = problemOf(name);
    // A message disappears once the input is valid. A new one appears only when the field loses focus.
    if (!problem) show(name, null);
    if (!problem && !deleting && document.activeElement === input) {
      const next = { number: inputs.expiry, expiry: inputs.cvc }[name];
      if (next && next.value === '') next.focus();
    }
    const values = Object.values(inputs).map((field) => field.value);
    send({
      kind: 'change',
      complete: Object.keys(inputs).every((field) => problemOf(field) === null),
      empty: values.every((value) => value === ''),
    });
  }

  for (const [name, input] of Object.entries(inputs)) {
    input.addEventListener('input', (event) => onInput(name, event));
    input.addEventListener('focus', () => send({ kind: 'focus' }));
    input.addEventListener('blur', () => {
      const code = input.value === '' ? null : problemOf(name);
      if (code) show(name, MESSAGES[code]);
      send({ kind: 'blur' });
    });
    // Without a submit button, Enter submits a form only if it has one field.
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') send({ kind: 'enter' });
    });
  }
  form.addEventListener('submit', (event) => event.preventDefault());

  // ---- The API --------------------------------------------------------------------------------

  const FIELD_OF = { number: 'number', exp_month: 'expiry', exp_year: 'expiry', cvc: 'cvc' };

  /** Creates a payment method with the card. */
  async function tokenize() {
    const checked = validate();
    if (checked.error) return checked;
    const expiry = digitsOf(inputs.expiry.value);
    const body = new URLSearchParams({
      type: 'card',
      'card[number]': digitsOf(inputs.number.value),
      'card[exp_month]': String(Number(expiry.slice(0, 2))),
      'card[exp_year]': `20${expiry.slice(2)}`,
      'card[cvc]': inputs.cvc.value,
    });
    try {
      const response = await fetch('/v1/payment_methods', {
        method: 'POST',
        body,
        headers: { Authorization: `Bearer ${key}` },
      });
      const object = await response.json();
      if (response.ok) return { paymentMethod: object.id };
      const field = FIELD_OF[object.error.param];
      if (field) show(field, object.error.message);
      return { error: object.error };
    } catch {
      return {
        error: {
          type: 'api_connection_error',
          message: 'We could not reach the payment service. Check your connection and try again.',
        },
      };
    }
  }

  // ---- The shop's page ------------------------------------------------------------------------

  // Accepts only values that suit the property, as a CSS value can also load a URL.
  const VARIABLES = {
    colorPrimary: ['--primary', 'color'],
    colorBackground: ['--background', 'background-color'],
    colorText: ['--text', 'color'],
    colorDanger: ['--danger', 'color'],
    borderRadius: ['--radius', 'border-radius'],
    fontFamily: ['--font', 'font-family'],
  };

  function configure({ appearance, key: publishableKey }) {
    key = publishableKey;
    const root = document.documentElement;
    root.dataset.theme = appearance?.theme === 'night' ? 'night' : 'stripe';
    for (const [name, [variable, property]] of Object.entries(VARIABLES)) {
      const value = appearance?.variables?.[name];
      if (typeof value === 'string' && !/url\(|var\(/i.test(value) && CSS.supports(property, value)) {
        root.style.setProperty(variable, value);
      } else {
        root.style.removeProperty(variable);
      }
    }
  }

  const HANDLERS = { validate, tokenize };
  let configured = false;

  window.addEventListener('message', async ({ source, origin, data }) => {
    if (source !== window.parent || origin !== PARENT) return;
    if (data?.kind === 'configure') {
      configure(data);
      if (!configured) send({ kind: 'ready' });
      configured = true;
    } else if (data?.kind === 'focus') {
      (Object.values(inputs).find((input) => input.value === '') ?? inputs.number).focus();
    } else if (Object.hasOwn(HANDLERS, data?.kind)) {
      const response = await HANDLERS[data.kind]();
      send({ kind: 'response', id: data.id, response });
    }
  });

  if (window.parent === window || !PARENT) return;
  new ResizeObserver(() => send({ kind: 'height', height: form.getBoundingClientRect().height }))
    .observe(form);
  send({ kind: 'hello' });
})();
