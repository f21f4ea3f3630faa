// Whole journeys in a real browser. Started by `make e2e` and
// `make test`, which bring PostgreSQL, Redis and the environment; see docs/TESTING.md.
import { fileURLToPath } from 'node:url';

import { defineConfig, devices } from '@playwright/test';

import { STACKS } from './support/stacks';
import type { Options } from './support/test';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig<Options>({
  testDir: 'tests',
  outputDir: 'test-results',
  reporter: [
    ['list'],
    ...(process.env.CI ? [] : [['html', { outputFolder: 'report', open: 'never' }] as const]),
    ...(process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['json'] as const] : []),
  ],
  // A test that passes at its second try has found something: make test names it at the end as flaky.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 800 },
    actionTimeout: 10_000,
    navigationTimeout: 20_000,
    // Not the server's, so that a page that renders by the reader's zone is found out.
    timezoneId: 'Europe/Berlin',
    locale: 'en-US',
    // A failure leaves a picture and the page's outline; for more: make e2e ARGS='--trace retain-on-failure'.
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.GITTIX_CHROMIUM || '/usr/bin/chromium',
      // Containers run it as root, which Chromium's sandbox refuses; the rest keeps it off the network.
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'],
    },
  },
  projects: [
    // Before anything is on sale.
    { name: 'empty', testMatch: 'empty.spec.ts' },
    { name: 'hydrated', testIgnore: 'empty.spec.ts', grepInvert: /@no-script/, dependencies: ['empty'] },
    // Journeys that need no card form, again without JavaScript.
    {
      name: 'no-script',
      testIgnore: 'empty.spec.ts',
      grep: /@both|@no-script/,
      dependencies: ['empty'],
      use: { javaScriptEnabled: false },
    },
  ],
  webServer: Object.values(STACKS).map((stack) => ({
    command: `bash scripts/stack.sh ${stack.name}`,
    cwd: ROOT,
    env: {
      SITE_PORT: String(stack.sitePort),
      SIM_PORT: String(stack.simPort),
      MAIL_PORT: String(stack.mailPort),
      MAIL_UI_PORT: String(stack.mailUiPort),
      LOCK_SECONDS: String(stack.lockSeconds),
      RATE_LIMIT_FACTOR: String(stack.rateLimitFactor),
      // Tests of declined cards are many, and one network is all of them.
      MAX_DECLINES_PER_NETWORK: '1000000',
      SERVER_PORTS: stack.serverPorts.join(' '),
      DEMO: stack.hasDemo ? '1' : '',
    },
    url: `${stack.url}/readyz`,
    reuseExistingServer: false,
    timeout: 60_000,
    stderr: 'pipe' as const,
    gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 20_000 },
  })),
});
