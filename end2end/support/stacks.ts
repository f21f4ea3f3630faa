// The sites that the tests drive: each a whole GitTix of its own, started by
// scripts/stack.sh with a database, a Redis index, a Stripe simulator and a mail catcher.

/** Which site a test is about. */
export type StackName = 'main' | 'short' | 'storm';

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
}

/** Who runs the sites, once they have signed up. */
export const OPERATOR = 'operator@gittix.example';

/** Ports of one stack: `make e2e` and `make test` ask for 20 in a row. */
const PORTS = 4;
const firstPort = Number(process.env.E2E_PORT_BASE);
if (!firstPort) {
  throw new Error('E2E_PORT_BASE is not set: start the browser tests by `make e2e`, which brings the services they need.');
}

function stack(name: StackName, place: number, lockSeconds: number, hasDemo: boolean): Stack {
  const [sitePort, simPort, mailPort, mailUiPort] = [0, 1, 2, 3].map((part) => firstPort + PORTS * place + part) as [number, number, number, number];
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return { name, lockSeconds, hasDemo, sitePort, simPort, mailPort, mailUiPort, url: at(sitePort), sim: at(simPort), mails: at(mailUiPort) };
}

export const STACKS: Record<StackName, Stack> = {
  /** As people see it. */
  main: stack('main', 0, 900, true),
  /** Where locks end while a test looks on. Empty at first. */
  short: stack('short', 1, 10, false),
  /** Where things are broken on purpose: one file of tests has it to itself. */
  storm: stack('storm', 2, 15, false),
};
