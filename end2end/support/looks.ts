// How a page looks: to axe, on a telephone and on a desk, by day and by night.
import AxeBuilder from '@axe-core/playwright';

import type { Person } from './person';
import { expect } from './test';

const WIDTHS = [375, 1280];
const SCHEMES = ['light', 'dark'] as const;
/** With `GITTIX_SHOTS=FOLDER` every look is saved there, for people. */
const SHOTS = process.env.GITTIX_SHOTS;

/**
 * No violation that axe calls serious or critical, in both schemes and at both widths, and
 * nothing that sticks out sideways. `prepare` brings a freshly loaded page to the state that is meant.
 */
export async function expectAccessible(person: Person, path: string, name: string, prepare?: () => Promise<void>): Promise<void> {
  const { page } = person;
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await person.open(path);
    await prepare?.();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const look = `${name}-${width}-${colorScheme}`;
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${look}.png`, fullPage: true });
      const wide = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(wide, `${look}: pixels that stick out`).toBeLessThanOrEqual(0);
      // Without frames of another origin the quicker way of running axe sees as much.
      const hasFrames = (await page.locator('iframe').count()) > 0;
      const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(!hasFrames).analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), `${look}: axe`).toEqual([]);
    }
  }
}
