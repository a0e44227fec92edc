#!/usr/bin/env python3
"""A producer and two consumers that know nothing of each other but a stream's name.

Jun's order service writes nine orders of three users into `orders`. A dispatcher reads them and wakes the right packing
station. Later analytics arrives and reads everything from the start, and neither of the others notices.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m02_producer_and_consumer.py            a menu to experiment with
        python m02_producer_and_consumer.py --all      the whole exercise, from start to end
        python m02_producer_and_consumer.py --clean    delete what this program made

        Best in two windows: 5 (a consumer that keeps waiting) in one, 2 (the producer) in the other.
"""

import time

from workbench import client, delete_stream, make_stream, start  # workbench.py: keep it beside this file

STREAM = "orders"
USERS = ["user-1", "user-2", "user-3"]

kinesis = client("kinesis")


def create():
    make_stream(STREAM, shards=2)


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
        self.places = {}  # shard -> the sequence number of the last record read

    def iterator(self, shard):
        """Where to read on. An iterator is good for five minutes, a sequence number for as long as the stream
        remembers: so the number is what a consumer keeps, and it asks for an iterator when it needs one."""
        if shard in self.places:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.places[shard]}
        else:
            where = {"ShardIteratorType": "TRIM_HORIZON"}
        return kinesis.get_shard_iterator(StreamName=STREAM, ShardId=shard, **where)["ShardIterator"]

    def poll(self):
        """One question to every shard. Returns how many records came, and whether more are waiting."""
        came, behind = 0, False
        for shard in (shard["ShardId"] for shard in kinesis.list_shards(StreamName=STREAM)["Shards"]):
            got = kinesis.get_records(ShardIterator=self.iterator(shard), Limit=100)
            for record in got["Records"]:
                print(f"  {self.name:9} {shard[-2:]}  {record['PartitionKey']}  {record['Data'].decode(errors='replace')}")
                self.places[shard] = record["SequenceNumber"]
            came += len(got["Records"])
            behind = behind or got["MillisBehindLatest"] > 0
        return came, behind

    def catch_up(self):
        total, behind = 0, True
        while behind:
            came, behind = self.poll()
            total += came
            time.sleep(0.25)  # at most five reads a second from each shard, for all readers together
        print(f"{self.name} read {total} orders.")
        return total


dispatcher = Consumer("dispatch")


def dispatch():
    """The dispatcher: what came since it last looked. One for 600 stations, since a shard answers five reads a second,
    of all its readers together: had each station polled the stream itself, we would be back where we began."""
    dispatcher.catch_up()
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
            came, _ = dispatcher.poll()
            questions, orders = questions + 1, orders + came
            time.sleep(1)
    except KeyboardInterrupt:
        print(f"\n{questions} questions for {orders} orders.")


def clean():
    delete_stream(STREAM)


EXERCISE = [
    ("Create the stream", create),
    ("Produce nine orders", produce),
    ("Consume: the dispatcher catches up", dispatch),
    ("Consume everything again: analytics", analyse),
]
EXPERIMENTS = [
    ("Wait for orders, and count the questions", wait_for_orders),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Start this program twice and choose 3 in both. Do they share the orders? What would they need to know of
#     each other so that each gets half? (Hint: who reads which shard.)
#  2. Choose 3, leave the program, start it and choose 3 again. What is read twice, and who should have remembered?
#  3. Begin at LATEST instead of TRIM_HORIZON. What does a dispatcher miss that started a minute too late?
#  4. Use put_records for the nine orders in one call, and look at FailedRecordCount. What do you do when it is 2?
