#!/usr/bin/env python3
"""Order that survives many shards: choose the key well, verify the order, keep a place per shard.

Priya's parcels are packed, loaded and delivered. With the parcel as partition key, its events share a shard and
keep their order, while other parcels use the other shard. With the scanner as key, the same events scatter.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m07_order_by_key.py            a menu to experiment with
        python m07_order_by_key.py --all      the whole exercise, from start to end
        python m07_order_by_key.py --clean    delete what this program made
"""

import json
import time

from workbench import as_event, client, delete_stream, make_stream, start  # workbench.py: keep it beside this file

STREAM = "parcels"
STEPS = {1: "packed", 2: "loaded", 3: "delivered"}

kinesis = client("kinesis")


def create():
    make_stream(STREAM, shards=2)


last_number = {}


def put(parcel, step, key):
    event = {"parcel": parcel, "step": step, "what": STEPS[step]}
    # Two puts in quick succession may be numbered the other way round. SequenceNumberForOrdering says "after that
    # one", and so one producer's events of one key are strictly in order. put_records can't say it: where order
    # matters and a batch is retried in part, the retried ones come later than their successors.
    after = {"SequenceNumberForOrdering": last_number[key]} if key in last_number else {}
    answer = kinesis.put_record(StreamName=STREAM, PartitionKey=key, Data=json.dumps(event).encode(), **after)
    last_number[key] = answer["SequenceNumber"]
    print(f"  {parcel}  {step} {STEPS[step]:10} key {key:10} -> {answer['ShardId'][-2:]}")


def ordered():
    """Three stories, told in turns, as in life. The key is whose order matters: the parcel's."""
    for step in STEPS:
        for parcel in ("parcel-1", "parcel-2", "parcel-4"):
            put(parcel, step, key=parcel)
    print("What you see: two shards at work, and no parcel in both.")


def scattered():
    """The same story, keyed by the scanner that happened to see the parcel."""
    for step, scanner in zip(STEPS, ("scanner-1", "scanner-2", "scanner-1")):
        put("parcel-9", step, key=scanner)
    print("What you see: one parcel in two shards. Nothing says any more which of its events came first.")


# --- A reader that keeps its place ----------------------------------------------------------------------------

places = {}  # shard -> the sequence number of the last record handled


def read():
    """Go on after the last record handled, in each shard. Choose this twice: the second time nothing is new."""
    came = []
    for shard in kinesis.list_shards(StreamName=STREAM)["Shards"]:
        id = shard["ShardId"]
        if id in places:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": places[id]}
        else:
            where = {"ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(StreamName=STREAM, ShardId=id, **where)["ShardIterator"]
        while iterator:
            got = kinesis.get_records(ShardIterator=iterator, Limit=100)
            for record in got["Records"]:
                event = as_event(record["Data"]) or {}
                if {"parcel", "step", "what"} <= event.keys():
                    came.append((id, event))
                places[id] = record["SequenceNumber"]  # what we don't understand is behind us too
            if got["MillisBehindLatest"] == 0:
                break
            iterator = got.get("NextShardIterator")
            time.sleep(0.2)
    for id, event in came:
        print(f"  {id[-2:]}  {event['parcel']}  {event['step']} {event['what']}")
    for id, number in places.items():
        print(f"  place in {id}: after …{number[-12:]}")
    return came


def verify():
    """Read everything afresh and look at every parcel: did its steps come in order?"""
    places.clear()
    stories = {}
    for _, event in read():
        stories.setdefault(event["parcel"], []).append(event["step"])
    for parcel, story in sorted(stories.items()):
        print(f"  {parcel}: {story}  {'in order' if story == sorted(story) else 'OUT OF ORDER'}")
    print("What you see: the parcels with their own key are in order, in whatever order you read the shards.")
    print("parcel-9 depends on it: this reader took shard 00 first, and so saw it delivered before it was loaded.")


def hot_key():
    """Which keys spread? Compute it for a thousand events, without putting one."""
    import hashlib

    def share(keys):
        first = sum(int(hashlib.md5(key.encode()).hexdigest(), 16) < 2**127 for key in keys)
        return f"{first / len(keys):4.0%} to the first shard"

    print("  a parcel each    ", share([f"parcel-{n}" for n in range(1000)]))
    print("  five depots      ", share([f"depot-{n % 5}" for n in range(1000)]))
    print("  today's date     ", share(["2026-11-21"] * 1000))


def clean():
    delete_stream(STREAM)


EXERCISE = [
    ("Create the stream", create),
    ("Three parcels, keyed by parcel", ordered),
    ("One parcel, keyed by scanner", scattered),
    ("Read everything and verify the order", verify),
]
EXPERIMENTS = [
    ("Read on from where you stopped", read),
    ("Which keys spread well?", hot_key),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Read the shards in the opposite order in read(). Which parcels look different, and which never will?
#  2. Key by city (three cities). What is in order now, and how many shards can ever have work?
#  3. Save `places` to a file after each batch, and begin from it. Kill the program between the work and the save:
#     what is handled twice? (M15 is about exactly this.)
#  4. Split a shard (M6) between "packed" and "loaded". What must the reader do to keep the order?
