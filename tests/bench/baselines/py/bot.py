"""A baseline: one discord.py command, which answers the leaderboard from Tributary's own table."""

import os
import sqlite3

import discord
import yarl

API, DB, COHORT = (os.environ[name] for name in ("BENCH_API", "BENCH_DB", "BENCH_COHORT"))
TOP = """SELECT t.member_id, t.points, n.name FROM total t JOIN cohort c ON c.id = t.cohort_id
        LEFT JOIN member_name n ON n.guild_id = c.guild_id AND n.member_id = t.member_id
    WHERE t.cohort_id = ? AND t.points > 0 ORDER BY t.points DESC, t.last_at, t.member_id LIMIT 10"""
OWN = """SELECT points, (SELECT COUNT(*) FROM total b WHERE b.cohort_id = t.cohort_id AND b.points > t.points)
    FROM total t WHERE cohort_id = ? AND member_id = ?"""

discord.http.Route.BASE = f"{API}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"{API.replace('http', 'ws', 1)}/gateway")

db = sqlite3.connect(f"file:{DB.removeprefix('sqlite:')}?mode=ro", uri=True)
client = discord.Client(intents=discord.Intents(guilds=True))
tree = discord.app_commands.CommandTree(client)


@tree.command(description="Who has how many points")
async def leaderboard(interaction: discord.Interaction) -> None:
    rows = db.execute(TOP, (COHORT,)).fetchall()
    lines = [f"{place}. {name or f'<@{member}>'} · {points} points" for place, (member, points, name) in enumerate(rows, 1)]
    own = db.execute(OWN, (COHORT, interaction.user.id)).fetchone()
    if own:
        lines.append(f"You: {own[1] + 1} with {own[0]} points")
    embed = discord.Embed(title="bench · all time", description="\n".join(lines))
    await interaction.response.send_message(embed=embed)


@client.event
async def setup_hook() -> None:
    await tree.sync()


client.run("bench", log_handler=None)
