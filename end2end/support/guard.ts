// The guard of every test: any error in a browser fails the test, whether or not the test checks for it.
import type { BrowserContext, Request, Response } from '@playwright/test';

interface ExpectedStatus {
  status: number;
  path: string;
  isSeen: boolean;
}

/**
 * Records every console warning and error, page error, failed request, response with a status from 400 on,
 * and request to another origin. A test announces the error statuses that it causes with `expectStatus`. An
 * announced status that does not come is a problem, too.
 */
export class BrowserGuard {
  private readonly problems: string[] = [];
  private readonly expected: ExpectedStatus[] = [];
  private readonly allowed: string[] = [];
  private readonly failures: string[] = [];
  /** Statuses that may come now. */
  private readonly possible: { status: number; path: string }[] = [];

  /** `origins` are those that pages may send requests to. */
  constructor(private readonly origins: string[]) {}

  /** Records the problems of every page of `context` from now on, with `name` in front. */
  attach(context: BrowserContext, name: string, hasScript: boolean): void {
    const record = (text: string) => this.problems.push(`${name}: ${text}`);
    context.on('weberror', (webError) => {
      const text = String(webError.error().stack ?? webError.error());
      if (!this.isAllowed(text)) record(`page error: ${text}`);
    });
    context.on('console', (message) => {
      // Chromium also logs refused and failed requests here. The listeners below have more details.
      const isRequest = message.text().startsWith('Failed to load resource: ');
      // Without JavaScript, and on a slow machine, scripts are preloaded and not used within a few seconds.
      const isUnusedPreload = message.text().includes('was preloaded using link preload but not used');
      if (['error', 'warning', 'assert'].includes(message.type()) && !isRequest && !isUnusedPreload && !this.isAllowed(message.text())) {
        record(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const isAllowed = this.origins.includes(origin) || ['data:', 'blob:', 'about:'].includes(protocol);
      if (!isAllowed) record(`request to another origin: ${request.url()}`);
    });
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? 'without a reason';
      // The browser aborts requests of a page that is left or closed.
      const isAborted = reason === 'net::ERR_ABORTED';
      // Chromium's reason for a script that it does not load because JavaScript is off.
      const isScriptTurnedOff = !hasScript && request.resourceType() === 'script' && reason === 'csp';
      if (!isAborted && !isScriptTurnedOff && !this.failures.includes(reason)) record(`request failed: ${describe(request)}: ${reason}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 400 && !this.isExpected(response)) {
        record(`status ${response.status()} for ${describe(response.request())}`);
      }
    });
  }

  /** Announces at least one response with `status` to a request whose path contains `path`. */
  expectStatus(status: number, path: string): void {
    this.expected.push({ status, path, isSeen: false });
  }

  /** Allows responses with `status` to requests whose path contains `path`, until the returned function is called. */
  allowStatus(status: number, path: string): () => void {
    const possible = { status, path };
    this.possible.push(possible);
    return () => void this.possible.splice(this.possible.indexOf(possible), 1);
  }

  /** Allows requests to fail for `reason`. */
  allowFailure(reason: string): void {
    this.failures.push(reason);
  }

  /** Allows console and page errors that contain `text`. */
  allowConsole(text: string): void {
    this.allowed.push(text);
  }

  /** Returns the problems since the last call, and the announced statuses that did not come. */
  takeProblems(): string[] {
    const missing = this.expected.splice(0).filter((expected) => !expected.isSeen);
    return [...this.problems.splice(0), ...missing.map(({ status, path }) => `no response with status ${status} from ${path}`)];
  }

  private isAllowed(message: string): boolean {
    return this.allowed.some((text) => message.includes(text));
  }

  private isExpected(response: Response): boolean {
    const { pathname } = new URL(response.url());
    const matching = this.expected.filter(({ status, path }) => status === response.status() && pathname.includes(path));
    for (const expected of matching) expected.isSeen = true;
    return matching.length > 0 || this.possible.some(({ status, path }) => status === response.status() && pathname.includes(path));
  }
}

/** Method and URL, without the query, which may be long. */
function describe(request: Request): string {
  const { origin, pathname } = new URL(request.url());
  return `${request.method()} ${origin}${pathname}`;
}
