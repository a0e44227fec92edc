// The page as people use it, at a desk and on a phone, with a pointer, with the keyboard alone, and as a screen reader
// is told of it.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { House, check, leave, message, type } from './house.mjs';

let house;
before(async () => { house = await House.open(); });
after(async () => { await house?.close(); });
beforeEach(async () => { assert.ok((await house.post('/api/reset', {})).ok); });

test('a newcomer is shown around in five steps, once', async () => {
  const page = await house.visit({ tour: true });
  const card = page.getByRole('dialog', { name: /four people/ });
  await card.waitFor();
  for (const [step, words] of [[2, /Channels and threads/], [3, /lesson next/], [4, /Time is yours/], [5, /Break it/]]) {
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: words }).waitFor();
    assert.match(await page.locator('.tour-count').textContent(), new RegExp(`${step} of 5`));
  }
  await page.keyboard.press('Enter');
  await page.locator('.tour-card').waitFor({ state: 'detached' });
  await page.reload();
  await page.locator('.channel').first().waitFor();
  assert.equal(await page.locator('.tour-card').count(), 0);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: /Show me around/ }).click();
  await page.locator('.tour-card').waitFor();
  await page.keyboard.press('Escape');
  await leave(page);
});

test('ana reads a lesson with the keyboard alone, and only she sees it', async () => {
  const page = await house.visit();
  const line = page.locator('#line');
  await line.focus();
  await page.keyboard.type('/lesson ne');
  const list = page.getByRole('listbox', { name: 'Suggestions' });
  await list.waitFor();
  const active = await line.getAttribute('aria-activedescendant');
  const option = page.locator(`#${active}`);
  assert.equal(await option.getAttribute('role'), 'option');
  assert.match(await option.textContent(), /\/lesson next.*\S/s);
  await page.keyboard.press('Tab');
  assert.equal(await line.inputValue(), '/lesson next ');
  await page.keyboard.press('Enter');
  const lesson = message(page).filter({ hasText: 'Only you can see this' });
  await lesson.getByText('Page 1 of 8').waitFor();
  await lesson.getByRole('button', { name: 'Next' }).focus();
  await page.keyboard.press('Enter');
  await lesson.getByText('Page 2 of 8').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Next', 'the keyboard stays where it was');
  await lesson.getByRole('button', { name: 'Done' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('5 points', { exact: false }).first().waitFor();
  await page.getByRole('radio', { name: 'ben' }).click();
  await page.locator('#log').getByText('Page 2 of 8').waitFor({ state: 'detached' });
  await leave(page);
});

test('a quiz goes on in its own thread, its choices outlive a redraw, its explanation is typed into a form', async () => {
  const page = await house.visit();
  await type(page, '/quiz');
  await page.getByRole('button', { name: 'Go there' }).click();
  await page.locator('#channel-name').filter({ hasText: 'Quiz' }).waitFor();
  const thread = (await house.state()).channels.find((channel) => channel.kind === 'private_thread');
  for (let turn = 0; turn < 9; turn += 1) {
    const open = (await house.state()).messages[thread.id].at(-1);
    const parts = open.components.flatMap((row) => row.components);
    const pick = parts.find((part) => part.type === 3);
    const answer = parts.find((part) => ['Answer', 'Try again'].includes(part.label));
    const button = parts.find((part) => part.custom_id?.startsWith('quiz:pick') && part.type === 2);
    const here = page.locator(`.message[data-id="${open.id}"]`);
    if (pick) {
      await here.locator('.picker-open').click();
      await here.getByRole('option').first().click();
      await house.act({ as: 'ana', message: open.id, click: 'Hint' });
      await here.getByText('💡').waitFor();
      assert.match(await here.locator('.picker-open').textContent(), new RegExp(escaped(pick.options[0].label)), 'the choice is still in hand');
      await here.locator('.picker-open').click();
      await here.getByRole('button', { name: 'Choose', exact: true }).click();
    } else if (answer) {
      await here.getByRole('button', { name: answer.label }).click();
      const form = page.getByRole('dialog');
      await form.locator('textarea, input').first().fill('');
      await form.getByRole('button', { name: 'Submit' }).click();
      await form.getByText('Please write something here.').waitFor();
      await form.locator('textarea, input').first().fill('Because the input never ends, so you cannot wait for all of it.');
      await form.getByRole('button', { name: 'Submit' }).click();
      await form.waitFor({ state: 'detached' });
    } else if (button) {
      await here.getByRole('button', { name: button.label }).click();
    } else {
      return leave(page);
    }
    await page.waitForFunction(([id, count]) => {
      const node = document.querySelector(`.message[data-id="${id}"]`);
      return node?.textContent !== count;
    }, [open.id, await here.textContent()], { timeout: 3000 }).catch(() => {});
  }
  await leave(page);
});

test('what is new elsewhere is marked until it is seen, and an edit is drawn in its place', async () => {
  const page = await house.visit();
  await house.act({ as: 'ben', channel: 'general', say: 'Morning!' });
  const general = page.locator('.channel', { hasText: 'general' });
  await general.getByText('new messages').waitFor({ state: 'attached' });
  await general.click();
  await page.getByText('Morning!').waitFor();
  await general.getByText('new messages').waitFor({ state: 'detached' });
  await page.locator('.channel', { hasText: 'lab' }).click();
  await type(page, '/stream create name:orders shards:2');
  await message(page).getByRole('heading', { name: /orders is ACTIVE/ }).waitFor();
  const picture = page.locator('#log img[alt^="Shard map"]');
  await picture.click();
  await page.getByRole('dialog', { name: 'Picture' }).locator('figcaption').getByText('Shard map of the stream orders').waitFor();
  await page.keyboard.press('Escape');
  await leave(page);
});

test('a line that cannot be sent comes back with the reason', async () => {
  const page = await house.visit();
  await type(page, '/stream put name:orders');
  await page.getByRole('alert').filter({ hasText: 'key' }).waitFor();
  assert.equal(await page.locator('#line').inputValue(), '/stream put name:orders');
  await type(page, '/moderate review');
  await page.getByRole('alert').filter({ hasText: /\S/ }).waitFor();
  await leave(page);
});

test('time runs to the next lesson, with everything due on the way', async () => {
  const page = await house.visit();
  await page.getByRole('button', { name: 'Next lesson' }).click();
  await message(page).getByRole('heading', { name: /M1 · What are streams/ }).waitFor({ timeout: 20_000 });
  assert.match(await page.locator('#clock time').textContent(), /09:00/);
  await page.getByRole('button', { name: 'Open the thread' }).or(page.locator('.thread-link')).first().click();
  await page.locator('#log').getByText('A thread in').waitFor();
  await page.getByRole('button', { name: 'Move the clock' }).click();
  await page.getByRole('menuitem', { name: 'Three days on' }).click();
  await page.locator('.toast').filter({ hasText: 'It is' }).waitFor({ timeout: 30_000 });
  await leave(page);
});

test('Discord is broken on purpose, the bot says so in words, and all is made well again', async () => {
  const page = await house.visit();
  await page.getByRole('button', { name: 'Break things on purpose' }).click();
  const panel = page.getByRole('dialog', { name: 'Break things on purpose' });
  await panel.getByRole('button', { name: 'Hang up' }).click();
  await panel.getByRole('button', { name: 'Make everything well again' }).click();
  await page.keyboard.press('Escape');
  await type(page, '/today');
  await message(page).getByText('0 of 15 modules').first().waitFor();
  await leave(page);
});

test('starting over asks first, and then forgets', async () => {
  const page = await house.visit();
  await type(page, '/today');
  await message(page).getByText('0 of 15 modules').first().waitFor();
  const more = async () => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem', { name: /Start over/ }).click();
  };
  await more();
  await page.getByRole('dialog', { name: 'Start over?' }).getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await message(page).count(), 1);
  await more();
  await page.getByRole('button', { name: 'Forget everything' }).click();
  await page.locator('.toast').filter({ hasText: 'Everything is new' }).waitFor();
  assert.equal(await message(page).count(), 0);
  await type(page, '/today');
  await message(page).getByText('0 of 15 modules').first().waitFor();
  await leave(page);
});

