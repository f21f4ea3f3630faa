// The samples that a browser makes: pages printed to PDF, and screenshots. See make.sh.
//   node make.mjs FOLDER
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const { chromium } = createRequire(join(import.meta.dirname, '../../package.json'))('@playwright/test');
// Not a package of the project: make.sh says where it is.
const bwip = createRequire(join(process.env.BWIP_FOLDER, 'package.json'))('bwip-js');

const svg = (bcid, text, more = {}) => bwip.toSVG({ bcid, text, scale: 2, ...more });
const png = async (bcid, text, more = {}) =>
  `<img src="data:image/png;base64,${(await bwip.toBuffer({ bcid, text, scale: 4, ...more })).toString('base64')}">`;
const page = (title, lines, code, style = '') => `<!doctype html><title>${title}</title><style>
  body { font: 16px/1.5 'DejaVu Sans', sans-serif; margin: 24px } svg, img { width: 200px } ${style}</style>
  <h1>${title}</h1>${lines.map((line) => `<p>${line}</p>`).join('')}${code}`;
const dark = 'body { background: #16181d; color: #eee } .card { background: #fff; padding: 16px; width: 200px; border-radius: 12px }';

const pdfs = {
  'chromium-qr-phone.pdf': [
    page('Moonlight Cinema', ['Sat 10 July 2027, 21:45', 'Row 9, Seat 22'], svg('qrcode', 'MLC-100727-9-22-AB12')),
    { width: '375px', height: '812px' },
  ],
  'chromium-aztec-a4.pdf': [page('Rail & Stadium', ['Gate C, Block 114, Row 20, Seat 3'], svg('azteccode', 'RS-114-20-3-8842XQ')), { format: 'A4' }],
  'chromium-pdf417-a4.pdf': [
    page('Grand Prix Weekend', ['Grandstand K, Row 15, Seat 88'], await png('pdf417', 'GPW2027 K 15 88 5501-9923', { columns: 5 }), 'img { width: 320px }'),
    { format: 'A4' },
  ],
  'chromium-datamatrix-a4.pdf': [page('Tech Forum', ['Two days, badge 0911'], svg('datamatrix', 'TF27-0911-KLM'), 'svg { width: 110px }'), { format: 'A4' }],
  'chromium-code128-a4.pdf': [page('Folk Club', ['Door 3, General admission'], svg('code128', 'FOLK-0003-7781', { height: 14 }), 'svg { width: 300px }'), { format: 'A4' }],
  'chromium-qr-colour.pdf': [
    page('Neon Nights', ['VIP terrace'], svg('qrcode', 'NEON-VIP-00231', { barcolor: '7a1fa2', eclevel: 'H' }), 'body { background: #fff6d6 }'),
    { format: 'A4', printBackground: true },
  ],
  'chromium-four-kinds.pdf': [
    page(
      'Season pass',
      ['Four doors, four codes'],
      [svg('qrcode', 'SEASON-QR-1'), svg('azteccode', 'SEASON-AZ-2'), svg('datamatrix', 'SEASON-DM-3'), svg('pdf417', 'SEASON-417-4', { columns: 4 })]
        .map((code) => `<p style="margin: 40px">${code}</p>`)
        .join(''),
      'svg { width: 140px }',
    ),
    { format: 'A4' },
  ],
};
const shots = {
  'screenshot-qr.png': page('Moonlight Cinema', ['Row 9, Seat 23'], svg('qrcode', 'MLC-100727-9-23-CD34')),
  'screenshot-qr-dark.png': page('Moonlight Cinema', ['Row 9, Seat 24'], `<div class="card">${svg('qrcode', 'MLC-100727-9-24-EF56')}</div>`, dark),
  'screenshot-qr-inverted.png': page('Moonlight Cinema', ['Row 9, Seat 25'], svg('qrcode', 'MLC-100727-9-25-GH78', { barcolor: 'eeeeee' }), dark),
  'screenshot-aztec-inverted.png': page('Rail', ['Car 3'], svg('azteccode', 'RAIL-3-INV-77', { barcolor: 'eeeeee' }), dark),
  'screenshot-pdf417.png': page('Grand Prix', ['Grandstand K'], svg('pdf417', 'GPW2027 K 15 89 5501', { columns: 4 }), 'svg { width: 320px }'),
  'screenshot-code128.jpg': page('Folk Club', ['Door 4'], svg('code128', 'FOLK-0004-7782', { height: 14 }), 'svg { width: 300px }'),
};

const browser = await chromium.launch({ executablePath: process.env.GITTIX_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [name, [html, options]] of Object.entries(pdfs)) {
  const tab = await browser.newPage();
  await tab.setContent(html);
  await tab.pdf({ path: join(folder, name), ...options });
  await tab.close();
}
for (const [name, html] of Object.entries(shots)) {
  const tab = await browser.newPage({ viewport: { width: 375, height: 700 }, deviceScaleFactor: 2 });
  await tab.setContent(html);
  await tab.screenshot({ path: join(folder, name), ...(name.endsWith('.jpg') ? { quality: 60 } : {}) });
  await tab.close();
}
await browser.close();
