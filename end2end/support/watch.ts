// The guard behind every test: whatever goes wrong in a browser fails it, whether or not
// the test looks there.
import type { BrowserContext, Request, Response } from '@playwright/test';

interface Refusal {
  status: number;
  path: string;
  isSeen: boolean;
}

/**
 * Writes down every console message above information, page error, failed request, answer
 * from 400 on, and request to a stranger. What a test means to provoke it announces by
 * `expects`; an announced refusal that does not come is a problem, too.
 */
export class Watch {
  private readonly found: string[] = [];
  private readonly refusals: Refusal[] = [];
  private readonly allowed: string[] = [];

  /** `origins` are those that pages may talk to. */
  constructor(private readonly origins: string[]) {}

  /** Every page of `context`, from now on; `who` is for the report. */
  follow(context: BrowserContext, who: string, hasScript: boolean): void {
    const note = (text: string) => this.found.push(`${who}: ${text}`);
    context.on('weberror', (webError) => note(`page error: ${webError.error().stack ?? webError.error()}`));
    context.on('console', (message) => {
      // Chromium repeats a refused or failed request here, with less than the listeners below know.
      const isEcho = message.text().startsWith('Failed to load resource: ');
      // With JavaScript off nothing wants what was loaded for it.
      const isUnwanted = !hasScript && message.text().includes('was preloaded using link preload but not used');
      if (['error', 'warning', 'assert'].includes(message.type()) && !isEcho && !isUnwanted && !this.isAllowed(message.text())) {
        note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      const isLocal = this.origins.includes(origin) || ['data:', 'blob:', 'about:'].includes(protocol);
      if (!isLocal) note(`request to a stranger: ${request.url()}`);
    });
    context.on('requestfailed', (request) => {
      const reason = request.failure()?.errorText ?? 'for no reason told';
      // What the browser itself gave up because its page was left or closed.
      const isGivenUp = reason === 'net::ERR_ABORTED';
      // So Chromium calls a script that it does not load because JavaScript is off.
      const isScriptTurnedOff = !hasScript && request.resourceType() === 'script' && reason === 'csp';
      if (!isGivenUp && !isScriptTurnedOff) note(`request failed: ${describe(request)}: ${reason}`);
    });
    context.on('response', (response) => {
      if (response.status() >= 400 && !this.isExpected(response)) {
        note(`answer ${response.status()} to ${describe(response.request())}`);
      }
    });
  }

  /** Announces that requests whose path contains `path` may be answered with `status`, and one will be. */
  expects(status: number, path: string): void {
    this.refusals.push({ status, path, isSeen: false });
  }

  /** Announces that the console may show errors that contain `text`. */
  allows(text: string): void {
    this.allowed.push(text);
  }

  /** All that went wrong since it was last asked, and all that was announced and did not come. */
  take(): string[] {
    const missing = this.refusals.splice(0).filter((refusal) => !refusal.isSeen);
    return [...this.found.splice(0), ...missing.map(({ status, path }) => `no answer ${status} came to ${path}`)];
  }

  private isAllowed(text: string): boolean {
    return this.allowed.some((part) => text.includes(part));
  }

  private isExpected(response: Response): boolean {
    const { pathname } = new URL(response.url());
    const matching = this.refusals.filter(({ status, path }) => status === response.status() && pathname.includes(path));
    for (const refusal of matching) refusal.isSeen = true;
    return matching.length > 0;
  }
}

/** Without the query, which may be long. */
function describe(request: Request): string {
  const { origin, pathname } = new URL(request.url());
  return `${request.method()} ${origin}${pathname}`;
}
