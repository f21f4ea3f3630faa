// The sites that the tests drive: each a whole GitTix of its own, started by
// scripts/stack.sh with a database, a Redis index, a Stripe simulator and a mail catcher.

/** Which site a test is about. */
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
  /** How many times what the README says anybody may ask for. */
  rateLimitFactor: number;
  /** Where its servers are, when there are several behind nginx. */
  serverPorts: number[];
}

/** Who runs the sites, once they have signed up. */
export const OPERATOR = 'operator@gittix.example';

/** Ports of one stack, and of the servers of the last: `make e2e` and `make test` ask for 20 in a row. */
const PORTS = 4;
const firstPort = Number(process.env.E2E_PORT_BASE);
if (!firstPort) {
  throw new Error('E2E_PORT_BASE is not set: start the browser tests by `make e2e`, which brings the services they need.');
}

function stack(name: StackName, place: number, lockSeconds: number, special: Partial<Stack> = {}): Stack {
  const [sitePort, simPort, mailPort, mailUiPort] = [0, 1, 2, 3].map((part) => firstPort + PORTS * place + part) as [number, number, number, number];
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
    // Everybody here comes from one address.
    rateLimitFactor: 1000,
    serverPorts: [],
    ...special,
  };
}

export const STACKS: Record<StackName, Stack> = {
  /** As people see it. */
  main: stack('main', 0, 900, { hasDemo: true }),
  /** Where locks end while a test looks on. Empty at first. */
  short: stack('short', 1, 15),
  /** Where things are broken on purpose: one file of tests has it to itself. */
  storm: stack('storm', 2, 20),
  /** Two servers and two workers behind nginx: one file of tests has it to itself. */
  pair: stack('pair', 3, 20, { rateLimitFactor: 2, serverPorts: [firstPort + PORTS * 4, firstPort + PORTS * 4 + 1] }),
};