test('an author sees a module as members will, and what was just saved', async () => {
  const page = await house.visit();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: /For authors/ }).click();
  const panel = page.getByRole('dialog', { name: 'For authors' });
  await panel.getByText('Read from the files').waitFor();
  await panel.getByRole('region', { name: 'The post' }).getByText('The fraud report was right').waitFor();
  const file = join(house.folder, 'lessons/library/what-are-streams.md');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('The fraud report was right', 'The fraud report was early'));
  await panel.getByText('The fraud report was early').first().waitFor();
  await panel.getByRole('tab', { name: /Quiz/ }).click();
  await panel.getByText('The key').first().click();
  await panel.locator('.key pre').first().getByText('✓').waitFor();
  await writeFile(file, text.replace('+++', '+++\ncolour = "red"'));
  await panel.getByRole('tab', { name: /Findings/ }).click();
  await panel.getByText('what-are-streams.md:2').waitFor();
  await writeFile(file, text);
  await leave(page);
});

test('no other page can hold this one in a frame', async () => {
  const { headers } = await fetch(house.base);
  assert.equal(headers.get('content-security-policy'), "frame-ancestors 'none'");
});

test('colours are chosen and remembered', async () => {
  const page = await house.visit({ scheme: 'light' });
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await back();
  const turned = () => page.waitForFunction((before) => getComputedStyle(document.body).backgroundColor !== before, light);
  await page.locator('#theme').click();
  await turned();
  await page.reload();
  await turned();
  await leave(page);
});

test('on a phone the list of channels folds away, and nothing is wider than the screen', async () => {
  const page = await house.visit({ size: 'phone' });
  assert.ok(await page.locator('#side').evaluate((side) => side.inert), 'folded away, it is out of reach of the keyboard too');
  await page.getByRole('button', { name: 'Channels and people' }).click();
  await page.locator('.channel', { hasText: 'lab' }).click();
  await page.locator('#channel-name').filter({ hasText: 'lab' }).waitFor();
  await type(page, '/stream create name:orders shards:3');
  await message(page).getByRole('heading', { name: /orders is ACTIVE/ }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} pixels too wide`);
  await leave(page);
});

for (const scheme of ['dark', 'light']) {
  for (const size of ['phone', 'desk']) {
    test(`a screen reader finds its way: ${size}, ${scheme}`, async () => {
      const page = await house.visit({ size, scheme });
      await type(page, '/lesson next');
      await message(page).getByText('Page 1 of 8').waitFor();
      await check(page, 'a lesson');
      await page.locator('#line').fill('/stream ');
      await page.getByRole('listbox', { name: 'Suggestions' }).waitFor();
      await check(page, 'suggestions');
      await page.locator('#line').fill('');
      await page.getByRole('button', { name: 'Break things on purpose' }).click();
      await check(page, 'faults');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await check(page, 'a menu');
      await page.getByRole('menuitem', { name: /For authors/ }).click();
      await page.getByRole('region', { name: 'The post' }).waitFor();
      await check(page, 'the authors’ panel');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: /Show me around/ }).click();
      await check(page, 'the tour');
      await leave(page);
    });
  }
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
