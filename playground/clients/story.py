"""A story that any bot of ../clients must live through: story.py PROGRAM RECORD COMMAND…

Starts `PROGRAM playground --no-bot --record RECORD`, then the bot (COMMAND), plays the people over /api/act and
asserts what they see. Ends with the first thing that is not as on Discord, and the bot's last words.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime

PROGRAM, RECORD, COMMAND = sys.argv[1], sys.argv[2], sys.argv[3:]
PATIENCE = 30
MANAGE_CHANNELS, CREATE_EVENTS = 4, 44


class Failed(Exception):
    """Something is not as people should see it."""


def check(right, *told):
    if not right:
        raise Failed(" ".join(map(str, told)))


class Discord:
    """The playground without a bot, and what people do in it."""

    def __init__(self, folder):
        flags = ["--no-bot", "--port", "0", "--aws-port", "0", "--data", folder, "--record", RECORD]
        self.process = subprocess.Popen([PROGRAM, "playground", *flags], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if address := re.search(r"http://\S+", line):
                self.base = address.group()
                return
        raise Failed("the playground did not start")

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "authorization": "Bot story"}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def invite(self, *bits):
        """Invites the bot anew, with these permissions beside those it has."""
        asked = self.ask("/api/v10/applications/@me")["install_params"]
        permissions = sum((1 << bit for bit in bits), int(asked["permissions"]))
        asked = {"install_params": {**asked, "permissions": permissions}}
        self.ask("/api/v10/applications/@me", asked, "PATCH")

    def act(self, who, **what):
        answer = self.ask("/api/act", {"as": who, **what})
        check(answer["ok"], who, what, "→", answer["error"])
        return answer

    def says(self, who, expected, **what):
        """Acts, and expects exactly these texts to be seen."""
        answer = self.act(who, **what)
        seen = [message["content"] for message in answer["messages"]]
        check(seen == expected, who, what, "→", seen, "and not", expected)
        return answer

    def state(self):
        return self.ask("/api/state")

    def until(self, what, reached):
        """Looks at the world until it is as it should be."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = reached(self.state())
            if found:
                return found
            time.sleep(0.05)
        raise Failed(f"{what} has not come within {PATIENCE} s")

    def starts(self):
        """How many sessions have been begun."""
        limit = self.ask("/api/v10/gateway/bot")["session_start_limit"]
        return limit["total"] - limit["remaining"]


def texts(state, channel):
    return [message["content"] for message in state["messages"].get(channel, [])]


def everything_said(state, kind):
    return [text for it in state["channels"] if it["kind"] == kind for text in texts(state, it["id"])]


def commands_answer(discord):
    discord.says("ana", ["Hello owl"], channel="lab", slash="/greet animal:owl")
    discord.says("ana", ["HELLO OX!"], channel="lab", slash="/greet animal:ox tone:Loudly")
    offered = discord.act("ben", channel="lab", autocomplete="/greet animal:o")["choices"]
    check([it["name"] for it in offered] == ["The otter", "The owl", "The ox"], "autocompletion offers", offered)
    offered = discord.act("ben", channel="lab", autocomplete="/greet animal:ow")["choices"]
    check(offered == [{"name": "The owl", "value": "owl"}], "autocompletion offers", offered)


def menus_answer(discord):
    said = discord.act("ben", channel="general", say="@Tributary quietly")["messages"][0]
    shouted = discord.act("ana", channel="general", message=said["id"], context="Shout")["messages"][0]["content"]
    check(shouted.endswith("QUIETLY"), "Shout answers", shouted)
    who = discord.says("ana", [f"That is ben, here since {datetime.now().year}"], user="ben", context="Who")
    check(who["messages"][0]["ephemeral_to"] == "ana", "only ana sees who ben is")


def components_answer(discord):
    panel = discord.says("ana", ["Pressed 0 times"], channel="lab", slash="/panel")["messages"][0]["id"]
    check(discord.says("ana", ["Pressed 1 times"], message=panel, click="Count")["acked"] == "update", "it is edited")
    discord.says("ben", ["Pressed 2 times"], message=panel, click="Count")
    discord.says("ana", ["You chose otter and ox"], message=panel, select="animals", values=["otter", "ox"])
    discord.says("ana", ["You chose chloe"], message=panel, select="people", values=["chloe"])


def forms_answer(discord):
    modal = discord.act("ana", channel="lab", slash="/form")["modal"]
    check(modal["title"] == "A note", "the form is titled", modal["title"])
    noted = discord.says("ana", ["Noted: eggs 🥚 & milk"], modal=modal["id"], fields={"note": "eggs 🥚 & milk"})
    check(noted["messages"][0]["ephemeral_to"] == "ana", "only ana sees her note")


def thinking_ends(discord):
    slow = discord.says("ana", ["Thought it over", "Between us"], channel="lab", slash="/slow")
    check(slow["acked"] == "deferred", "it is deferred first")
    check([it.get("ephemeral_to") for it in slow["messages"]] == [None, "ana"], "the second is ana's alone")


