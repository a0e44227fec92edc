// Takes the README's picture from a running playground on fresh data:
//
//   cargo run -- playground          (in another terminal)
//   npm install playwright-core      (anywhere; set CHROMIUM if it is not /usr/bin/chromium)
//   node docs/pictures/take.mjs http://127.0.0.1:8080 docs/pictures/playground.png
import { chromium } from 'playwright-core';

const [base, file] = process.argv.slice(2);

async function act(what) {
  const answer = await fetch(`${base}/api/act`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  });
  const { ok, error } = await answer.json();
  if (!ok) throw new Error(error);
}

await act({ as: 'ana', channel: 'lab', slash: '/stream create name:orders shards:3' });
await act({ as: 'ana', channel: 'lab', slash: '/stream put name:orders key:user-1 data:paid-45' });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'dark' });
await page.goto(base);
await page.getByRole('button', { name: 'Skip' }).click();
await page.getByRole('link', { name: 'lab' }).or(page.getByRole('button', { name: 'lab' })).first().click();
await page.getByText('Why shard').waitFor();
await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {});
await page.screenshot({ path: file });
await browser.close();
