// What people see and do around the talk: reactions, polls, forums, pins, what is planned, who is here, and what only one sees.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { House, check, leave, message, type } from './house.mjs';

const MANAGE_CHANNELS = 1n << 4n;
const CREATE_EVENTS = 1n << 44n;

let house;
before(async () => { house = await House.open(); });
after(async () => { await house?.close(); });
beforeEach(async () => { assert.ok((await house.post('/api/reset', {})).ok); });

/** The bot may do more from now on. */
async function invite(bits) {
  const { install_params: asked } = await house.api('GET', '/applications/@me');
  const permissions = String(BigInt(asked.permissions) | bits);
  await house.api('PATCH', '/applications/@me', { install_params: { ...asked, permissions } });
}

async function askWhichDay(more = {}) {
  const answers = ['Thursday', 'Friday'].map((text) => ({ poll_media: { text } }));
  const poll = { question: { text: 'Which day?' }, answers, duration: 24, allow_multiselect: false, ...more };
  return house.api('POST', `/channels/${await house.channel('general')}/messages`, { poll });
}

async function openForum() {
  await invite(MANAGE_CHANNELS);
  const { guild } = await house.state();
  const forum = await house.api('POST', `/guilds/${guild.id}/channels`, { name: 'help', type: 15, topic: 'One question, one post', available_tags: [{ name: 'question' }] });
  const applied_tags = [forum.available_tags[0].id];
  await house.api('POST', `/channels/${forum.id}/threads`, { name: 'Why twice?', applied_tags, message: { content: 'The last batch *came again*.' } });
  return house.api('POST', `/channels/${forum.id}/threads`, { name: 'How many shards?', message: { content: 'For 3 MB/s.' } });
}

test('a reaction is given, joined, and taken back with the keyboard where it was', async () => {
  const said = await house.act({ as: 'ben', channel: 'general', say: 'It works!' });
  const page = await house.visit();
  await page.locator('.channel', { hasText: 'general' }).click();
  const words = message(page).filter({ hasText: 'It works!' });
  await words.hover();
  await words.getByRole('button', { name: 'Add a reaction' }).click();
  const palette = page.getByRole('dialog', { name: 'Choose a reaction' });
  await palette.getByRole('button', { name: 'thumbs up' }).waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  const thumb = words.getByRole('button', { name: '👍, 1: ana' });
  await thumb.waitFor();
  assert.equal(await thumb.getAttribute('aria-pressed'), 'true');
  await house.act({ as: 'ben', message: said.messages[0].id, react: '👍' });
  const both = words.getByRole('button', { name: '👍, 2: ana and ben' });
  await both.focus();
  await page.keyboard.press('Enter');
  await words.getByRole('button', { name: '👍, 1: ben' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.dataset.key), 'reaction:👍', 'the keyboard stays where it was');
  await leave(page);
});

test('a choice in a poll outlives the votes of others, is counted, and can be taken back', async () => {
  const page = await house.visit();
  await page.locator('.channel', { hasText: 'general' }).click();
  const { id } = await askWhichDay();
  const poll = page.getByRole('region', { name: 'Poll: Which day?' });
  await poll.getByRole('radio', { name: 'Friday' }).click();
  await poll.getByRole('radio', { name: 'Thursday' }).click();
  assert.equal(await poll.getByRole('radio', { name: 'Friday' }).getAttribute('aria-checked'), 'false', 'one answer at a time');
  await house.act({ as: 'ben', message: id, vote: ['Friday'] });
  await poll.getByText('1 vote ·').waitFor();
  assert.equal(await poll.getByRole('radio', { name: 'Thursday' }).getAttribute('aria-checked'), 'true', 'the choice is still in hand');
  await poll.getByRole('button', { name: 'Vote', exact: true }).click();
  await poll.getByRole('listitem').filter({ hasText: 'Thursday' }).getByText('50 %').waitFor();
  await poll.getByText('your vote').waitFor({ state: 'attached' });
  await poll.getByRole('button', { name: 'Take my vote back' }).click();
  await poll.getByText('1 vote ·').waitFor();
  await house.api('POST', `/channels/${await house.channel('general')}/polls/${id}/expire`);
  await poll.getByText('This poll is over.').waitFor();
  assert.equal(await poll.getByRole('button').count(), 0, 'nobody votes any more');
  await leave(page);
});

test('a poll may take several answers', async () => {
  const page = await house.visit();
  await page.locator('.channel', { hasText: 'general' }).click();
  await askWhichDay({ allow_multiselect: true });
  const poll = page.getByRole('region', { name: 'Poll: Which day?' });
  for (const day of ['Thursday', 'Friday']) await poll.getByRole('checkbox', { name: day }).click();
  await poll.getByRole('button', { name: 'Vote', exact: true }).click();
  await poll.getByText('2 votes ·').waitFor();
  await leave(page);
});

