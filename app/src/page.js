// What has to work without WebAssembly, or before it runs. The head of every page has this script; the server takes out
// its comments.
(() => {
  const root = document.documentElement;
  const isHydrated = () => document.body?.hasAttribute('data-hydrated');
  // Browsers refuse the storage where its owner has turned it off.
  const tried = (use) => {
    try {
      return use();
    } catch {
      return undefined;
    }
  };
  const stored = (use) => tried(() => use(sessionStorage));

  // A notice over the page, with a link that loads the page again.
  const show = (id, words) => {
    document.getElementById(id)?.remove();
    const notice = document.createElement('div');
    notice.id = id;
    notice.className = 'notice page-notice';
    notice.setAttribute('role', 'alert');
    const text = document.createElement('p');
    text.textContent = `${words} `;
    const link = document.createElement('a');
    link.href = location.href;
    link.textContent = 'Load again';
    link.rel = 'external';
    text.append(link);
    notice.append(text);
    document.body.append(notice);
  };

  // ---- A page whose program does not come, or stops ----

  const WAIT_MS = 15_000;
  const AFTER_ERROR_MS = 3_000;
  let waiting;

  // Everything goes on as plain forms and links. Styles hide what cannot work and show what to do instead.
  const fallBack = () => {
    if (isHydrated() || 'plain' in root.dataset) return;
    root.dataset.plain = '';
    show('plain-notice', 'A part of this page did not load. Buttons and links work, but what you see does not update by itself.');
  };
  const fallBackIn = (ms) => {
    clearTimeout(waiting);
    waiting = setTimeout(fallBack, ms);
  };
  const onError = () => {
    if (!isHydrated()) fallBackIn(AFTER_ERROR_MS);
  };
  addEventListener('error', onError);
  addEventListener('unhandledrejection', onError);
  document.addEventListener('gittix-hydrated', () => {
    clearTimeout(waiting);
    delete root.dataset.plain;
    document.getElementById('plain-notice')?.remove();
    localise();
  });
  document.addEventListener('gittix-missing', fallBack);
  // Translators, extensions and proxies change pages, and a changed page cannot be hydrated. It is then loaded again, and from
  // then on this tab renders pages in the browser.
  document.addEventListener('gittix-panic', () => {
    const wasHydrated = isHydrated();
    document.body.removeAttribute('data-hydrated');
    const isFirst = !wasHydrated && stored((storage) => storage.getItem('render-here')) === null;
    if (isFirst && stored((storage) => storage.setItem('render-here', '1') ?? true)) location.reload();
    else fallBack();
  });
  document.addEventListener('DOMContentLoaded', () => (typeof WebAssembly === 'object' ? fallBackIn(WAIT_MS) : fallBack()));

  // ---- Another tab signs in or out ----

  // Tabs share the session's cookie, so this page would act for the account of the other tab.
  const account = root.dataset.account;
  document.addEventListener('DOMContentLoaded', () =>
    tried(() => {
      // The device keeps the pages for the gate of one account.
      if (localStorage.getItem('account') !== account) void caches.delete('gate');
      localStorage.setItem('account', account);
    }),
  );
  addEventListener('storage', ({ key, newValue }) => {
    if (key !== 'account') return;
    if (newValue === account) return document.getElementById('account-notice')?.remove();
    const change = newValue ? (account ? 'Another account is signed in' : 'You are signed in') : 'You are signed out';
    show('account-notice', `${change} since you opened this page, in another tab.`);
  });

  // ---- The link that sets a password ----

  // Its token stands behind the #, which no server gets in an address, and leaves the address and the history at once. This
  // browser opens it by a form, as a person does without scripts.
  const openReset = () => {
    const token = location.pathname === '/reset' && /^#([0-9a-f]{64})$/.exec(location.hash)?.[1];
    if (!token) return;
    history.replaceState(history.state, '', '/reset');
    const form = Object.assign(document.createElement('form'), { method: 'post', action: '/rpc/open_reset', hidden: true });
    form.append(Object.assign(document.createElement('input'), { name: 'token', value: token }));
    document.body.append(form);
    form.submit();
  };
  document.addEventListener('DOMContentLoaded', openReset);
  addEventListener('hashchange', openReset);

  // ---- Navigation without a page load: the focus, and the place in a list ----

  const address = () => location.pathname + location.search;
  let shown = address();
  let place;
  let settling;
  document.addEventListener(
    'click',
    ({ target }) => {
      if (target.closest?.('a[href]')) history.replaceState({ ...history.state, place: scrollY }, '');
    },
    true,
  );
  addEventListener('popstate', ({ state }) => (place = state?.place ?? 0));
  const settle = () => {
    if (isHydrated() || 'plain' in root.dataset) localise();
    if (address() === shown || document.querySelector('.page-loading')) return;
    shown = address();
    document.getElementById('said')?.remove();
    // They are about the page that was loaded, and some browsers share the canonical address.
    document.querySelectorAll('link[rel=canonical],link[hreflang],meta[property],[type="application/ld+json"]').forEach((tag) => tag.remove());
    const heading = document.querySelector('main h1');
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    if (place !== undefined) scrollTo(0, place);
    place = undefined;
    restoreAll();
  };
  new MutationObserver(() => {
    clearTimeout(settling);
    settling = setTimeout(settle, 50);
  }).observe(document, { childList: true, subtree: true });

  // ---- Forms: what was typed stays ----

  // Never passwords and tokens, no file, which no script can choose, and not what the page itself has set.
  const fieldsOf = (form) => [...form.elements].filter(({ name, type, dataset }) => name && name !== 'token' && ('kept' in dataset || !/^(password|file|hidden|checkbox|submit)$/.test(type)));
  // The form of a new listing is another one for each event.
  const keyOf = (form) => `form ${location.pathname}${/^\?(event|like|draft)=/.test(location.search) ? location.search : ''} ${form.getAttribute('action')}`;
  const keep = (form) => stored((storage) => storage.setItem(keyOf(form), JSON.stringify(Object.fromEntries(fieldsOf(form).map(({ name, value }) => [name, value])))));
  const typed = new WeakSet();
  document.addEventListener('input', ({ target }) => {
    typed.add(target);
    if (target.form?.matches('.keeps-draft form, form.keeps-draft')) keep(target.form);
    if (target.form && target.form === draftForm()) noteDraft();
  });
  document.addEventListener('submit', ({ target }) => {
    if (target.method !== 'post') return;
    if (target.getAttribute('action').endsWith('/sign_out')) {
      local((storage) => storage.removeItem('searches'));
      return stored((storage) => storage.clear());
    }
    keep(target);
    stored((storage) => storage.setItem('sent', JSON.stringify([location.pathname, keyOf(target)])));
  });
  const restore = (form) => {
    const values = JSON.parse(stored((storage) => storage.getItem(keyOf(form))) ?? 'null');
    if (!values || (!form.closest('.keeps-draft') && !location.search.includes('__err='))) return;
    for (const field of fieldsOf(form)) {
      const value = values[field.name];
      if (value === undefined || value === field.value || typed.has(field)) continue;
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  };
  // A form that was sent, and whose page did not come back, was accepted; unless its sender had to sign in first.
  const forgetSent = () => {
    const [path, key] = JSON.parse(stored((storage) => storage.getItem('sent')) ?? '[]');
    if (!key || /^\/(signin|signup|forgot|reset)/.test(location.pathname)) return;
    stored((storage) => storage.removeItem('sent'));
    if (path !== location.pathname) stored((storage) => storage.removeItem(key));
  };
  const restoreAll = () => document.querySelectorAll('form[method=post]').forEach(restore);
  document.addEventListener('DOMContentLoaded', () => {
    forgetSent();
    restoreAll();
  });

  // ---- The form of a new listing: what was typed is saved as a draft ----

  const PAUSE_MS = 1_500;
  const RETRY_MS = 15_000;
  const SAVE_MS = 3_000;
  const draftForm = () => document.querySelector('.keeps-draft form');
  // What is typed and not saved, as it is sent; the save that is under way; and when the next one is due.
  let unsaved;
  let saving;
  let saveDue;
  const readDraft = () => (unsaved = `${new URLSearchParams(new FormData(draftForm()))}`);
  const noteDraft = () => {
    // One field alone is no draft: the event may be chosen from the list next.
    const isFilled = ({ name, value }) => value && name !== 'draft' && name !== 'split';
    const form = draftForm();
    if (fieldsOf(form).filter(isFilled).length + (form.elements.event.value ? 1 : 0) > 1) readDraft();
    clearTimeout(saveDue);
    saveDue = setTimeout(saveDraft, PAUSE_MS);
  };
  const tellDraft = (words) => {
    const state = document.getElementById('draft-state');
    if (state && state.textContent !== words) state.textContent = words;
  };
  const saveDraft = async () => {
    // After a form was sent, or its sender was signed out, a save comes too late.
    if (!unsaved || saving || document.querySelector('[type=submit][aria-busy],.notice-error [href^="/signin"]')) return;
    clearTimeout(saveDue);
    const sent = unsaved;
    const request = { method: 'POST', body: new URLSearchParams(sent), headers: { accept: 'application/json' }, keepalive: true };
    saving = fetch('/rpc/save_draft', request).catch(() => undefined);
    const answer = await saving;
    saving = undefined;
    if (!answer?.ok) {
      const refused = answer && answer.status < 500 && (await answer.json().catch(() => undefined));
      const away = navigator.onLine ? 'We try again.' : 'You seem to be offline. We try again.';
      tellDraft(`Draft not saved. ${refused ? refused.errors[0].message : away} What you typed stays here.`);
      if (!refused) saveDue = setTimeout(saveDraft, RETRY_MS);
    } else if (unsaved === sent) {
      unsaved = undefined;
      tellDraft('Draft saved');
      const form = draftForm();
      if (!form || !sent.includes(form.elements.draft.value)) return;
      // The server has all of the form, so that the tab need not keep it, and the address leads to it.
      stored((storage) => storage.removeItem(keyOf(form)));
      history.replaceState(history.state, '', `${location.pathname}?draft=${form.elements.draft.value}`);
      shown = address();
    } else saveDraft();
  };
  document.addEventListener('click', (event) => {
    if (!event.target.closest?.('.keeps-draft [formaction]')) return;
    event.preventDefault();
    readDraft();
    saveDraft();
  });
  // A save that is under way ends before the listing is made: otherwise it could come after it, and make the draft anew.
  document.addEventListener(
    'submit',
    (event) => {
      const { target } = event;
      const isWaiting = saving && target === draftForm();
      if (target.method === 'post') unsaved = undefined;
      if (!isWaiting) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      Promise.race([saving, new Promise((resolve) => setTimeout(resolve, SAVE_MS))]).then(() => {
        saving = undefined;
        target.requestSubmit();
      });
    },
    true,
  );
  addEventListener('pagehide', saveDraft);
  document.addEventListener('visibilitychange', () => document.hidden && saveDraft());

  // ---- Times: the server writes them in UTC, and the reader has a clock of their own ----

  const language = navigator.language?.startsWith('en') ? navigator.language : 'en-GB';
  const clock = { hour: 'numeric', minute: '2-digit' };
  const date = { day: 'numeric', month: 'short', year: 'numeric', ...clock };
  const localise = () => {
    for (const time of document.querySelectorAll('[data-instant]')) {
      const text = time.firstChild;
      if (text?.nodeType !== Node.TEXT_NODE || !text.data.endsWith(' UTC')) continue;
      time.title = text.data;
      const parts = text.data.includes(',') ? date : clock;
      const seconds = text.data.split(':').length === 3 ? { second: '2-digit' } : {};
      // The node stays, so that the page's program still knows it.
      text.data = new Date(time.dateTime ?? Number(time.dataset.instant)).toLocaleString(language, { ...parts, ...seconds });
    }
    for (const place of document.querySelectorAll('[data-own-time]')) {
      const [, there] = /T(\d\d:\d\d)/.exec(place.dataset.ownTime);
      const starts = new Date(place.dataset.ownTime);
      const isSame = starts.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }) === there;
      const text = isSame ? '' : `${starts.toLocaleString(language, { weekday: 'short', ...clock })} your time`;
      if (place.textContent !== text) place.textContent = text;
    }
  };

  // ---- Search: names that begin with what is typed, and the searches of this device ----

  const local = (use) => tried(() => use(localStorage));
  const searches = () => JSON.parse(local((storage) => storage.getItem('searches')) ?? '[]');
  const SUGGEST_AFTER_MS = 150;
  let asked;
  // The field has a list only while there is something in it: with an empty one, it would be read out as a choice.
  const offer = (field, rows) => {
    field.toggleAttribute('list', rows.length > 0);
    if (rows.length > 0) field.setAttribute('list', 'suggestions');
    document.getElementById('suggestions')?.replaceChildren(
      ...rows.map(({ name, about, address }) => {
        const option = new Option(about, name);
        option.dataset.address = address ?? '';
        return option;
      }),
    );
  };
  const isSearch = (target) => target.matches?.('.search [name=q]');
  // The event of a new listing is searched for too.
  const isEvent = (target) => target.matches?.('.keeps-draft [name=title]');
  const suggest = async (field) => {
    const q = field.value.trim();
    if (q.length < 2) return offer(field, isEvent(field) ? [] : searches().map((name) => ({ name, about: 'Searched before' })));
    const answer = await fetch(`/rpc/suggest?${new URLSearchParams({ q })}`, { headers: { accept: 'application/json' } }).catch(() => undefined);
    if (!answer?.ok || field.value.trim() !== q) return;
    const rows = await answer.json();
    offer(field, isEvent(field) ? rows.filter(({ address }) => address.startsWith('/events/')) : rows);
  };
  document.addEventListener('focusin', ({ target }) => isSearch(target) && suggest(target));
  document.addEventListener('input', (event) => {
    const { target } = event;
    if (!isSearch(target) && !isEvent(target)) return;
    // A name that was chosen, and not typed, leads to its page. What is restored into a form is neither.
    const isChosen = event.inputType === 'insertReplacementText' || (event.isTrusted && !(event instanceof InputEvent));
    if (!isChosen && !event.isTrusted) return;
    const option = isChosen && [...(target.list?.options ?? [])].find(({ value, dataset }) => value === target.value && dataset.address);
    if (option && isEvent(target)) {
      stored((storage) => storage.removeItem(keyOf(target.form)));
      return location.assign(option.dataset.address.replace('/events/', '/tickets/new?event='));
    }
    if (option) return location.assign(option.dataset.address);
    clearTimeout(asked);
    asked = setTimeout(suggest, SUGGEST_AFTER_MS, target);
  });
  document.addEventListener('submit', ({ target }) => {
    if (target.method !== 'get') return;
    const q = target.elements.q?.value.trim();
    if (q) local((storage) => storage.setItem('searches', JSON.stringify([...new Set([q, ...searches()])].slice(0, 5))));
    // The address has only what was filled in.
    const empty = [...target.elements].filter(({ name, value }) => name && !value);
    for (const field of empty) field.disabled = true;
    setTimeout(() => empty.forEach((field) => (field.disabled = false)));
  });

  // ---- A file that is sent: how much of it is on its way ----

  document.addEventListener('submit', (event) => {
    const { target } = event;
    const bar = target.querySelector('progress');
    if (!bar) return;
    event.preventDefault();
    if (!bar.hidden) return;
    bar.hidden = false;
    const request = new XMLHttpRequest();
    // Where no page is the answer, the browser sends the form by itself and shows what comes of it.
    const again = () => target.submit();
    request.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
    request.onload = () => (request.responseURL === target.action ? again() : location.assign(request.responseURL));
    request.onerror = again;
    request.open('POST', target.action);
    request.setRequestHeader('accept', 'text/html');
    request.send(new FormData(target));
  });

  // ---- Small helps ----

  document.addEventListener('change', ({ target }) => {
    if (!target.matches('[data-shows-passwords]')) return;
    for (const field of target.form.querySelectorAll('[data-password]')) field.type = target.checked ? 'text' : 'password';
  });
  // A page that could not be loaded is loaded when the network is back.
  addEventListener('online', () => {
    if (document.querySelector('[data-retry]')) location.reload();
  });
})();
