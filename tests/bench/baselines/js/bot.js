// A baseline: one discord.js command, which answers the leaderboard from Tributary's own table.
import { Client, EmbedBuilder, GatewayIntentBits, Routes } from 'discord.js';
import sqlite from 'node-sqlite3-wasm';

const { BENCH_API, BENCH_DB, BENCH_COHORT } = process.env;
const db = new sqlite.Database(BENCH_DB.replace(/^sqlite:/, ''), { readOnly: true });
const top = db.prepare(`SELECT t.member_id, t.points, n.name FROM total t JOIN cohort c ON c.id = t.cohort_id
        LEFT JOIN member_name n ON n.guild_id = c.guild_id AND n.member_id = t.member_id
    WHERE t.cohort_id = ? AND t.points > 0 ORDER BY t.points DESC, t.last_at, t.member_id LIMIT 10`);
const own = db.prepare(`SELECT points, (SELECT COUNT(*) FROM total b WHERE b.cohort_id = t.cohort_id AND b.points > t.points) AS above
    FROM total t WHERE cohort_id = ? AND member_id = ?`);

const client = new Client({ intents: [GatewayIntentBits.Guilds], rest: { api: `${BENCH_API}/api` } });

client.on('interactionCreate', async (interaction) => {
  if (!interaction.isChatInputCommand()) return;
  const lines = top
    .all([BENCH_COHORT])
    .map((row, place) => `${place + 1}. ${row.name ?? `<@${row.member_id}>`} · ${row.points} points`);
  const mine = own.get([BENCH_COHORT, BigInt(interaction.user.id)]);
  if (mine) lines.push(`You: ${Number(mine.above) + 1} with ${mine.points} points`);
  await interaction.reply({ embeds: [new EmbedBuilder().setTitle('bench · all time').setDescription(lines.join('\n'))] });
});

client.once('clientReady', async () => {
  await client.rest.put(Routes.applicationCommands(client.application.id), {
    body: [{ name: 'leaderboard', description: 'Who has how many points' }],
  });
});

await client.login('bench');
