// Faults in a stack, and access to its database, for tests of failures.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import type { Stack } from './stacks';

/** The body of `POST /_sim/faults`; see docs/TESTING.md. */
export interface Faults {
  webhook_drop?: boolean;
  webhook_duplicate?: number;
  webhook_reorder?: boolean;
  fail_next?: number;
  lose_answer_next?: number;
  path?: string;
}

export async function setFaults(stack: Stack, faults: Faults): Promise<void> {
  const response = await fetch(`${stack.sim}/_sim/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(faults),
  });
  if (!response.ok) throw new Error(`the simulator refused the faults: ${await response.text()}`);
}

export async function clearFaults(stack: Stack): Promise<void> {
  await fetch(`${stack.sim}/_sim/faults`, { method: 'DELETE' });
}

/** A file that scripts/stack.sh wrote for a stack: `env`, `worker.pid` and so on. */
export function stackFile(stack: Stack, name: string): string {
  return readFileSync(stackPath(stack, name), 'utf8');
}

export function stackPath(stack: Stack, name: string): string {
  return `${process.env.GITTIX_DATA}/stacks/${stack.name}/${name}`;
}

/** Empties the stack's Redis index. Other stacks use other indexes. */
export function emptyRedis(stack: Stack): void {
  const address = /^REDIS_URL=(.*)$/m.exec(stackFile(stack, 'env'))?.[1];
  const { hostname, port, password, pathname } = new URL(address ?? '');
  const args = ['-h', hostname, '-p', port, '-n', pathname.slice(1), 'FLUSHDB'];
  execFileSync('redis-cli', args, { env: { ...process.env, REDISCLI_AUTH: password } });
}

/** Stops the worker's process without ending it. scripts/stack.sh does not notice. */
export function freezeWorker(stack: Stack): void {
  process.kill(Number(stackFile(stack, 'worker.pid')), 'SIGSTOP');
}

/** Kills the worker. scripts/stack.sh starts another after five seconds. */
export function killWorker(stack: Stack): void {
  process.kill(Number(stackFile(stack, 'worker.pid')), 'SIGKILL');
}

/** The single value that a query on the stack's database returns. */
export function query(stack: Stack, sql: string): string {
  const script = 'source scripts/lib.sh; source scripts/database.sh; psql_in "$1" -At -c "$2"';
  const cwd = new URL('../..', import.meta.url);
  return execFileSync('bash', ['-c', script, 'bash', stack.name, sql], { cwd, encoding: 'utf8' }).trim();
}
