// The fixtures of the tests: users with browsers of their own, and the guard.
import { test as base, expect } from '@playwright/test';

import { Person } from './person';
import { STACKS, type Stack, type StackName } from './stacks';
import { BrowserGuard } from './guard';

export { expect };

export interface Options {
  /** The stack that the test uses. */
  stackName: StackName;
}

interface Fixtures {
  stack: Stack;
  guard: BrowserGuard;
  /** A user with a new browser and no account. */
  visitor: (name?: string) => Promise<Person>;
  /** A user who has just signed up and has no page open yet. */
  member: (name?: string) => Promise<Person>;
}

export const test = base.extend<Options & Fixtures>({
  stackName: ['main', { option: true }],
  stack: async ({ stackName }, use) => use(STACKS[stackName]),
  baseURL: async ({ stack }, use) => use(stack.url),

  // Automatic, so that it checks every test at the end.
  guard: [
    async ({ stack }, use) => {
      const guard = new BrowserGuard([stack.url, stack.sim]);
      await use(guard);
      expect(guard.takeProblems(), 'problems in the browsers').toEqual([]);
    },
    { auto: true },
  ],

  visitor: async ({ browser, guard, javaScriptEnabled, stack }, use) => {
    const people: Person[] = [];
    await use(async (name = 'visitor') => {
      const context = await browser.newContext();
      const hasScript = javaScriptEnabled !== false;
      guard.attach(context, name, hasScript);
      const person = new Person(name, await context.newPage(), guard, hasScript, stack);
      people.push(person);
      return person;
    });
    for (const person of people) await person.page.context().close();
  },

  member: async ({ visitor }, use) => {
    await use(async (name = 'member') => {
      const person = await visitor(name);
      await person.signUpByRequest();
      return person;
    });
  },
});
