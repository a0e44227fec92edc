#!/usr/bin/env python3
"""Put your first events into a stream, and correct one without editing it.

Mira's café speaks into a stream called `orders`. Three events go in, one of them with a typo, and the
correction follows as an event of its own. Then everything is read back, mistake and all.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m01_first_events.py            a menu to experiment with
        python m01_first_events.py --all      the whole exercise, from start to end
        python m01_first_events.py --clean    delete what this program made
"""

import time

from workbench import client, delete_stream, start  # workbench.py: keep it beside this file

STREAM = "orders"

kinesis = client("kinesis")


def create():
    """A stream with two shards: two logs side by side, under one name."""
    try:
        kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    except kinesis.exceptions.ResourceInUseException:
        print(f"{STREAM} exists already; going on with it.")
    # Creating takes a moment (on AWS about half a minute). Until the stream is ACTIVE, a put is refused.
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    print(f"{STREAM} is ACTIVE.")


def put(key, text):
    """One event. The key says whose event it is, and its hash decides the shard; the data is for us alone:
    Kinesis sees bytes and never looks inside."""
    answer = kinesis.put_record(StreamName=STREAM, PartitionKey=key, Data=text.encode())
    print(f"  {key:8} {text:14} -> {answer['ShardId']}  number …{answer['SequenceNumber'][-12:]}")


def first_events():
    put("user-1", "hello")
    put("user-1", "paid-45")
    put("user-2", "paid-54")  # the typo: it should have said 45
    print("What you see: both events of user-1 went to the same shard. Same key, same shard, always.")


def how_to_edit():
    """Look through everything that the client can do. What is missing?"""
    wished = [f"{verb}_{noun}" for verb in ("get", "put", "update", "delete") for noun in ("record", "records")]
    for operation in wished:
        print(f"  {operation:15} {'yes' if hasattr(kinesis, operation) else 'no'}")
    print("What you see: get and put, and nothing that updates or deletes. What happened has happened.")


def correct():
    """A correction is a new event with the same key, so it comes after the mistake in the same shard.
    Whoever reads them in order ends with the right amount, and can still tell that there was a mistake."""
    put("user-2", "corrected-45")


def read():
    """Every shard from its oldest record (TRIM_HORIZON) until nothing is behind us."""
    for shard in kinesis.list_shards(StreamName=STREAM)["Shards"]:
        place = kinesis.get_shard_iterator(
            StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        print(shard["ShardId"])
        while place:
            got = kinesis.get_records(ShardIterator=place, Limit=100)
            for record in got["Records"]:
                print(f"  …{record['SequenceNumber'][-12:]}  {record['PartitionKey']:8} {record['Data'].decode(errors='replace')}")
            # An empty answer does not mean the end. MillisBehindLatest does: 0 is "you have seen the newest".
            if got["MillisBehindLatest"] == 0:
                break
            place = got.get("NextShardIterator")
            time.sleep(0.2)  # a shard answers five reads a second
    print("What you see: the mistake and its correction, in this order. Run it again: reading removes nothing.")


def put_your_own():
    put(input("Whose event (key)? ").strip() or "user-1", input("What happened? ").strip() or "something")


def clean():
    delete_stream(STREAM)


EXERCISE = [
    ("Create the stream", create),
    ("Put three events", first_events),
    ("Look for a way to edit one", how_to_edit),
    ("Correct the typo", correct),
    ("Read everything from the beginning", read),
]
EXPERIMENTS = [
    ("Put an event of your own", put_your_own),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Give every event the key "till". Guess first: how many shards are in use?
#  2. Put one event with 1,048,577 bytes of data. What does Kinesis say, and which limit do you learn? (On AWS a stream's
#     limit can be raised to ten times that. Where would you rather keep a film?)
#  3. Make the data JSON, with the time at which it happened. Why is that not the time Kinesis stores?
#  4. Read with LATEST in place of TRIM_HORIZON. Why is the answer empty, and how would you make it not so?