test('a forum shows its posts, and one talks within them alone', async () => {
  await openForum();
  const page = await house.visit();
  await page.locator('.channel', { hasText: 'help' }).click();
  const first = page.locator('.post', { hasText: 'Why twice?' });
  await first.getByText('question').waitFor();
  await first.getByText('0 answers').waitFor();
  assert.ok(await page.locator('#line').isDisabled());
  await first.click();
  await page.locator('#log').getByText('The last batch').waitFor();
  await type(page, 'At least once, then.');
  await message(page).filter({ hasText: 'At least once, then.' }).waitFor();
  await page.locator('#log').getByRole('button', { name: '#help' }).click();
  await page.locator('.post').first().getByText('1 answer').waitFor();
  assert.match(await page.locator('.post').first().textContent(), /Why twice/, 'the last spoken in comes first');
  await leave(page);
});

test('what is pinned and what is planned is found', async () => {
  await invite(CREATE_EVENTS);
  const said = await house.act({ as: 'ben', channel: 'general', say: 'Read this first' });
  const { clock, guild } = await house.state();
  await house.api('POST', `/guilds/${guild.id}/scheduled-events`, {
    name: 'Wrap-up call', privacy_level: 2, entity_type: 3, entity_metadata: { location: 'The meeting room' },
    scheduled_start_time: new Date(Date.parse(clock) + 86_400_000).toISOString(),
    scheduled_end_time: new Date(Date.parse(clock) + 90_000_000).toISOString(),
  });
  const page = await house.visit();
  await page.locator('.channel', { hasText: 'general' }).click();
  await message(page).getByText('Read this first').waitFor();
  const pins = page.getByRole('button', { name: 'Pinned messages' });
  assert.ok(await pins.isHidden(), 'nothing is pinned yet');
  const [{ id, channel_id: general }] = said.messages;
  await house.api('PUT', `/channels/${general}/pins/${id}`);
  await pins.click();
  await page.getByRole('dialog', { name: 'Pinned in general' }).getByText('Read this first').waitFor();
  await page.getByRole('button', { name: 'Go there' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '1 event' }).click();
  const planned = page.getByRole('dialog', { name: 'What is planned' });
  await planned.getByText('The meeting room').waitFor();
  await check(page, 'what is planned');
  await leave(page);
});

test('everybody who sees a channel is listed under their role, and the list folds away for good', async () => {
  const page = await house.visit();
  const list = page.getByRole('complementary', { name: 'Who is here' });
  await list.getByRole('heading', { name: 'Moderators · 1' }).waitFor();
  await list.getByRole('heading', { name: 'Members · 3' }).waitFor();
  await list.getByRole('button', { name: 'ben' }).click();
  await page.getByRole('menuitem', { name: 'Be ben' }).click();
  await list.getByRole('button', { name: /ben.*you/s }).waitFor();
  await page.getByRole('radio', { name: 'mod' }).click();
  await page.locator('.channel', { hasText: 'moderators' }).click();
  await list.getByRole('heading', { name: 'Members' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Who is here' }).click();
  await list.waitFor({ state: 'hidden' });
  await page.reload();
  await page.locator('.channel').first().waitFor();
  assert.ok(await list.isHidden());
  await leave(page);
});

test('what only one person sees can be put away, and stays away', async () => {
  const page = await house.visit();
  await type(page, '/today');
  await message(page).getByText('Only you can see this').waitFor();
  await page.getByRole('button', { name: 'Dismiss', exact: true }).click();
  await message(page).waitFor({ state: 'detached' });
  await page.reload();
  await page.locator('.channel').first().waitFor();
  assert.equal(await message(page).count(), 0);
  await leave(page);
});

for (const scheme of ['dark', 'light']) {
  for (const size of ['phone', 'tablet', 'desk']) {
    test(`a screen reader finds its way around the talk: ${size}, ${scheme}`, async () => {
      await openForum();
      const { id } = await askWhichDay();
      await house.act({ as: 'ben', message: id, vote: ['Friday'] });
      await house.act({ as: 'ben', message: id, react: '🎉' });
      for (const as of ['ana', 'ben']) {
        const page = await house.visit({ as, size, scheme });
        const go = async (name) => {
          if (size === 'phone') await page.getByRole('button', { name: 'Channels and people' }).click();
          await page.locator('.channel', { hasText: name }).click();
        };
        await go('general');
        await page.getByRole('region', { name: 'Poll: Which day?' }).waitFor();
        await page.locator('.reactions').getByRole('button', { name: 'Add a reaction' }).click();
        await check(page, `a poll, and the palette, as ${as} sees them`);
        await page.keyboard.press('Escape');
        await go('help');
        await page.locator('.post').first().waitFor();
        if (size === 'tablet') await page.getByRole('button', { name: 'Who is here' }).click();
        await check(page, 'a forum');
        await leave(page);
      }
    });
  }
}
