#!/usr/bin/env python3
"""Give a stream a longer memory, then let a consumer fall behind and watch its lag.

A museum's gate sends its total after every person. The display in the office reads it, slower than people
come, and on Sundays not at all. Nothing is lost, as long as the stream remembers longer than the display sleeps.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m03_retention_and_lag.py            a menu to experiment with
        python m03_retention_and_lag.py --all      the whole exercise, from start to end
        python m03_retention_and_lag.py --clean    delete what this program made
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from workbench import client, delete_stream, make_stream, start  # workbench.py: keep it beside this file

STREAM = "turnstile"
GATE = "north"

kinesis = client("kinesis")


def create():
    make_stream(STREAM)


def retention():
    """How long the log remembers: 24 hours unless we say so, 8,760 (a year) at most. It is not how long a record
    may wait for *this* reader: age alone deletes, whether anyone has read or not."""
    summary = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
    print("Before:", summary["RetentionPeriodHours"], "hours")
    if summary["RetentionPeriodHours"] < 48:
        # Raising and lowering are two operations, so that nobody shortens a log by a typo.
        kinesis.increase_stream_retention_period(StreamName=STREAM, RetentionPeriodHours=48)
    summary = kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
    print("Now:   ", summary["RetentionPeriodHours"], "hours")


class Gate:
    """The producer. It sends "so many so far", never "one more": lose one of these, and the next one repairs it."""

    total = 406

    def let_in(self, people, pause=0.0):
        for _ in range(people):
            self.total += 1
            kinesis.put_record(StreamName=STREAM, PartitionKey=GATE, Data=str(self.total).encode())
            time.sleep(pause)


class Display:
    """The consumer. It keeps its place, and says with every answer how far behind it is."""

    def __init__(self):
        self.place = None  # the number of the last record read: an iterator would be stale after five minutes
        self.shows = None

    def read(self, most):
        if self.place is None:
            where = {"ShardIteratorType": "TRIM_HORIZON"}
        else:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.place}
        # One shard, and it is always called this.
        place = kinesis.get_shard_iterator(StreamName=STREAM, ShardId="shardId-000000000000", **where)["ShardIterator"]
        got = kinesis.get_records(ShardIterator=place, Limit=most)
        for record in got["Records"]:
            self.place, self.shows = record["SequenceNumber"], record["Data"].decode(errors="replace")
            age = datetime.now(timezone.utc) - record["ApproximateArrivalTimestamp"]
            print(f"  the display shows {self.shows}   read {age.total_seconds():5.1f} s after it arrived")
        return len(got["Records"]), got["MillisBehindLatest"]


gate = Gate()
display = Display()


def people_come():
    gate.let_in(6)
    print(f"The gate says {gate.total}.")


def display_catches_up():
    behind = None
    while behind != 0:
        came, behind = display.read(most=100)
        print(f"  read {came}, {behind / 1000:.1f} s behind the newest")
        time.sleep(0.25)


def sunday():
    """Nobody reads. The producer does not notice, and gets no error: that is the dangerous part of lag."""
    gate.let_in(5)
    print(f"The gate says {gate.total}; the display still shows {display.shows}.")
    print("What you see: lag is the reader's trouble alone. Only retention turns it into loss, silently, two days on.")


def watch_lag():
    """Three people a second come, the display manages one a second, for ten seconds. Guess its lag at the end."""
    with ThreadPoolExecutor() as beside:
        coming = beside.submit(gate.let_in, 30, 1 / 3)
        for second in range(1, 11):
            _, behind = display.read(most=1)
            print(f"  second {second:2}: gate {gate.total}, display {display.shows}, {behind / 1000:.1f} s behind")
            time.sleep(1)
        coming.result()
    print("MillisBehindLatest is the number to alarm on. On AWS it is CloudWatch's GetRecords.IteratorAgeMilliseconds.")


def too_much_at_once():
    """1,500 people in one second. A shard takes 1,000 records a second, and refuses what is above that, record by
    record, while the call as a whole succeeds. Refused is not lost, if the gate looks and sends those again."""
    waiting = [{"PartitionKey": GATE, "Data": str(gate.total + n).encode()} for n in range(1, 1501)]
    gate.total += len(waiting)
    while waiting:
        refused = []
        for begin in range(0, len(waiting), 500):  # a call takes 500 records at most
            batch = waiting[begin:begin + 500]
            answer = kinesis.put_records(StreamName=STREAM, Records=batch)
            refused += [record for record, told in zip(batch, answer["Records"]) if "ErrorCode" in told]
        print(f"  sent {len(waiting)}, refused {len(refused)}")
        waiting = refused
        time.sleep(1)
    print("What you see: backpressure. Kinesis doesn't slow down, it says no, and the gate has to wait with those. They now")
    print("lie behind people who came later: totals bear that, since the highest one is right.")


def how_long():
    """A reader at 5/6 of the producer's speed is t/6 behind after t hours. One that is faster has to make up for what
    came while it was away, and for what comes meanwhile."""
    for speed in (0.99, 5 / 6, 0.5):
        print(f"  a reader at {speed:.0%} of the producer's speed loses its first record after {48 / (1 - speed) / 24:.0f} days")
    for speed in (1.1, 1.25, 1.5):
        print(f"  after an hour away, a reader at {speed:.0%} has caught up {1 / (speed - 1):.0f} hours later")


def clean():
    delete_stream(STREAM)


EXERCISE = [
    ("Create the stream", create),
    ("Set its retention to 48 hours", retention),
    ("Six people come", people_come),
    ("The display catches up", display_catches_up),
    ("Sunday: five more come, nobody reads", sunday),
]
EXPERIMENTS = [
    ("Watch a slow display fall behind for ten seconds", watch_lag),
    ("1,500 people at once: Kinesis pushes back", too_much_at_once),
    ("When would records be lost, and how soon is a reader back?", how_long),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Let the display read with Limit=4 in watch_lag. Which side waits now?
#  2. Send the refused ones again without the pause in too_much_at_once. How many calls does it take now, and what if
#     a hundred gates did that?
#  3. Begin the display at LATEST after Sunday. What does Monday morning look like?
#  4. Make the gate send "+1" instead of the total, skip one put on purpose, and compare both displays.
