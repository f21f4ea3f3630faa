// The commands of the operator.
import { execFileSync } from 'node:child_process';
import { stackPath } from './faults';
import type { Stack } from './stacks';

/** Runs `gittix-server` with a stack's settings, as the one who runs the stack does. */
export function serverCommand(stack: Stack, ...args: string[]): string {
  const script = 'set -a; source "$1"; exec "$2/gittix-server" "${@:3}"';
  const bin = process.env.STACK_BIN ?? 'target/debug';
  const cwd = new URL('../..', import.meta.url);
  return execFileSync('bash', ['-c', script, 'bash', stackPath(stack, 'env'), bin, ...args], { cwd, stdio: 'pipe', encoding: 'utf8' });
}

/** Makes an account an operator's. */
export function makeOperator(stack: Stack, email: string): void {
  serverCommand(stack, 'operator', 'add', email);
}
