// Replacing the servers of a stack one by one, as an orchestrator does, while people use them.
import { readFileSync, writeFileSync } from 'node:fs';

import { stackFile, stackPath } from './breakage';
import type { Stack } from './stacks';

/** How long the proxy does not know yet that a server is about to end. */
const NEWS_TRAVEL_MS = 500;
const READY_MS = 30_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells nginx which servers there are, by their places. Requests that run end where they are. */
function sendTo(stack: Stack, places: number[]): void {
  const servers = places.map((place) => `server 127.0.0.1:${stack.serverPorts[place - 1]} max_fails=0;\n`);
  writeFileSync(stackPath(stack, 'proxy/upstream.conf'), servers.join(''));
  process.kill(Number(stackFile(stack, 'proxy.pid')), 'SIGHUP');
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Ends one server; scripts/stack.sh starts it again. The proxy hears of both a little late. */
async function replace(stack: Stack, place: number): Promise<void> {
  const all = stack.serverPorts.map((_, index) => index + 1);
  const pid = stackFile(stack, `server-${place}.pid`);
  process.kill(Number(pid), 'SIGTERM');
  await pause(NEWS_TRAVEL_MS);
  sendTo(stack, all.filter((other) => other !== place));
  const deadline = Date.now() + READY_MS;
  while (stackFile(stack, `server-${place}.pid`) === pid || !(await isReady(stack.serverPorts[place - 1] ?? 0))) {
    if (Date.now() > deadline) throw new Error(`server ${place} did not come back within ${READY_MS} ms`);
    await pause(100);
  }
  sendTo(stack, all);
  await pause(NEWS_TRAVEL_MS);
}

/** Replaces every server, one after the other. */
export async function replaceAll(stack: Stack): Promise<void> {
  for (const place of stack.serverPorts.keys()) await replace(stack, place + 1);
}

/** A request as nginx saw it. */
export interface Passed {
  request: string;
  status: number;
  /** Of each server that it was tried at, where one did not take it. */
  upstreams: string[];
}

/** Every request that has passed so far. */
export function passed(stack: Stack): Passed[] {
  const lines = readFileSync(stackPath(stack, 'proxy/access.log'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, request, status, upstreams] = /^\S+ "(.*)" (\d+) (\S+(?:, \S+)*) /.exec(line) ?? [];
    if (request === undefined || upstreams === undefined) throw new Error(`not a line of the proxy's log: ${line}`);
    return { request, status: Number(status), upstreams: upstreams.split(', ') };
  });
}
