(() => {
  // Keeps this page on the device: worker.js finds it there.
  const keep = async () => {
    await navigator.serviceWorker.register('/gate/worker.js');
    await navigator.serviceWorker.ready;
    const cache = await caches.open('gate');
    // Without a network, the page came from there. Where the session has ended, the answer is the page that signs in.
    const fresh = await fetch(location.pathname).catch(() => undefined);
    if (fresh?.ok && !fresh.redirected) await cache.put(location.pathname, fresh);
    return (await cache.match(location.pathname)) !== undefined;
  };
  const say = (id) => document.getElementById(id)?.removeAttribute('hidden');
  keep()
    .catch(() => false)
    .then((isKept) => say(isKept ? 'kept' : 'not-kept'));

  // A browser lets the screen go dark again when the page is hidden.
  const stayAwake = () => {
    if (document.visibilityState === 'visible') navigator.wakeLock?.request('screen').then(() => say('awake'), () => undefined);
  };
  document.addEventListener('visibilitychange', stayAwake);
  stayAwake();

  const tickets = document.querySelector('.tickets');
  document.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (step) tickets.scrollBy({ left: step * tickets.clientWidth });
  });
})();
