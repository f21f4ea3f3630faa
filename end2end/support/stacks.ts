// The stacks that the tests use. Each is a whole GitTix with its own database, Redis index, Stripe simulator
// and mail catcher, started by scripts/stack.sh.

/** The stack that a test uses. */
export type StackName = 'main' | 'short' | 'storm' | 'pair';

export interface Stack {
  name: StackName;
  lockSeconds: number;
  hasDemo: boolean;
  sitePort: number;
  simPort: number;
  mailPort: number;
  mailUiPort: number;
  url: string;
  sim: string;
  /** The page of the mail catcher. */
  mails: string;
  /** RATE_LIMIT_FACTOR of the servers. */
  rateLimitFactor: number;
  /** The servers' ports, if there are several behind nginx. */
  serverPorts: number[];
}

/** Ports of one stack. The servers of the last stack need more: `make e2e` and `make test` reserve 20 in a row. */
const PORTS = 4;
const firstPort = Number(process.env.E2E_PORT_BASE);
if (!firstPort) {
  throw new Error('E2E_PORT_BASE is not set: start the browser tests by `make e2e`, which starts the services they need.');
}

function stack(name: StackName, index: number, lockSeconds: number, special: Partial<Stack> = {}): Stack {
  const [sitePort, simPort, mailPort, mailUiPort] = [0, 1, 2, 3].map((part) => firstPort + PORTS * index + part) as [number, number, number, number];
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    name,
    lockSeconds,
    hasDemo: false,
    sitePort,
    simPort,
    mailPort,
    mailUiPort,
    url: at(sitePort),
    sim: at(simPort),
    mails: at(mailUiPort),
    // All test users share one address.
    rateLimitFactor: 1000,
    serverPorts: [],
    ...special,
  };
}

export const STACKS: Record<StackName, Stack> = {
  /** The usual settings, with demo data. */
  main: stack('main', 0, 900, { hasDemo: true }),
  /** Short locks, for tests of expiry. Empty at first. */
  short: stack('short', 1, 15),
  /** For faults. Only one file of tests uses it. */
  storm: stack('storm', 2, 20),
  /** Two servers and two workers behind nginx. Only one file of tests uses it. */
  pair: stack('pair', 3, 20, { rateLimitFactor: 2, serverPorts: [firstPort + PORTS * 4, firstPort + PORTS * 4 + 1] }),
};
