// The data of a listing.
import type { Page } from '@playwright/test';

/** The fields of the listing form, by label. */
export interface Listing {
  Event: string;
  Category: string;
  Venue: string;
  City: string;
  'Date and time': string;
  /** Asked for only if the venue is new. */
  'Time zone': string;
  Section: string;
  Row: string;
  /** One seat, or several like `12-15`. */
  Seat: string;
  'Number of tickets': string;
  'Sell them': string;
  Price: string;
  'Face value': string;
  /** How the price falls by itself. */
  'Lower the price'?: string;
  'By how much'?: string;
  'Not below'?: string;
}

const run = Date.now().toString(36);
let count = 0;

/** Text that is unique across all tests and workers. */
export function unique(text: string): string {
  count += 1;
  return `${text} ${run}-${process.env.TEST_WORKER_INDEX ?? '0'}-${count}`;
}

/** `YYYY-MM-DDTHH:MM`, `days` from today at the venue of `newListing`. */
export function inDays(days: number, time = '20:00'): string {
  // Swedes write dates as forms do.
  const date = new Date(Date.now() + days * 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Europe/Amsterdam' });
  return `${date}T${time}`;
}

/** A valid listing with a unique event. */
export function newListing(changes: Partial<Listing> = {}): Listing {
  return {
    Event: unique('The Night Ferry'),
    Category: 'Concert',
    Venue: 'Harbour Hall',
    City: 'Rotterdam',
    'Date and time': inDays(40),
    'Time zone': 'Amsterdam (Europe)',
    Section: 'B',
    Row: '14',
    Seat: '7',
    'Number of tickets': '',
    'Sell them': 'Any number',
    Price: '49.50',
    'Face value': '55.00',
    ...changes,
  };
}

/** The fields of the listing form that are selects. */
export const SELECTS = ['Category', 'Time zone', 'Sell them', 'Lower the price'];

/** Fills `fields` into the listing form, apart from a time zone that it does not ask for. */
export async function fillListing(page: Page, fields: Partial<Listing>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) {
    const field = page.getByLabel(label, { exact: true });
    if (label === 'Time zone' && !(await field.isVisible())) continue;
    if (SELECTS.includes(label)) await field.selectOption({ label: value });
    else await field.fill(value);
  }
}
