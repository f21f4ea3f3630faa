// Replaces the servers of a stack one by one, as an orchestrator does, while they are in use.
import { readFileSync, writeFileSync } from 'node:fs';

import { stackFile, stackPath } from './faults';
import type { Stack } from './stacks';

/** How long the proxy still sends requests to a server that is ending. */
const PROXY_DELAY_MS = 500;
const READY_MS = 30_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sets the servers that nginx sends requests to, by number. Running requests end where they are. */
function setUpstreams(stack: Stack, numbers: number[]): void {
  const servers = numbers.map((number) => `server 127.0.0.1:${stack.serverPorts[number - 1]} max_fails=0;\n`);
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

/** Ends one server, which scripts/stack.sh starts again. The proxy learns of both with a delay. */
async function replace(stack: Stack, number: number): Promise<void> {
  const all = stack.serverPorts.map((_, index) => index + 1);
  const pid = stackFile(stack, `server-${number}.pid`);
  process.kill(Number(pid), 'SIGTERM');
  await sleep(PROXY_DELAY_MS);
  setUpstreams(stack, all.filter((other) => other !== number));
  const deadline = Date.now() + READY_MS;
  while (stackFile(stack, `server-${number}.pid`) === pid || !(await isReady(stack.serverPorts[number - 1] ?? 0))) {
    if (Date.now() > deadline) throw new Error(`server ${number} did not come back within ${READY_MS} ms`);
    await sleep(100);
  }
  setUpstreams(stack, all);
  await sleep(PROXY_DELAY_MS);
}

/** Replaces every server, one after another. */
export async function replaceServers(stack: Stack): Promise<void> {
  for (const index of stack.serverPorts.keys()) await replace(stack, index + 1);
}

/** A request in nginx's log. */
export interface ProxiedRequest {
  request: string;
  status: number;
  /** The servers that nginx tried, in order. More than one if the first did not accept it. */
  upstreams: string[];
}

/** All requests so far. */
export function proxiedRequests(stack: Stack): ProxiedRequest[] {
  const lines = readFileSync(stackPath(stack, 'proxy/access.log'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, request, status, upstreams] = /^\S+ "(.*)" (\d+) (\S+(?:, \S+)*) /.exec(line) ?? [];
    if (request === undefined || upstreams === undefined) throw new Error(`not a line of the proxy's log: ${line}`);
    return { request, status: Number(status), upstreams: upstreams.split(', ') };
  });
}