def threads_open(discord):
    seen = discord.act("ana", channel="lab", slash="/threads")["messages"]
    check(any(it["content"].startswith("Opened <#") for it in seen), "the threads are told of:", seen)
    state = discord.state()
    kinds = {it["name"]: it for it in state["channels"] if it["kind"].endswith("_thread")}
    found = {name: (it["kind"], it["archived"], texts(state, it["id"])) for name, it in kinds.items()}
    check(found.keys() == {"open", "from a message", "secret"}, "there are", found)
    check(found["open"] == ("public_thread", False, ["in the open", "awake again"]), "open is", found["open"])
    check(found["from a message"][::2] == ("public_thread", ["below it"]), "from a message is", found)
    check(found["secret"][0] == "private_thread" and "just us" in found["secret"][2], "secret is", found["secret"])
    start = next(it for it in seen if it["content"] == "Start here")
    check(start["id"] == kinds["from a message"]["id"], "a thread from a message bears its id")
    check("ben" not in kinds["secret"]["visible_to"], "ben does not see the secret")


def files_travel(discord):
    text = base64.b64encode(b"dear reader").decode()
    back = discord.act("ana", channel="lab", slash="/copy file:letter.txt", files={"letter.txt": text})
    file = back["messages"][0]["attachments"][0]
    check((file["filename"], file["description"]) == ("copy-of-letter.txt", "In capitals"), "there came", file)
    with urllib.request.urlopen(file["url"]) as answer:
        check(answer.read() == b"DEAR READER", "the file is not what was sent")


def talk_is_private(discord):
    discord.act("ana", channel="lab", slash="/whisper")
    discord.until("In private", lambda state: "In private" in everything_said(state, "dm"))
    discord.says("ana", ["hello?", "You said hello?"], channel="dm", say="hello?")


def reactions_count(discord):
    seen = discord.says("ana", ["React to me", "I see 1 👍"], channel="lab", slash="/react")
    discord.act("ben", message=seen["messages"][0]["id"], react="👋")
    lab = seen["messages"][0]["channel_id"]
    discord.until("👋 from ben", lambda state: "👋 from ben" in texts(state, lab))


def forums_open(discord):
    seen = discord.act("ana", channel="lab", slash="/forum")["messages"]
    check(any(it["content"].startswith("Tagged question: <#") for it in seen), "the post is told of:", seen)
    state = discord.state()
    forum = next(it for it in state["channels"] if it["kind"] == "forum")
    post = next(it for it in state["channels"] if it["parent_id"] == forum["id"])
    check((forum["name"], post["name"]) == ("help", "First"), "there are", forum, post)
    check(texts(state, post["id"]) == ["Ask here", "Anything"], "the post holds", texts(state, post["id"]))
    check(state["messages"][post["id"]][0]["id"] == post["id"], "the first message bears the post's id")


def polls_count(discord):
    poll = discord.act("ana", channel="lab", slash="/poll")["messages"][0]
    check(poll["poll"]["question"]["text"] == "What to drink?", "it asks", poll["poll"])
    for who, answer in (("ana", "tea"), ("ben", "tea"), ("chloe", "coffee")):
        discord.act(who, message=poll["id"], vote=[answer])
    tally = discord.act("mod", channel="lab", message=poll["id"], context="Tally")["messages"]
    check(tally[-1]["content"] == "tea 2, coffee 1", "the tally is", tally)
    late = discord.ask("/api/act", {"as": "mod", "message": poll["id"], "vote": ["tea"]})
    check(late["error"] == "This poll is over.", "a late vote is", late)


def meetings_are_planned(discord):
    discord.says("ana", ["Meeting at The lab"], channel="lab", slash="/event")
    guild = discord.state()["guild"]["id"]
    planned = discord.ask(f"/api/v10/guilds/{guild}/scheduled-events")
    check([it["name"] for it in planned] == ["Meeting"], "the calendar holds", planned)


def lines_break(discord):
    """Cut off, asked to reconnect, told that the session may be resumed: nothing said meanwhile is missed."""
    begun = discord.starts()
    for trouble in ("disconnect", "reconnect", "invalid_session_resumable"):
        discord.ask("/api/fault", {"gateway": trouble})
        discord.act("ana", channel="dm", say=f"during {trouble}")
        heard = f"You said during {trouble}"
        discord.until(heard, lambda state: heard in everything_said(state, "dm"))
        check(discord.starts() == begun, "after", trouble, "the session was begun anew and not resumed")
    discord.ask("/api/fault", {"gateway": "invalid_session"})
    discord.until("a new session", lambda _: discord.starts() == begun + 1)
    discord.says("ana", ["Hello ox"], channel="lab", slash="/greet animal:ox")


STORY = [
    commands_answer, menus_answer, components_answer, forms_answer, thinking_ends, threads_open, files_travel,
    talk_is_private, reactions_count, forums_open, polls_count, meetings_are_planned, lines_break,
]


def play(discord, bot):
    names = ("greet", "Who")
    discord.until("the bot with its commands", lambda state: bot.poll() is not None or all(
        any(it["name"] == name for it in state["commands"]) for name in names))
    for chapter in STORY:
        check(bot.poll() is None, "the bot ended")
        chapter(discord)
        print(f"  {chapter.__name__.replace('_', ' ')}", flush=True)
    check(bot.poll() is None, "the bot ended")


def main():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as words:
        discord = Discord(folder)
        discord.invite(MANAGE_CHANNELS, CREATE_EVENTS)
        environment = {**os.environ, "DISCORD_API_BASE": discord.base}
        bot = subprocess.Popen(COMMAND, env=environment, stdout=words, stderr=subprocess.STDOUT)
        try:
            play(discord, bot)
        except Failed as why:
            words.seek(0)
            sys.exit(f"FAILED: {why}\nThe bot's last words:\n{words.read()[-4000:] or '(none)'}")
        finally:
            for process in (bot, discord.process):
                process.terminate()
                process.wait()
    print("all as on Discord")


main()
