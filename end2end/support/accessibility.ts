// Accessibility checks: axe, narrow and wide, light and dark.
import AxeBuilder from '@axe-core/playwright';

import type { Person } from './person';
import { expect } from './test';

const WIDTHS = [375, 1280];
const SCHEMES = ['light', 'dark'] as const;
/** With `GITTIX_SHOTS=FOLDER` a screenshot of every check is saved there. */
const SHOTS = process.env.GITTIX_SHOTS;

/**
 * Expects no violation that axe calls serious or critical, in both colour schemes and at both widths, and no
 * horizontal scrolling. `prepare` brings a freshly loaded page into the state to check.
 */
export async function expectAccessible(person: Person, path: string, name: string, prepare?: () => Promise<void>): Promise<void> {
  const { page } = person;
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    await person.open(path);
    await prepare?.();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      const check = `${name}-${width}-${colorScheme}`;
      if (SHOTS) await page.screenshot({ path: `${SHOTS}/${check}.png`, fullPage: true });
      const overflow = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth);
      expect(overflow, `${check}: pixels of horizontal overflow`).toBeLessThanOrEqual(0);
      // Without frames of another origin the legacy mode of axe finds the same and is faster.
      const hasFrames = (await page.locator('iframe').count()) > 0;
      const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(!hasFrames).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), `${check}: axe`).toEqual([]);
    }
  }
}
