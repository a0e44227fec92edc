#!/usr/bin/env python3
"""Does every exercise, three ways, and asks /exercise check after each step: try_all.py PROGRAM [M5 …]

Starts the program's playground in a folder of its own. Ana does the exercises by their solutions in chat, Ben with the
Python programs, Chloe with the AWS CLI. At the start no step may hold; after a step's solution in chat, exactly the
steps up to it; at the end all. Then /exercise reset removes everything, and the next one begins in an empty sandbox.

Needs boto3 in this Python, and `aws` on the path (any version); --without-cli leaves Chloe out.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from conformance.servers import free_port, started  # noqa: E402: it lies beside this folder

PROGRAMS = HERE / "programs"


class Playground:
    """What one may do in a playground that is running."""

    def __init__(self, base):
        self.base = base

    def act(self, person, **what):
        body = json.dumps({"as": person, "channel": "lab", **what}).encode()
        asked = urllib.request.Request(f"{self.base}/api/act", body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as refused:
            said = json.load(refused)
        if not said.get("ok"):
            raise SystemExit(f"{person}: {what}: {said.get('error')}")
        return said

    def slash(self, person, command):
        return self.act(person, slash=command)

    def credentials(self, person):
        text = words(self.slash(person, "/sandbox credentials"))
        value = dict(re.findall(r"(\w+) = ([^\s`]+)", text))
        return {
            "AWS_ENDPOINT_URL": value["endpoint_url"],
            "AWS_ACCESS_KEY_ID": value["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": value["aws_secret_access_key"],
            "AWS_REGION": value["region"],
            "AWS_DEFAULT_REGION": value["region"],
        }

    def done(self, person, module):
        """How many steps the check finds done, and all that it says."""
        said = words(self.slash(person, f"/exercise check module:{module}"))
        found = re.search(r"(\d+) of (\d+) steps", said)
        if not found:
            raise SystemExit(f"{person}: /exercise check {module} says no number of steps: {said}")
        return int(found[1]), said

    def reset(self, person, module):
        asked = self.slash(person, f"/exercise reset module:{module}")
        self.act(person, message=asked["messages"][-1]["id"], click="Remove and start over")


def words(said):
    """All text of the messages in an answer."""
    parts = []
    for message in said["messages"]:
        parts.append(message["content"])
        for embed in message["embeds"]:
            parts += [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
            parts += [f"{field['name']} {field['value']}" for field in embed.get("fields", [])]
    return "\n".join(part or "" for part in parts)


# --- Three ways -----------------------------------------------------------------------------------------------


def by_chat(play, person, exercise):
    for step in exercise["step"]:
        for command in step["solution"]:
            play.slash(person, command)
        yield step["id"]


def by_program(play, person, exercise):
    environment = {**os.environ, **play.credentials(person)}
    run([sys.executable, str(PROGRAMS / exercise["program"]), "--all"], environment)
    yield exercise["step"][-1]["id"]


def by_cli(play, person, exercise):
    """Each line as it stands, in one shell, so that a variable of one is known to the next."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **play.credentials(person), "AWS_CONFIG_FILE": f"{folder}/config", "AWS_PAGER": ""}
        for entry in PROGRAMS.iterdir():
            if entry.suffix == ".py":
                shutil.copy(entry, folder)
        # Version 1 does not look for SQS where the environment says.
        begin = f'set -e; aws() {{ command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }}; python() {{ {sys.executable} "$@"; }}'
        shell = Shell(folder, environment, begin)
        try:
            for step in exercise["step"]:
                for line in step["cli"]:
                    shell.run(line)
                yield step["id"]
        finally:
            shell.end()


class Shell:
    """A bash that is given one thing after the other."""

    def __init__(self, folder, environment, begin):
        self.log = open(Path(folder) / "shell.log", "w+")
        self.process = subprocess.Popen(
            ["bash"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            text=True, start_new_session=True,
        )
        self.run(begin)

    def run(self, line):
        # A server that a line leaves behind needs a moment until it listens.
        background = "; for _ in $(seq 50); do curl -s -o /dev/null http://127.0.0.1:8000/ && break; sleep 0.1; done"
        wait = background if line.rstrip().endswith("&") else ""
        line = line.rstrip().removesuffix("&") + " >/dev/null 2>&1 &" if wait else line
        self.process.stdin.write(f"{line}\n{wait.removeprefix('; ')}\necho --done--\n")
        self.process.stdin.flush()
        for said in self.process.stdout:
            if said.strip() == "--done--":
                return
        self.log.seek(0)
        raise SystemExit(f"this line failed: {line}\n{self.log.read()[-2000:]}")

    def end(self):
        # With all that it started.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        self.log.close()


def run(command, environment):
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def try_one(play, person, way, exercise):
    module, ids = exercise["module"], [step["id"] for step in exercise["step"]]
    done, said = play.done(person, module)
    if done:
        raise SystemExit(f"{module}: {done} steps hold in an empty sandbox: {said}")
    begun = time.monotonic()
    for step in way(play, person, exercise):
        wanted = ids.index(step) + 1
        done, said = play.done(person, module)
        # A program may do several steps at once; chat does them one by one.
        if done < wanted or (way is by_chat and done > wanted):
            raise SystemExit(f"{module} {way.__name__}: after {step}, {done} steps hold and not {wanted}:\n{said}")
    took = time.monotonic() - begun
    play.reset(person, module)
    done, said = play.done(person, module)
    if done:
        raise SystemExit(f"{module}: {done} steps hold after /exercise reset: {said}")
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the tributary to try, such as target/debug/tributary")
    parser.add_argument("modules", nargs="*", help="such as M5; all where left out")
    parser.add_argument("--without-cli", action="store_true")
    chosen = parser.parse_args()
    ways = [("ana", by_chat), ("ben", by_program)] + [("chloe", by_cli)] * (not chosen.without_cli)
    exercises = [tomllib.loads(path.read_text()) for path in sorted(HERE.glob("m*.toml"))]
    exercises = [it for it in exercises if not chosen.modules or it["module"] in chosen.modules]
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        flags = ["--port", str(port), "--aws-port", str(free_port()), "--data", folder]
        with started([chosen.program, "playground", *flags], f"{base}/api/state"):
            for exercise in exercises:
                took = [f"{way.__name__} {try_one(Playground(base), person, way, exercise):.0f} s" for person, way in ways]
                print(f"{exercise['module']:4} {len(exercise['step'])} steps: {', '.join(took)}", flush=True)
    print(f"{len(exercises)} exercises hold, {len(ways)} ways each.")


if __name__ == "__main__":
    main()
