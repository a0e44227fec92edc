"""A small discord.py bot that does each thing once, the same as ../js/bot.js; ../story.py plays the people.

Run: DISCORD_API_BASE=http://127.0.0.1:8080 python bot.py
"""

import io
import json
import os
import traceback
import urllib.request
from datetime import timedelta

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
    return ui.View(timeout=None).add_item(Counter(count)).add_item(Animals()).add_item(People())


class Form(ui.Modal, title="A note"):
    note = ui.TextInput(label="Your note", custom_id="note", style=discord.TextStyle.paragraph)

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"Noted: {self.note.value}", ephemeral=True)


class Bot(discord.Client):
    def __init__(self):
        super().__init__(intents=discord.Intents(guilds=True, messages=True, reactions=True, polls=True))
        self.tree = app_commands.CommandTree(self)
        self.tree.error(fail)

    async def setup_hook(self):
        self.add_dynamic_items(Counter)
        self.add_view(panel_view(0))
        register(self.tree)
        await self.tree.sync()

    async def on_message(self, message):
        if not message.author.bot and isinstance(message.channel, discord.DMChannel):
            await message.reply(f"You said {message.content}")

    async def on_reaction_add(self, reaction, user):
        if not user.bot:
            await reaction.message.channel.send(f"{reaction.emoji} from {user.name}")

    async def on_error(self, event, *args, **kwargs):
        await fail()


async def fail(interaction=None, error=None):
    # What is not understood ends the bot, and with it the story.
    traceback.print_exc()
    os._exit(1)


def register(tree):
    async def animals(interaction, current):
        return [app_commands.Choice(name=f"The {it}", value=it) for it in ANIMALS if it.startswith(current)]

    @tree.command(description="Greets an animal.")
    @app_commands.describe(animal="Which one", tone="How")
    @app_commands.autocomplete(animal=animals)
    @app_commands.choices(tone=[app_commands.Choice(name="Loudly", value="loud")])
    async def greet(interaction, animal: str, tone: str = ""):
        words = f"Hello {animal}"
        await interaction.response.send_message(f"{words.upper()}!" if tone == "loud" else words)

    @tree.command(description="A button and selects.")
    async def panel(interaction):
        await interaction.response.send_message("Pressed 0 times", view=panel_view(0))

    @tree.command(description="A form to fill in.")
    async def form(interaction):
        await interaction.response.send_modal(Form(custom_id="form"))

    @tree.command(description="Thinks, and answers later.")
    async def slow(interaction):
        await interaction.response.defer()
        await interaction.edit_original_response(content="Thought it over")
        await interaction.followup.send("Between us", ephemeral=True)

    @tree.command(description="Opens threads of each kind, and wakes one.")
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

    @tree.command(description="Sends a file back in capitals.")
    @app_commands.describe(file="A text")
    async def copy(interaction, file: discord.Attachment):
        text = io.BytesIO((await file.read()).upper())
        await interaction.response.send_message(
            file=discord.File(text, f"copy-of-{file.filename}", description="In capitals"))

    @tree.command(description="Writes to you directly.")
    async def whisper(interaction):
        await interaction.user.send("In private")
        await interaction.response.send_message("Look at your messages", ephemeral=True)

    @tree.command(description="Reacts to its own message.")
    async def react(interaction):
        await interaction.response.send_message("React to me")
        message = await (await interaction.original_response()).fetch()
        await message.add_reaction("👍")
        fresh = await message.fetch()
        await interaction.followup.send(f"I see {fresh.reactions[0].count} 👍")
        await message.remove_reaction("👍", interaction.client.user)

    @tree.command(description="Opens a forum with a post.")
    async def forum(interaction):
        made = await interaction.guild.create_forum("help", available_tags=[discord.ForumTag(name="question")])
        (tag,) = made.available_tags
        post, _ = await made.create_thread(name="First", content="Ask here", applied_tags=[tag])
        await post.send("Anything")
        await interaction.response.send_message(f"Tagged {tag.name}: {post.mention}")

    @tree.command(description="Asks everybody.")
    async def poll(interaction):
        asked = discord.Poll("What to drink?", timedelta(hours=1))
        asked.add_answer(text="tea", emoji="🍵").add_answer(text="coffee")
        await interaction.response.send_message(poll=asked)

    @tree.command(description="Plans a meeting.")
    async def event(interaction):
        start = discord.utils.utcnow() + timedelta(hours=24)
        made = await interaction.guild.create_scheduled_event(
            name="Meeting", entity_type=discord.EntityType.external, location="The lab",
            privacy_level=discord.PrivacyLevel.guild_only, start_time=start, end_time=start + timedelta(hours=1))
        await interaction.response.send_message(f"{made.name} at {made.location}")

    @tree.context_menu(name="Tally")
    async def tally(interaction, message: discord.Message):
        ended = await message.poll.end()
        await interaction.response.send_message(", ".join(f"{it.text} {it.vote_count}" for it in ended.answers))

    @tree.context_menu(name="Shout")
    async def shout(interaction, message: discord.Message):
        await interaction.response.send_message(message.content.upper())

    @tree.context_menu(name="Who")
    async def who(interaction, member: discord.Member):
        words = f"That is {member.name}, here since {member.joined_at.year}"
        await interaction.response.send_message(words, ephemeral=True)


Bot().run("playground", log_level=30)
