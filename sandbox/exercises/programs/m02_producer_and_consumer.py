#!/usr/bin/env python3
"""A producer and two consumers that know nothing of each other but a stream's name.

Jun's order service writes nine orders of three users into `orders`. The packing stations read them. Later
analytics arrives and reads everything from the start, and neither of the others notices.

Needs   pip install boto3          (1.28 or later)
        the four values of /sandbox credentials in your environment:
        AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION
        Without AWS_ENDPOINT_URL the same program runs on AWS, where a stream costs money by the hour:
        end with --clean there.

Run     python m02_producer_and_consumer.py            a menu to experiment with
        python m02_producer_and_consumer.py --all      the whole exercise, from start to end
        python m02_producer_and_consumer.py --clean    delete what this program made

        Best in two windows: 5 (a consumer that keeps waiting) in one, 2 (the producer) in the other.
"""

import argparse
import os
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

STREAM = "orders"
USERS = ["user-1", "user-2", "user-3"]

REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
# A shard answers five reads and takes 1,000 records a second. Asked too fast it refuses, and boto3 asks again, later.
PATIENT = Config(retries={"mode": "standard", "max_attempts": 10})
kinesis = boto3.client("kinesis", region_name=REGION, config=PATIENT)


def create():
    try:
        kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    except kinesis.exceptions.ResourceInUseException:
        print(f"{STREAM} exists already; going on with it.")
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    print(f"{STREAM} is ACTIVE.")


# --- The producer ---------------------------------------------------------------------------------------------


def produce(count=9):
    """Nothing in here mentions a reader. That is the point."""
    for number in range(1, count + 1):
        user = USERS[number % len(USERS)]
        answer = kinesis.put_record(StreamName=STREAM, PartitionKey=user, Data=f"order {number}".encode())
        print(f"  {user}  order {number}  -> {answer['ShardId']}")
    print("What you see: all orders of a user go to the same shard. Nobody chose it; the key's hash did.")


# --- A consumer -----------------------------------------------------------------------------------------------


class Consumer:
    """Reads all shards of a stream, and remembers where it stopped in each.

    The memory is this object's: stop the program and it is gone. Kinesis does not keep it for you (Lambda and
    the Kinesis Client Library do, in their own store). M15 is about what follows from that."""

    def __init__(self, name):
        self.name = name
        self.places = {}  # shard -> the iterator to read with next

    def find_shards(self):
        for shard in kinesis.list_shards(StreamName=STREAM)["Shards"]:
            if shard["ShardId"] not in self.places:
                self.places[shard["ShardId"]] = kinesis.get_shard_iterator(
                    StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]

    def poll(self):
        """One question to every shard. Returns how many records came, and whether more are waiting."""
        self.find_shards()
        came, behind = 0, False
        for shard, place in self.places.items():
            if place is None:  # a closed shard, read to its end
                continue
            got = kinesis.get_records(ShardIterator=place, Limit=100)
            for record in got["Records"]:
                print(f"  {self.name:9} {shard[-2:]}  {record['PartitionKey']}  {record['Data'].decode()}")
            came += len(got["Records"])
            behind = behind or got["MillisBehindLatest"] > 0
            # An iterator is good for one read and for five minutes. Each answer brings the next one.
            self.places[shard] = got.get("NextShardIterator")
        return came, behind

    def catch_up(self):
        total, behind = 0, True
        while behind:
            came, behind = self.poll()
            total += came
            time.sleep(0.25)  # at most five reads a second from each shard, for all readers together
        print(f"{self.name} read {total} orders.")
        return total


packing = Consumer("packing")


def pack():
    """The packing stations: what came since they last looked."""
    packing.catch_up()
    print("Run this again: nothing new, since this consumer remembers its place. Produce nine more, and it reads nine.")


def analyse():
    """Analytics: a consumer born today, with a place of its own. It gets everything."""
    Consumer("analytics").catch_up()
    print("What you see: all of it again. Reading removes nothing, and two readers do not share, they both get all.")


def wait_for_orders():
    """Continuous processing: never done. Count the questions per order while you do not produce anything."""
    questions, orders = 0, 0
    print("Waiting; Ctrl-C stops.")
    try:
        while True:
            came, _ = packing.poll()
            questions, orders = questions + 1, orders + came
            time.sleep(1)
    except KeyboardInterrupt:
        print(f"\n{questions} questions for {orders} orders.")


def clean():
    try:
        kinesis.delete_stream(StreamName=STREAM)
        print(f"{STREAM} and all its records are being deleted.")
    except kinesis.exceptions.ResourceNotFoundException:
        print(f"There is no stream {STREAM}.")


EXERCISE = [
    ("Create the stream", create),
    ("Produce nine orders", produce),
    ("Consume: the packing stations catch up", pack),
    ("Consume everything again: analytics", analyse),
]
EXPERIMENTS = [
    ("Wait for orders, and count the questions", wait_for_orders),
]


# --- The menu -------------------------------------------------------------------------------------------------


def menu():
    choices = EXERCISE + EXPERIMENTS
    while True:
        print()
        for number, (title, _) in enumerate(choices, 1):
            print(f"{number:3}  {title}")
        chosen = input("Which one (Enter to leave)? ").strip()
        if not chosen:
            return
        if chosen.isdecimal() and 1 <= int(chosen) <= len(choices):
            try:
                choices[int(chosen) - 1][1]()
            except (BotoCoreError, ClientError) as error:
                print("That did not work:", error)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="do the whole exercise, without asking")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", choices=range(1, len(EXERCISE + EXPERIMENTS) + 1),
                        help="do these entries of the menu, without asking")
    parser.add_argument("--clean", action="store_true", help="delete what this program made")
    chosen = parser.parse_args()
    if chosen.all or chosen.only:
        for title, step in [(EXERCISE + EXPERIMENTS)[number - 1] for number in chosen.only or range(1, len(EXERCISE) + 1)]:
            print(f"\n== {title}")
            step()
    elif chosen.clean:
        clean()
    else:
        menu()


if __name__ == "__main__":
    try:
        main()
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"That did not work: {error}")
    except (KeyboardInterrupt, EOFError):
        print()

# Things to change and try:
#  1. Start this program twice and choose 3 in both. Do they share the orders? What would they need to know of
#     each other so that each gets half? (Hint: who reads which shard.)
#  2. Choose 3, leave the program, start it and choose 3 again. What is read twice, and who should have remembered?
#  3. Begin at LATEST instead of TRIM_HORIZON. What does a packing station miss that started a minute too late?
#  4. Use put_records for the nine orders in one call, and look at FailedRecordCount. What do you do when it is 2?
