#!/usr/bin/env python3
"""Does every exercise with the AWS CLI, as its file says, and asks /exercise check after each step: try_cli.py PROGRAM [M5 …]

Starts the program's playground in a folder of its own. At the start no step may hold; after a step's lines, all up to it.
Then /exercise reset removes everything, and the next exercise begins in an empty sandbox.

Needs boto3 in this Python (some lines run a program) and `aws` on the path, in any version.
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


def steps_done_by_cli(play, person, exercise):
    """Each line as it stands, in one shell, so that a variable of one is known to the next."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **play.credentials(person), "AWS_CONFIG_FILE": f"{folder}/config", "AWS_PAGER": ""}
        for program in PROGRAMS.glob("*.py"):
            shutil.copy(program, folder)
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
    """A shell that is given one thing after the other. What the files call port 8000 is a free one here."""

    def __init__(self, folder, environment, begin):
        self.port = str(free_port())
        self.log = open(Path(folder) / "shell.log", "w+")
        self.process = subprocess.Popen(
            ["sh"], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
            text=True, start_new_session=True,
        )
        self.run(begin)

    def run(self, line):
        line = line.rstrip().replace("8000", self.port)
        wait = ""
        if line.endswith("&"):
            # A server that a line leaves behind needs a moment until it listens.
            line = f"{line.removesuffix('&')} >/dev/null 2>&1 &"
            wait = f"for _ in $(seq 100); do curl -s -m 5 -o /dev/null http://127.0.0.1:{self.port}/ && break; sleep 0.1; done"
        self.process.stdin.write(f"{line}\n{wait}\necho --done--\n")
        self.process.stdin.flush()
        for said in self.process.stdout:
            # What came before may not have ended its line.
            if said.rstrip().endswith("--done--"):
                return
        self.log.seek(0)
        raise SystemExit(f"this line failed: {line}\n{self.log.read()[-2000:]}")

    def end(self):
        # With all that it started.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        self.log.close()


def try_one(play, person, exercise):
    module, ids = exercise["module"], [step["id"] for step in exercise["step"]]
    done, said = play.done(person, module)
    if done:
        raise SystemExit(f"{module}: {done} steps hold in an empty sandbox: {said}")
    for step in steps_done_by_cli(play, person, exercise):
        done, said = play.done(person, module)
        # One program may do several steps at once.
        if done <= ids.index(step):
            raise SystemExit(f"{module}: after {step}, {done} steps hold:\n{said}")
    play.reset(person, module)
    done, said = play.done(person, module)
    if done:
        raise SystemExit(f"{module}: {done} steps hold after /exercise reset: {said}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the tributary to try, such as target/debug/tributary")
    parser.add_argument("modules", nargs="*", help="such as M5; all where left out")
    chosen = parser.parse_args()
    exercises = [tomllib.loads(path.read_text()) for path in sorted(HERE.glob("m*.toml"))]
    exercises = [it for it in exercises if not chosen.modules or it["module"] in chosen.modules]
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        flags = ["--port", str(port), "--aws-port", str(free_port()), "--data", folder]
        with started([chosen.program, "playground", *flags], f"{base}/api/state"):
            for exercise in exercises:
                begun = time.monotonic()
                try_one(Playground(base), "ana", exercise)
                print(f"{exercise['module']:4} {len(exercise['step'])} steps, {time.monotonic() - begun:.0f} s", flush=True)
    print(f"{len(exercises)} exercises hold.")


if __name__ == "__main__":
    main()
