// Serves the pages for the gate without a network. Its scope is /gate/, so no other page of the site has it between
// itself and the server.
const KEPT = 'gate';
// A stadium's network takes the request and does not answer it.
const WAIT_MS = 3_000;
const NOT_THE_BUYERS = [403, 404, 410];

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// Events that are over.
const purge = async (cache) => {
  for (const request of await cache.keys()) {
    const page = await cache.match(request);
    if (Number(page?.headers.get('gate-keep-until')) < Date.now()) await cache.delete(request);
  }
};

const answer = async (request, later) => {
  const cache = await caches.open(KEPT);
  await purge(cache);
  const kept = await cache.match(request.url);
  const fresh = fetch(request).then(async (response) => {
    if (response.ok) await cache.put(request.url, response.clone());
    if (NOT_THE_BUYERS.includes(response.status)) await cache.delete(request.url);
    const isBusy = response.status === 429 || response.status >= 500;
    return (isBusy && kept) || response;
  });
  if (!kept) return fresh;
  const orKept = fresh.catch(() => kept);
  later(orKept);
  return Promise.race([orKept, new Promise((resolve) => setTimeout(resolve, WAIT_MS, kept))]);
};

self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(answer(event.request, (work) => event.waitUntil(work)));
});
