#!/usr/bin/env python3
"""An account whose truth is its events, and whose balance is worked out from them.

Tomasz's sailing club keeps an account in the stream `account-events`. A command ("withdraw 50") is checked against
the state and becomes an event ("50 was withdrawn") or is refused. The state is nowhere stored: it is the fold of the
events. So you can ask what the balance was at any time, and why.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m10_event_sourced_account.py            a menu to experiment with
        python m10_event_sourced_account.py --all      the whole exercise, from start to end
        python m10_event_sourced_account.py --clean    delete what this program made
"""

import json
from dataclasses import dataclass, replace

from workbench import client, delete_stream, events, make_stream, start  # workbench.py: keep it beside this file

EVENTS, SNAPSHOTS = "account-events", "account_snapshots"
ACCOUNT = "club"

kinesis = client("kinesis")


# --- The account: two pure functions, and no AWS in them ------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """The state. It is small, it is derived, and you could delete it at any time."""

    is_open: bool = False
    balance: int = 0
    version: int = 0  # how many events it is made of


class Refused(Exception):
    """A command that the account cannot bear. It leaves no event: nothing happened."""


def decide(account, command, amount=0, why=None):
    """Command -> event, or a refusal. All rules live here, and only here."""
    if command == "open":
        if account.is_open:
            raise Refused("the account is open already")
        return {"type": "opened"}
    if not account.is_open:
        raise Refused("there is no such account")
    if command == "deposit" and amount > 0:
        return {"type": "deposited", "amount": amount}
    if command == "withdraw" and amount > 0:
        if amount > account.balance:
            raise Refused(f"{amount} is more than the {account.balance} there are")
        return {"type": "withdrawn", "amount": amount}
    if command == "correct" and why and account.balance + amount >= 0:
        return {"type": "corrected", "amount": amount, "why": why}
    raise Refused(f"{command} {amount} makes no sense")


def evolve(account, event):
    """State and event -> the next state. No rules, no refusal: what has happened is not up for discussion. And an
    event type we don't know (from an older or newer program) changes nothing but the version."""
    account = replace(account, version=account.version + 1)
    if event["type"] == "opened":
        return replace(account, is_open=True)
    if event["type"] in ("deposited", "corrected"):
        return replace(account, balance=account.balance + event["amount"])
    if event["type"] == "withdrawn":
        return replace(account, balance=account.balance - event["amount"])
    return account


# --- The log --------------------------------------------------------------------------------------------------


def create():
    for name in (EVENTS, SNAPSHOTS):
        make_stream(name)


def read(stream, *fields):
    """All events of our account, oldest first."""
    return [event for event, record in events(stream, *fields) if record["PartitionKey"] == ACCOUNT]


def state(history):
    account = Account()
    for event in history:
        account = evolve(account, event)
    return account


def do(command, amount=0, why=None):
    """Load, decide, append. Between loading and appending another writer could slip in: Kinesis has no "append only
    if the version is still 4". Give every account one writer (its key's shard has one reader), or keep the events
    in a store that can compare, such as a DynamoDB table with (account, version) as its key."""
    account = state(read(EVENTS, "type"))
    try:
        event = decide(account, command, amount, why)
    except Refused as refusal:
        print(f"  {command} {amount or ''}: refused, since {refusal}")
        return
    kinesis.put_record(StreamName=EVENTS, PartitionKey=ACCOUNT, Data=json.dumps(event).encode())
    print(f"  {event}  -> balance {evolve(account, event).balance}")


def history():
    """A week of the club. One wish is refused, one event is a slip."""
    if state(read(EVENTS, "type")).is_open:
        print("The account has a history already; --clean gives you a new one.")
        return
    do("open")
    do("deposit", 100)
    do("withdraw", 500)  # refused: it leaves no trace among the events
    do("withdraw", 50)  # the slip: it was 30


def correct():
    if any(event["type"] == "corrected" for event in read(EVENTS, "type")):
        print("Corrected already.")
        return
    do("correct", 20, "30 were taken, not 50")
    print("What you see: the slip, and what made up for it. The spreadsheet had only the 70.")


def audit():
    """The balance after each event: the question that no spreadsheet could answer."""
    account = Account()
    for event in read(EVENTS, "type"):
        account = evolve(account, event)
        print(f"  version {account.version}: balance {account.balance:4}   {event}")


def snapshot():
    """Adding up ten years at every withdrawal takes long, so keep the sum now and then, with the version it belongs
    to. It is a shortcut and never the truth: if it is lost or wrong, throw it away and fold again."""
    account = state(read(EVENTS, "type"))
    made = {"account": ACCOUNT, "version": account.version, "balance": account.balance}
    kinesis.put_record(StreamName=SNAPSHOTS, PartitionKey=ACCOUNT, Data=json.dumps(made).encode())
    print(f"  {made}")
    print("What you see: the whole history in two numbers. Who begins here reads only what came after.")


def from_snapshot():
    """Start from the newest snapshot, and fold only what came after it."""
    snapshots, past = read(SNAPSHOTS, "version", "balance"), read(EVENTS, "type")
    if not snapshots:
        print("There is no snapshot yet.")
        return
    newest = snapshots[-1]
    account = Account(is_open=True, balance=newest["balance"], version=newest["version"])
    for event in past[newest["version"]:]:
        account = evolve(account, event)
    print(f"  from version {newest['version']} on: {account}")
    print(f"  from the beginning:   {state(past)}")


def your_command():
    words = input("deposit or withdraw, and how much? ").split()
    if len(words) == 2 and words[1].isdecimal():
        do(words[0], int(words[1]))
    else:
        print("Write it as: deposit 20")


def clean():
    for name in (EVENTS, SNAPSHOTS):
        delete_stream(name)


EXERCISE = [
    ("Create the streams", create),
    ("A week of the club", history),
    ("Correct the slip", correct),
    ("Audit: the balance after each event", audit),
    ("Keep a snapshot", snapshot),
]
EXPERIMENTS = [
    ("Load the account from its snapshot", from_snapshot),
    ("A command of yours", your_command),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Add a rule: never more than 40 at once. Which of the two functions changes, and which must not?
#  2. Audit again: 50 were withdrawn before the rule. Why must evolve never refuse?
#  3. Kinesis forgets after 24 hours unless told otherwise. Where would the events of ten years live?
#  4. Compare with M9: there the table was the truth and the events its shadow. What does each know that the other
#     doesn't? (Hint: look for the `why`.)
