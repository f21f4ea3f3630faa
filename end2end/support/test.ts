// What the tests start from: people with browsers of their own, watched.
import { test as base, expect } from '@playwright/test';

import { Person } from './person';
import { STACKS, type Stack, type StackName } from './stacks';
import { Watch } from './watch';

export { expect };

export interface Options {
  /** The site that the test is about. */
  stackName: StackName;
}

interface Fixtures {
  stack: Stack;
  watch: Watch;
  /** Somebody with a fresh browser, who has no account yet. */
  visitor: (name?: string) => Promise<Person>;
  /** Somebody who has just signed up, and has no page open yet. */
  member: (name?: string) => Promise<Person>;
}

export const test = base.extend<Options & Fixtures>({
  stackName: ['main', { option: true }],
  stack: async ({ stackName }, use) => use(STACKS[stackName]),
  baseURL: async ({ stack }, use) => use(stack.url),

  // Asserts after the test: automatic, so that no test can forget it.
  watch: [
    async ({ stack }, use) => {
      const watch = new Watch([stack.url, stack.sim]);
      await use(watch);
      expect(watch.take(), 'what went wrong in the browsers').toEqual([]);
    },
    { auto: true },
  ],

  visitor: async ({ browser, watch, javaScriptEnabled }, use) => {
    const people: Person[] = [];
    await use(async (name = 'visitor') => {
      const context = await browser.newContext();
      const hasScript = javaScriptEnabled !== false;
      watch.follow(context, name, hasScript);
      const person = new Person(name, await context.newPage(), watch, hasScript);
      people.push(person);
      return person;
    });
    for (const person of people) await person.page.context().close();
  },

  member: async ({ visitor }, use) => {
    await use(async (name = 'member') => {
      const person = await visitor(name);
      await person.signUpUnseen();
      return person;
    });
  },
});
