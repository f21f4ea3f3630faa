// The commands of the operator.
import { execFileSync } from 'node:child_process';
import { stackPath } from './faults';
import type { Stack } from './stacks';

/** Runs `gittix-server` with a stack's settings, as the one who runs the stack does. */
export function serverCommand(stack: Stack, ...args: string[]): string {
  return typedCommand(stack, '', ...args);
}

/** Creates an account, without the mail that signing up takes. */
export function createAccount(stack: Stack, email: string, password: string): void {
  typedCommand(stack, password, 'account', 'add', email);
}

/** The same with a standard input. */
function typedCommand(stack: Stack, input: string, ...args: string[]): string {
  const script = 'set -a; source "$1"; exec "$2/gittix-server" "${@:3}"';
  const bin = process.env.STACK_BIN ?? 'target/debug';
  const cwd = new URL('../..', import.meta.url);
  return execFileSync('bash', ['-c', script, 'bash', stackPath(stack, 'env'), bin, ...args], { cwd, stdio: 'pipe', encoding: 'utf8', input });
}

/** Makes an account an operator's. */
export function makeOperator(stack: Stack, email: string): void {
  serverCommand(stack, 'operator', 'add', email);
}
