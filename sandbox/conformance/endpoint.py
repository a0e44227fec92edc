"""An endpoint and the accounts it is asked with: boto3 clients that check nothing themselves, never retry, and stay
below the rate an account is allowed.
"""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
from botocore.config import Config

REGION = "us-east-1"

# Wrong requests must reach the endpoint, and its first answer is the one that counts.
ASIS = Config(
    parameter_validation=False,
    retries={"total_max_attempts": 1, "mode": "standard"},
    read_timeout=40,
    connect_timeout=5,
    max_pool_connections=64,
)


@dataclass(frozen=True)
class Key:
    """An access key and its secret."""

    id: str
    secret: str

    @classmethod
    def of(cls, text):
        id, _, secret = text.partition(":")
        return cls(id, secret)


class Pace:
    """Lets requests through evenly, so many a second; those of a thread in a hurry at once."""

    def __init__(self, per_second):
        self.gap = 1 / per_second if per_second else 0
        self.lock = threading.Lock()
        self.next = 0.0
        self.thread = threading.local()

    @contextmanager
    def hurry(self):
        """A few requests that must not be far apart."""
        self.thread.hurries = True
        try:
            yield
        finally:
            self.thread.hurries = False

    def wait(self, **_):
        if getattr(self.thread, "hurries", False):
            return
        with self.lock:
            now = time.monotonic()
            turn = max(self.next, now)
            self.next = turn + self.gap
        time.sleep(turn - now)


class Account:
    """One AWS account at an endpoint."""

    # boto3 builds clients from shared state, which takes one thread at a time.
    building = threading.Lock()

    def __init__(self, url, key, rate=None):
        self.url, self.key = url, key
        self.pace = Pace(rate)
        self.clients = {}

    def client(self, service, region=REGION, key=None, **config):
        """A client of the service; another `key` signs with that one."""
        name = (service, region, key, *sorted(config.items()))
        with self.building:
            if name not in self.clients:
                self.clients[name] = self._client(service, region, key or self.key, config)
            return self.clients[name]

    def _client(self, service, region, key, config):
        session = boto3.Session(key.id, key.secret, region_name=region)
        client = session.client(service, endpoint_url=self.url, config=ASIS.merge(Config(**config)))
        client.meta.events.register("before-send", self.pace.wait)
        return client
