"""A small discord.py bot that does each thing once, the same as ../js/bot.js; ../story.py plays the people.

Run: DISCORD_API_BASE=http://127.0.0.1:8080 python bot.py
"""

import io
import json
import os
import sys
import traceback
import urllib.request

import discord
import yarl
from discord import app_commands, ui

BASE = os.environ["DISCORD_API_BASE"]
ANIMALS = ["otter", "owl", "ox"]

# discord.py knows two addresses; both come from the playground.
discord.http.Route.BASE = f"{BASE}/api/v10"
with urllib.request.urlopen(f"{BASE}/api/v10/gateway") as answer:
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(json.load(answer)["url"])


class Counter(ui.DynamicItem[ui.Button], template=r"count:(?P<count>\d+)"):
    def __init__(self, count):
        super().__init__(ui.Button(label="Count", style=discord.ButtonStyle.primary, custom_id=f"count:{count}", row=0))
        self.count = count

    @classmethod
    async def from_custom_id(cls, interaction, item, match):
        return cls(int(match["count"]))

    async def callback(self, interaction):
        count = self.count + 1
        await interaction.response.edit_message(content=f"Pressed {count} times", view=panel_view(count))


class Animals(ui.Select):
    def __init__(self):
        options = [discord.SelectOption(label=animal) for animal in ANIMALS]
        super().__init__(custom_id="animals", options=options, max_values=2, row=1)

    async def callback(self, interaction):
        await interaction.response.send_message(f"You chose {' and '.join(self.values)}", ephemeral=True)


class People(ui.UserSelect):
    def __init__(self):
        super().__init__(custom_id="people", row=2)

    async def callback(self, interaction):
        await interaction.response.send_message(f"You chose {self.values[0].name}", ephemeral=True)


def panel_view(count):
    view = ui.View(timeout=None)
    for part in (Counter(count), Animals(), People()):
        view.add_item(part)
    return view


class Form(ui.Modal, title="A note"):
    note = ui.TextInput(label="Your note", custom_id="note", style=discord.TextStyle.paragraph)

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"Noted: {self.note.value}", ephemeral=True)


class Bot(discord.Client):
    def __init__(self):
        super().__init__(intents=discord.Intents.none() | discord.Intents(guilds=True, messages=True, reactions=True))
        self.tree = Tree(self)

    async def setup_hook(self):
        self.add_dynamic_items(Counter)
        self.add_view(panel_view(0))
        for command in COMMANDS:
            self.tree.add_command(command)
        await self.tree.sync()

    async def on_message(self, message):
        if not message.author.bot and isinstance(message.channel, discord.DMChannel):
            await message.reply(f"You said {message.content}")

    async def on_error(self, event, *args, **kwargs):
        fail()


class Tree(app_commands.CommandTree):
    async def on_error(self, interaction, error):
        traceback.print_exception(error)
        fail()


def fail():
    """What is not understood ends the bot, and with it the story."""
    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)


async def animals(interaction, current):
    return [app_commands.Choice(name=f"The {it}", value=it) for it in ANIMALS if it.startswith(current)]


@app_commands.command(description="Greets an animal.")
@app_commands.describe(animal="Which one", tone="How")
@app_commands.autocomplete(animal=animals)
@app_commands.choices(tone=[app_commands.Choice(name="Loudly", value="loud")])
async def greet(interaction, animal: str, tone: str = ""):
    words = f"Hello {animal}"
    await interaction.response.send_message(f"{words.upper()}!" if tone == "loud" else words)


@app_commands.command(description="A button and selects.")
async def panel(interaction):
    await interaction.response.send_message("Pressed 0 times", view=panel_view(0))


@app_commands.command(description="A form to fill in.")
async def form(interaction):
    await interaction.response.send_modal(Form(custom_id="form"))


@app_commands.command(description="Thinks, and answers later.")
async def slow(interaction):
    await interaction.response.defer()
    await interaction.edit_original_response(content="Thought it over")
    await interaction.followup.send("Between us", ephemeral=True)


@app_commands.command(description="Opens threads of each kind, and wakes one.")
async def threads(interaction):
    await interaction.response.defer()
    channel = interaction.channel
    open_one = await channel.create_thread(name="open", type=discord.ChannelType.public_thread)
    await open_one.send("in the open")
    start = await channel.send("Start here")
    below = await start.create_thread(name="from a message", auto_archive_duration=1440)
    await below.send("below it")
    secret = await channel.create_thread(name="secret", type=discord.ChannelType.private_thread, invitable=False)
    await secret.add_user(interaction.user)
    await secret.send("just us")
    await open_one.edit(archived=True)
    found = [thread async for thread in channel.archived_threads() if thread.id == open_one.id][0]
    await found.edit(archived=False)
    await found.send("awake again")
    await interaction.edit_original_response(content=f"Opened {open_one.mention} {below.mention} {secret.mention}")


@app_commands.command(description="Sends a file back in capitals.")
@app_commands.describe(file="A text")
async def copy(interaction, file: discord.Attachment):
    capitals = io.BytesIO((await file.read()).upper())
    back = discord.File(capitals, f"copy-of-{file.filename}", description="In capitals")
    await interaction.response.send_message(file=back)


@app_commands.command(description="Writes to you directly.")
async def whisper(interaction):
    await interaction.user.send("In private")
    await interaction.response.send_message("Look at your messages", ephemeral=True)


@app_commands.command(description="Reacts to its own message.")
async def react(interaction):
    await interaction.response.send_message("React to me")
    message = await (await interaction.original_response()).fetch()
    await message.add_reaction("👍")
    fresh = await message.fetch()
    await interaction.followup.send(f"I see {fresh.reactions[0].count} 👍")
    await message.remove_reaction("👍", interaction.client.user)


@app_commands.context_menu(name="Shout")
async def shout(interaction, message: discord.Message):
    await interaction.response.send_message(message.content.upper())


@app_commands.context_menu(name="Who")
async def who(interaction, member: discord.Member):
    await interaction.response.send_message(f"That is {member.name}, here since {member.joined_at.year}", ephemeral=True)


COMMANDS = [greet, panel, form, slow, threads, copy, whisper, react, shout, who]

if __name__ == "__main__":
    Bot().run("playground", log_level=30)
