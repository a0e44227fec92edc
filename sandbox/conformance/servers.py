"""Starts what is asked: the playground, with its people's own keys, and moto's server. Both end with the run."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager

from .endpoint import Account, Key

PEOPLE = ("ana", "ben", "chloe", "mod")
# The playground allows each person 100 requests a second.
RATE = 85


@contextmanager
def playground(program):
    """A playground in a folder of its own; yields an account for each of its people."""
    port, aws_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        flags = ["--port", str(port), "--aws-port", str(aws_port), "--data", folder]
        with started([program, "playground", *flags], f"http://127.0.0.1:{port}/api/state"):
            page, endpoint = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{aws_port}"
            yield [Account(endpoint, credentials(page, who), RATE) for who in PEOPLE]


@contextmanager
def moto():
    """Moto's server; yields accounts, which are all one to it."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with started([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], f"{url}/moto-api/"):
        yield [Account(url, Key("AKIAIOSFODNN7EXAMPLE", "secret"))]


@contextmanager
def started(command, url):
    """The program, from when it answers at `url` until the end."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            wait_for(process, url, said)
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def wait_for(process, url, said, within=60):
    end = time.monotonic() + within
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    said.seek(0)
    raise SystemExit(f"{process.args[0]} did not start:\n{said.read().decode(errors='replace')[-2000:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def credentials(page, who):
    """A person's keys, as the bot shows them in chat."""
    body = json.dumps({"as": who, "channel": "lab", "slash": "/sandbox credentials"}).encode()
    request = urllib.request.Request(f"{page}/api/act", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = json.dumps(json.load(answer)["messages"])
    key = re.search(r"aws_access_key_id = (\w+)", text)
    secret = re.search(r"aws_secret_access_key = ([\w/+=]+)", text)
    if not key or not secret:
        raise SystemExit(f"{who} was shown no credentials: {text[:500]}")
    return Key(key[1], secret[1])
