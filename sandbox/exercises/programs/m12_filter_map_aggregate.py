#!/usr/bin/env python3
"""Filter, map and aggregate a stream, with handlers that run on Lambda as they are.

Three fridges say their temperature in Fahrenheit. One handler keeps what is above 8 °C and says it in Celsius
(filter, map: nothing to remember). Another counts the readings of each fridge and keeps its warmest moment
(aggregate: it has to remember, and its memory is a table).

Needs   boto3, workbench.py and lambda_runner.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where streams cost money by the hour: end with --clean there.

Run     python m12_filter_map_aggregate.py            a menu to experiment with
        python m12_filter_map_aggregate.py --all      the whole exercise, from start to end
        python m12_filter_map_aggregate.py --clean    delete what this program made

        python lambda_runner.py m12_filter_map_aggregate.py:filter_and_map --stream readings --follow
        keeps a handler running in a window of its own.
"""

import base64
import json
from decimal import Decimal

from workbench import (  # workbench.py: keep it beside this file
    client, delete_stream, delete_table, make_stream, make_table, resource, start,
)

READINGS, ALARMS, HOTTEST = "readings", "alarms", "hottest"
LIMIT = 8.0  # °C

kinesis = client("kinesis")
dynamodb = resource("dynamodb")
hottest = dynamodb.Table(HOTTEST)


# --- The functions, as Lambda would run them ------------------------------------------------------------------


def events_of(event):
    """What a Kinesis trigger hands over: a batch of records of one shard, each with its data in base64."""
    for record in event["Records"]:
        yield record["kinesis"]["sequenceNumber"], json.loads(base64.b64decode(record["kinesis"]["data"]))


def celsius(fahrenheit):
    return round((fahrenheit - 32) * 5 / 9, 1)


def filter_and_map(event, context):
    """Stateless: each reading is judged alone. Any number of these can run side by side, and one that dies is
    replaced without a thought."""
    for _, reading in events_of(event):
        c = celsius(reading["f"])  # map: one in, one out, changed
        if c > LIMIT:  # filter: one in, none or one out, unchanged
            alarm = {"id": reading["id"], "fridge": reading["fridge"], "c": c}
            kinesis.put_record(StreamName=ALARMS, PartitionKey=reading["fridge"], Data=json.dumps(alarm).encode())
            print(f"  alarm: {alarm}")


def aggregate(event, context):
    """Stateful: what it says about a fridge depends on all that came before, so it needs a memory that outlives
    it. A variable would be gone with the next deployment; the table is not."""
    for number, reading in events_of(event):
        key = {"fridge": reading["fridge"]}
        so_far = hottest.get_item(Key=key, ConsistentRead=True).get("Item", {"readings": 0})
        # Batches are delivered at least once. The place in the log, kept with the state, tells what is old news.
        # As text: a sequence number has 56 digits, a DynamoDB number at most 38.
        if so_far.get("last", "") >= number:
            continue
        c = Decimal(str(celsius(reading["f"])))
        now = {**key, "readings": so_far["readings"] + 1, "c": max(c, so_far.get("c", c)), "last": number}
        hottest.put_item(Item=now)


# --- Around them ----------------------------------------------------------------------------------------------


def create():
    for name in (READINGS, ALARMS):
        make_stream(name)
    make_table(HOTTEST, "fridge")


def thermometers():
    readings = [("north", 41), ("south", 50), ("cellar", 37.4), ("north", 48.2), ("south", 60.8), ("cellar", 39.2)]
    for number, (fridge, f) in enumerate(readings, 1):
        reading = {"id": f"r{number}", "fridge": fridge, "f": f}
        # The fridge is the key: its readings stay in order, and one reader sees them all. An aggregate per fridge
        # needs exactly that.
        kinesis.put_record(StreamName=READINGS, PartitionKey=fridge, Data=json.dumps(reading).encode())
        print(f"  {reading}")


def run(handler, **how):
    from lambda_runner import Crash, Runner

    try:
        print(f"  {Runner(handler, READINGS, **how).run()} readings handled.")
    except Crash as crash:
        print(f"  The function {crash}.")


def run_alarms():
    run(filter_and_map)
    print("What you see: six in, three out. Each alarm needed its own reading and nothing else.")


def run_hottest():
    run(aggregate)
    show()
    print("What you see: one row for each fridge. No single reading could have told it: here something is remembered.")


def show():
    for row in sorted(hottest.scan()["Items"], key=lambda row: row["fridge"]):
        print(f"  {row['fridge']:8} {row['readings']} readings, warmest {row['c']} °C")


def twice():
    """Deliver every batch twice, as happens after a crash. Which of the two handlers minds?"""
    run(aggregate, redeliver=True)
    show()
    print("The aggregate did not move: it knows its place. Do the same to filter_and_map, and Elif gets each alarm")
    print("three times. A stateless function forgets that too. (M15 is about what to do.)")


def clean():
    for name in (READINGS, ALARMS):
        delete_stream(name)
    delete_table(HOTTEST)


EXERCISE = [
    ("Create the streams and the table", create),
    ("The thermometers speak", thermometers),
    ("Filter and map: alarms", run_alarms),
    ("Aggregate: the warmest moment of each fridge", run_hottest),
]
EXPERIMENTS = [
    ("Deliver everything twice", twice),
    ("Look at the aggregate", show),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. An alarm only when two readings in a row are too warm. Is that still stateless? What must be remembered?
#  2. Keep the average as well. Which two numbers do you store, and why not the average itself?
#  3. Send a reading without "f". What does the runner do with its batch, and what should the handler do?
#  4. Write the alarms with put_records, one call per batch, and treat FailedRecordCount as it deserves.
