// Reads the codes that a page draws, with another reader than the site's: ZXing's own, in JavaScript.
import type { Locator } from '@playwright/test';
import { BinaryBitmap, DecodeHintType, HybridBinarizer, MultiFormatReader, RGBLuminanceSource } from '@zxing/library';

/** Pixels of one module, as on a screen. */
const PIXELS = 6;

/** What the drawn code says. The picture is drawn of its own path, module by module. */
export async function readCode(code: Locator): Promise<string> {
  const svg = code.locator('svg');
  const [, , across = 0, down = 0] = (await svg.getAttribute('viewBox'))?.split(' ').map(Number) ?? [];
  const path = (await svg.locator('path').getAttribute('d')) ?? '';
  const [width, height] = [across * PIXELS, down * PIXELS];
  const light = new Uint8ClampedArray(width * height).fill(255);
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * PIXELS; row < (Number(y) + 1) * PIXELS; row++) {
      light.fill(0, row * width + Number(x) * PIXELS, row * width + (Number(x) + Number(run)) * PIXELS);
    }
  }
  const reader = new MultiFormatReader();
  const bitmap = new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(light, width, height)));
  return reader.decode(bitmap, new Map([[DecodeHintType.TRY_HARDER, true]])).getText();
}
