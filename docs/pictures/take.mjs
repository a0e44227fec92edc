// Takes the README's pictures from a running playground on fresh data:
//
//   cargo run -- playground          (in another terminal)
//   npm install playwright-core      (anywhere; set CHROMIUM if it is not /usr/bin/chromium)
//   node docs/pictures/take.mjs http://127.0.0.1:8080 docs/pictures
//
// Debian's pngquant, where it is installed, makes them a third as large.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [base, folder] = process.argv.slice(2);

async function act(what) {
  const answer = await fetch(`${base}/api/act`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  });
  const { ok, error, messages } = await answer.json();
  if (!ok) throw new Error(error);
  return messages;
}

async function live() {
  await act({ as: 'ana', channel: 'lab', slash: '/stream create name:orders shards:3' });
  const [record] = await act({ as: 'ana', channel: 'lab', slash: '/stream put name:orders key:user-1 data:paid-45' });
  for (const who of ['ben', 'chloe']) await act({ as: who, message: record.id, react: '👏' });
  await act({ as: 'ben', channel: 'general', say: 'Morning! Who has read M1?' });
  await act({ as: 'ana', channel: 'lessons', slash: '/lesson next' });
  await act({ as: 'ana', channel: 'lessons', slash: '/quiz' });
}

const PICTURES = [
  { file: 'playground-dark.png', scheme: 'dark', channel: 'lab', width: 1280, height: 860 },
  { file: 'playground-light.png', scheme: 'light', channel: 'lab', width: 1280, height: 860 },
  { file: 'phone.png', scheme: 'dark', channel: 'Quiz', width: 390, height: 780 },
];

async function take(browser, { file, scheme, channel, width, height }) {
  const phone = width < 760;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, hasTouch: phone });
  await page.addInitScript(() => localStorage.setItem('tour', 'seen'));
  await page.goto(base);
  if (phone) await page.getByRole('button', { name: 'Channels and people' }).click();
  await page.locator('.channel', { hasText: channel }).first().click();
  await page.locator('#channel-name').filter({ hasText: channel }).waitFor();
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await page.evaluate(() => document.activeElement.blur());
  // The list of channels slides away.
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState === 'finished'));
  const path = join(folder, file);
  await page.screenshot({ path });
  spawnSync('pngquant', ['--force', '--skip-if-larger', '--strip', '--output', path, path]);
  await page.close();
}

await live();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
for (const picture of PICTURES) await take(browser, picture);
await browser.close();
