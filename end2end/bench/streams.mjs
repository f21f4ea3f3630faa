// Pages that follow a ticket: nothing but their connections.
import net from 'node:net';

/** One address may have two hundred. */
const OF_ADDRESS = 200;
const AT_ONCE = 100;

/** Opens streams and waits until each has told how the ticket stands. @param {{ host: string, port: number }} site @param {string} ticket @param {number} count */
export async function openStreams(site, ticket, count) {
  /** @type {net.Socket[]} */
  const sockets = [];
  /** Called for every event. */
  let heard = () => {};
  const open = (/** @type {number} */ place) =>
    new Promise((resolve, reject) => {
      const address = 1 + Math.floor(place / OF_ADDRESS);
      const socket = net.connect({ ...site, localAddress: `127.0.1.${address}` });
      let isOpen = false;
      socket.setEncoding('utf8').on('error', reject);
      socket.on('data', (text) => {
        if (!String(text).includes('data: ')) return;
        if (isOpen) heard();
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
    /** The time at which the last of them has heard something more. @returns {Promise<number>} */
    heardAgain: () =>
      new Promise((resolve) => {
        let waiting = count;
        heard = () => --waiting === 0 && resolve(performance.now());
      }),
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}
