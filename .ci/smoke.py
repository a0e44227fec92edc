"""A session in the playground, as people have it: smoke.py PROGRAM FOLDER

Starts the program as a newcomer does, lets ana, ben and mod act over the HTTP interface, reads ana's stream with
boto3, kills the program in between and goes on. Leaves FOLDER/traffic.jsonl for a check against Discord's API
description, and fails if any connection was opened beyond this machine (watched with strace).
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import boto3
from botocore.exceptions import ClientError

PROGRAM, FOLDER = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
PORT, AWS_PORT = 18480, 18466
BASE = f"http://127.0.0.1:{PORT}"
ROOT = Path(__file__).resolve().parent.parent


def request(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    sent = urllib.request.Request(BASE + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(sent, timeout=90) as answer:
        return json.load(answer)


class Playground:
    """The program, under strace: every connection it opens is written down."""

    def __init__(self):
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        watched = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", str(FOLDER / f"connects.{self.starts}")]
        flags = ["--port", PORT, "--aws-port", AWS_PORT, "--data", FOLDER / "data", "--record", FOLDER / "traffic.jsonl"]
        command = [*watched, str(PROGRAM), "playground", *map(str, flags)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("Open the page"):
                return
        raise SystemExit("the playground did not start")

    def program(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def cut(self):
        """A power cut, and on again."""
        os.kill(self.program(), signal.SIGKILL)
        self.process.wait()
        self.start()

    def end(self):
        """Whatever happened, nothing is left running."""
        if self.process.poll() is None:
            os.kill(self.program(), signal.SIGKILL)
            self.process.wait()

    def stop(self):
        begun = time.monotonic()
        os.kill(self.program(), signal.SIGTERM)
        self.process.wait()
        took = time.monotonic() - begun
        assert took < 4, f"stopping took {took:.1f} s"


def words(message):
    parts = [message["content"]]
    for embed in message.get("embeds", []):
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [field["name"] + " " + field["value"] for field in embed.get("fields", [])]
    parts += [file.get("description") or "" for file in message.get("attachments", [])]
    return "\n".join(parts)


def components(message):
    return [part for row in message.get("components", []) for part in row["components"]]


def act(who, expect=None, ok=True, **what):
    answer = request("/api/act", {"as": who, **what})
    text = "\n".join(words(message) for message in answer["messages"] or [])
    assert answer["ok"] == ok, (who, what, answer["error"], text)
    assert "something broke" not in text, (who, what, text)
    if expect is not None:
        assert expect in text, (who, what, "expected", expect, "in", text)
    print(f"  {who}: {what.get('slash') or what.get('click') or 'modal'}: {answer['acked']} in {answer['ack_ms']} ms")
    return answer


def newest(answer, label):
    for message in reversed(answer["messages"]):
        for part in components(message):
            if part.get("label") == label or part.get("custom_id", "").startswith(label):
                return message
    raise AssertionError((label, answer))


def bank():
    questions = []
    for file in sorted((ROOT / "quizzes/bank").glob("*.toml")):
        questions += tomllib.loads(file.read_text())["questions"]
    return questions


def plain(text):
    return " ".join(re.sub(r"[*_`\\>]", "", text or "").split())


def answer_question(who, message, right):
    """Answers what is on the screen; an explanation that is not right is tried twice."""
    question = next(it for it in bank() if plain(it["prompt"]["prompt"]) in plain(words(message)))
    keys = question["answer"]["answer"] if "answer" in question["answer"] else question["answer"]["reference"][0]
    keys = keys if isinstance(keys, list) else [keys]
    parts, here = components(message), message["id"]
    if question["type"] == "MultipleChoice":
        wanted = keys if right else question["prompt"]["distractors"][:1]
        wanted = [plain(text) for text in wanted]
        if parts[0]["type"] == 3:
            fits = [it["value"] for it in parts[0]["options"] if {plain(it["label"]), plain(it.get("description"))} & set(wanted)]
            return act(who, message=here, select=parts[0]["custom_id"], values=fits)
        button = next(it for it in parts if plain(it.get("label")) in wanted)
        return act(who, message=here, click=button["custom_id"])
    said = keys[0] if right else "Something with computers, I suppose."
    opened = act(who, message=here, click="Answer")
    seen = submit(who, opened, said)
    if not right and any(part.get("label") == "Try again" for m in seen["messages"] for part in components(m)):
        seen = submit(who, act(who, message=newest(seen, "Try again")["id"], click="Try again"), "It goes on and on.")
    return seen


def submit(who, opened, said):
    modal = opened["modal"]
    field = modal["components"][0]["components"][0]["custom_id"]
    return act(who, modal=modal["id"], fields={field: said})


def open_question(thread):
    for message in reversed(request("/api/state")["messages"].get(thread, [])):
        ids = [part.get("custom_id", "") for part in components(message)]
        if any(re.match(r"quiz:(pick|choose|answer)@", it) for it in ids):
            return message
    return None


def quiz(who, playground, rights):
    """A whole quiz; the power is cut before each answer."""
    begun = act(who, channel="lessons", slash="/quiz")
    thread = re.search(r"<#(\d+)>", begun["messages"][0]["content"]).group(1)
    seen = begun
    for right in rights:
        playground.cut()
        for _ in range(400):
            message = open_question(thread)
            if message:
                break
            time.sleep(0.02)
        seen = answer_question(who, message, right)
    return seen


def kinesis(who):
    shown = act(who, channel="lab", slash="/sandbox credentials")["messages"][-1]["content"]
    keys = dict(re.findall(r"^(\w+) = (\S+)$", shown, re.M))
    return boto3.client(
        "kinesis",
        aws_access_key_id=keys["aws_access_key_id"],
        aws_secret_access_key=keys["aws_secret_access_key"],
        endpoint_url=keys["endpoint_url"],
        region_name=keys["region"],
    )


def refused(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("it was not refused")


def lesson(playground):
    page = act("ana", channel="lessons", slash="/lesson next", expect="M1 · What are streams?")
    here = page["messages"][-1]["id"]
    for number in range(2, 9):
        page = act("ana", message=here, click="Next", expect="M1 ·")
        if number == 4:
            playground.cut()
    act("ana", message=here, click="Done", expect="+5 points")
    act("ben", message=here, click="Done", ok=False)


def explanations(playground):
    for attempt in range(4):
        # The explanation is the last question.
        seen = quiz("ana", playground, [True, True, False])
        if "moderator" in "\n".join(words(message) for message in seen["messages"]):
            break
    act("ben", channel="lessons", slash="/moderate review", ok=False)
    playground.cut()
    review = act("mod", channel="lessons", slash="/moderate review", expect="It goes on and on.")
    act("mod", message=newest(review, "Accept")["id"], click="Accept")
    act("ana", channel="lessons", slash="/progress", expect="✅ passed")


def posting(playground):
    act("mod", channel="lessons", slash="/moderate schedule", expect="weekdays at 09:00, Europe/Berlin")
    playground.cut()
    berlin = datetime.fromisoformat(request("/api/state")["clock"]).astimezone(ZoneInfo("Europe/Berlin"))
    nine = berlin.replace(hour=9, minute=0, second=0, microsecond=0)
    while nine <= berlin or nine.weekday() > 4:
        nine += timedelta(days=1)
    request("/api/clock", {"set": nine.isoformat()})
    state = request("/api/state")
    channel = next(it["id"] for it in state["channels"] if it["name"] == "lessons")
    posts = [it for it in state["messages"][channel] if any(p.get("custom_id", "").startswith("lesson:open:") and p["label"] == "Start" for p in components(it))]
    assert len(posts) == 1, posts
    assert posts[0]["thread"]["name"].startswith("M1"), posts[0]


def streams(playground):
    act("ana", channel="lab", slash="/stream create name:orders shards:2", expect="orders is ACTIVE")
    for key in ("user-1", "user-2", "user-3"):
        act("ana", channel="lab", slash=f"/stream put name:orders key:{key} data:hello from {key}", expect="Sequence number")
    playground.cut()
    act("ana", channel="lab", slash="/stream read name:orders", expect="3 records")
    ana, ben = kinesis("ana"), kinesis("ben")
    assert ana.list_streams()["StreamNames"] == ["orders"]
    stream = ana.describe_stream(StreamName="orders")["StreamDescription"]
    records, iterators = [], []
    for shard in stream["Shards"]:
        iterator = ana.get_shard_iterator(
            StreamName="orders", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        iterators.append(iterator)
        records += ana.get_records(ShardIterator=iterator)["Records"]
    assert sorted(it["Data"] for it in records) == [b"hello from user-1", b"hello from user-2", b"hello from user-3"]
    assert ben.list_streams()["StreamNames"] == []
    codes = [
        refused(lambda: ben.describe_stream(StreamName="orders")),
        refused(lambda: ben.describe_stream(StreamARN=stream["StreamARN"])),
        refused(lambda: ben.get_records(ShardIterator=iterators[0])),
        refused(lambda: ben.put_record(StreamARN=stream["StreamARN"], Data=b"x", PartitionKey="k")),
    ]
    print("  ben is refused:", ", ".join(codes))


def leaderboard(playground):
    playground.cut()
    board = act("ana", channel="lessons", slash="/leaderboard", expect="ana")
    assert "ben" in "\n".join(words(message) for message in board["messages"])


def connections():
    """Every address that the program connected to."""
    strangers = set()
    for file in FOLDER.glob("connects.*"):
        for line in file.read_text().splitlines():
            found = re.search(r'connect\(.*(?:inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")', line)
            address = found and (found.group(1) or found.group(2))
            if address and not (address.startswith("127.") or address == "::1"):
                strangers.add(address)
    return strangers


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    playground = Playground()
    try:
        for story in (lesson, explanations, posting, streams, leaderboard):
            print(story.__name__, flush=True)
            story(playground)
        playground.stop()
    finally:
        playground.end()
    assert not connections(), f"connected beyond this machine: {connections()}"
    print(f"all well, through {playground.starts - 1} power cuts; no connection left this machine")


main()
