"""What behaviours of every service are written with: a desk to work at, refusals, and waiting for what comes later."""

import secrets
import time
from contextlib import ExitStack, contextmanager

from botocore.exceptions import ClientError

from .endpoint import REGION, Key


class Desk:
    """One behaviour's place: the service's boto3 client under its own name, and clean names. What it makes is removed
    when it leaves."""

    service = None

    def __init__(self, account):
        self.account = account
        self.client = account.client(self.service)
        self.cleaning = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cleaning.close()

    def __getattr__(self, operation):
        return getattr(self.client, operation)

    def name(self, suffix=""):
        """A name that nothing else has."""
        return f"c-{secrets.token_hex(6)}{suffix}"

    def later(self, undo, **arguments):
        """Undoes something at the end; that it is gone by then is fine."""

        def gone_is_fine():
            try:
                undo(**arguments)
            except ClientError:
                pass

        self.cleaning.callback(gone_is_fine)

    def hurry(self):
        """Inside, requests do not wait for their turn: for limits by the second."""
        return self.account.pace.hurry()

    def elsewhere(self, region):
        """The client for another region."""
        return self.account.client(self.service, region)

    def as_stranger(self):
        """A client with a key that nobody has."""
        return self.account.client(self.service, REGION, Key("AKIA" + "7" * 16, "s" * 40))

    def as_forger(self):
        """A client with the account's key and a wrong secret."""
        return self.account.client(self.service, REGION, Key(self.account.key.id, "s" * 40))


class Refusal:
    """What an endpoint said no with."""

    def __init__(self):
        self.response = None

    @property
    def code(self):
        return self.response["Error"]["Code"]

    @property
    def message(self):
        return self.response["Error"]["Message"]

    @property
    def headers(self):
        return self.response["ResponseMetadata"]["HTTPHeaders"]

    @property
    def status(self):
        return self.response["ResponseMetadata"]["HTTPStatusCode"]


@contextmanager
def refused(*codes, status=400):
    """What is done inside must be refused with one of these codes, and this HTTP status unless it is `None`."""
    said = Refusal()
    try:
        yield said
    except ClientError as error:
        said.response = error.response
        told = f"refused with {said.status} {said.code}: {said.message[:200]}"
        assert said.code in codes, f"{told}, not {' or '.join(codes)}"
        assert status in (said.status, None), f"{told}, not {status}"
    else:
        raise AssertionError(f"accepted, not refused with {' or '.join(codes)}")


def eventually(look, within=8.0, every=0.1):
    """What `look` returns as soon as it is true; fails when it has not become so in time."""
    end = time.monotonic() + within
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < end, f"not within {within:g} s: {seen!r}"
        time.sleep(every)


def same(actual, expected):
    """Says both where they differ."""
    assert actual == expected, f"{actual!r}, not {expected!r}"
