// What the stories share: the real program on a folder of its own, a real browser, and what must hold of every visit:
// no error in the console, no request beyond the page's own server.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = process.env.PROJECT ?? join(dirname(fileURLToPath(import.meta.url)), '../../..');
const PROGRAM = process.env.TRIBUTARY ?? join(ROOT, 'target/debug/tributary');
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const SIZES = { phone: { width: 390, height: 844 }, tablet: { width: 820, height: 1180 }, desk: { width: 1440, height: 900 } };

/** The playground, running in a copy of the content, so that a story can change it. */
export class House {
  static async open() {
    const house = new House();
    house.folder = await mkdtemp(join(tmpdir(), 'page-'));
    for (const part of ['lessons/library', 'lessons/tracks', 'lessons/glossary.toml', 'quizzes/bank']) {
      await cp(join(ROOT, part), join(house.folder, part), { recursive: true });
    }
    const flags = ['playground', '--port', '0', '--aws-port', '0', '--data', join(house.folder, 'data')];
    house.process = spawn(PROGRAM, flags, { cwd: house.folder, env: { ...process.env, NO_COLOR: '1' } });
    house.base = await new Promise((resolve, reject) => {
      let said = '';
      const hear = (chunk) => {
        said += chunk;
        const page = /page {2}(http:\S+)/.exec(said);
        if (page && said.includes('Ctrl-C stops')) resolve(page[1]);
      };
      house.process.stdout.on('data', hear);
      house.process.stderr.on('data', hear);
      house.process.on('error', reject);
      house.process.on('exit', () => reject(new Error(`the program ended:\n${said}`)));
    });
    house.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    });
    return house;
  }

  async close() {
    await this.browser?.close();
    const ended = new Promise((resolve) => { this.process.removeAllListeners('exit'); this.process.on('exit', resolve); });
    this.process.kill('SIGTERM');
    await ended;
    await rm(this.folder, { recursive: true });
  }

  async post(path, body) {
    const answer = await fetch(this.base + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    return answer.json();
  }

  async act(body) {
    const answer = await this.post('/api/act', body);
    assert.ok(answer.ok, `${JSON.stringify(body)}: ${answer.error}`);
    return answer;
  }

  /** A request as the bot makes it. */
  async api(method, path, body) {
    const headers = { authorization: 'Bot story', 'content-type': 'application/json' };
    const answer = await fetch(`${this.base}/api/v10${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async channel(name) {
    return (await this.state()).channels.find((channel) => channel.name === name).id;
  }

  async state() {
    return (await fetch(`${this.base}/api/state`)).json();
  }

  /** A visit of somebody; the tour is over unless it is what the story is about. */
  async visit({ size = 'desk', scheme = 'dark', as = 'ana', tour = false } = {}) {
    const context = await this.browser.newContext({ viewport: SIZES[size], colorScheme: scheme, hasTouch: size === 'phone', reducedMotion: 'reduce' });
    await context.addInitScript(([who, seen]) => {
      localStorage.setItem('as', who);
      if (seen && localStorage.getItem('tour') === null) localStorage.setItem('tour', 'seen');
    }, [as, !tour]);
    const page = await context.newPage();
    const wrong = [];
    page.on('console', (message) => { if (message.type() === 'error') wrong.push(message.text()); });
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== this.base && protocol !== 'data:') wrong.push(`a request to ${request.url()}`);
    });
    await page.goto(this.base);
    await page.locator('#guild').filter({ hasText: 'Demo' }).waitFor();
    await page.locator('.channel').first().waitFor();
    return Object.assign(page, { wrong });
  }
}

/** Ends a visit; what went wrong in it fails the story. */
export async function leave(page) {
  assert.deepEqual(page.wrong, []);
  await page.context().close();
}

/** Types a line into the box and sends it. */
export async function type(page, text) {
  await page.locator('#line').fill(text);
  await page.locator('#line').press('Escape');
  await page.locator('#line').press('Enter');
}

export const message = (page) => page.locator('#log .message').filter({ has: page.locator('.body') });

/** Nothing in sight hinders somebody who sees, hears or types otherwise, as far as a program can tell. */
export async function check(page, where) {
  // By way of the debugger: the page's content policy lets no script in.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  const told = violations.map((one) => `${one.id}: ${one.help}\n  ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary.split('\n')[1] ?? ''}`).join('\n  ')}`);
  assert.deepEqual(told, [], where);
}
