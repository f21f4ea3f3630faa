// Event streams of a listing, without pages.
import net from 'node:net';

/** The server allows two hundred streams per address. */
const PER_ADDRESS = 200;
const AT_ONCE = 100;

/** Opens streams and waits until each has sent the listing's state. @param {{ host: string, port: number }} site @param {string} ticket @param {number} count */
export async function openStreams(site, ticket, count) {
  /** @type {net.Socket[]} */
  const sockets = [];
  /** Called for every event. */
  let onEvent = () => {};
  const open = (/** @type {number} */ index) =>
    new Promise((resolve, reject) => {
      const address = 1 + Math.floor(index / PER_ADDRESS);
      const socket = net.connect({ ...site, localAddress: `127.0.1.${address}` });
      let isOpen = false;
      socket.setEncoding('utf8').on('error', reject);
      socket.on('data', (text) => {
        if (!String(text).includes('data: ')) return;
        if (isOpen) onEvent();
        isOpen = true;
        resolve(undefined);
      });
      socket.write(`GET /live/tickets?ids=${ticket} HTTP/1.1\r\nHost: ${site.host}:${site.port}\r\n\r\n`);
      sockets.push(socket);
    });
  for (let first = 0; first < count; first += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, at) => open(first + at)));
  }
  return {
    /** The time at which the last stream has received another event. @returns {Promise<number>} */
    nextEvent: () =>
      new Promise((resolve) => {
        let waiting = count;
        onEvent = () => --waiting === 0 && resolve(performance.now());
      }),
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}
