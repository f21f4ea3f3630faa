// The operator's command.
import { execFileSync } from 'node:child_process';
import { stackPath } from './faults';
import type { Stack } from './stacks';

/** Makes an account an operator's, as the one who runs the stack does. */
export function makeOperator(stack: Stack, email: string): void {
  const script = 'set -a; source "$1"; exec "$2/gittix-server" operator add "$3"';
  const bin = process.env.STACK_BIN ?? 'target/debug';
  execFileSync('bash', ['-c', script, 'bash', stackPath(stack, 'env'), bin, email], { cwd: new URL('../..', import.meta.url), stdio: 'pipe' });
}
