#!/usr/bin/env python3
"""Change data capture: a table that tells what changed, and a copy that lives from nothing else.

Lena's shop writes to the table `products`, and to nothing else. DynamoDB turns each change into a record of the
table's stream. A small replicator reads them in order and does the same to `products-search`.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead.

Run     python m09_change_data_capture.py            a menu to experiment with
        python m09_change_data_capture.py --all      the whole exercise, from start to end
        python m09_change_data_capture.py --clean    delete what this program made
"""

import time

from workbench import Trouble, client, delete_table, make_table, resource, start  # workbench.py: keep it beside this file
from boto3.dynamodb.types import TypeDeserializer

TABLE, COPY = "products", "products-search"

dynamodb = client("dynamodb")
streams = client("dynamodbstreams")  # the changes have a client of their own
products = resource("dynamodb").Table(TABLE)


def create():
    """How much a change record shows is chosen here: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or both. Only old and new together
    let a reader see what a change *was*: 4 became 5. Choose now: a stream's view can't be changed, only made anew."""
    make_table(TABLE, "id", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    make_table(COPY, "id")


def shop():
    """Lena at work. Not a word about search in here."""
    products.put_item(Item={"id": "t1", "name": "Assam", "price": 4})
    products.put_item(Item={"id": "t2", "name": "Sencha", "price": 6})
    products.put_item(Item={"id": "t3", "name": "Rooibos", "price": 3})
    products.put_item(Item={"id": "t1", "name": "Assam", "price": 5})  # the price rise
    products.put_item(Item={"id": "t2", "name": "Sencha", "price": 6})  # the same again: no change, no record
    products.delete_item(Key={"id": "t3"})
    print("Six writes done. How many changes do you expect in the stream?")


# --- Reading the changes --------------------------------------------------------------------------------------


def changes(after=None):
    """Every change record, oldest first: shards with their parents before them, like any stream. The stream keeps
    them for 24 hours; a reader that sleeps longer must copy the table instead, and read on from there."""
    arn = dynamodb.describe_table(TableName=TABLE)["Table"].get("LatestStreamArn")
    if arn is None:
        raise Trouble(f"The table {TABLE} has no stream: it was made without. Delete it, and let the first entry make it.")
    shards, page = [], {}
    while page is not None:
        answer = streams.describe_stream(StreamArn=arn, **page)["StreamDescription"]
        shards += answer["Shards"]
        last = answer.get("LastEvaluatedShardId")
        page = {"ExclusiveStartShardId": last} if last else None
    for shard in parents_first(shards):
        place = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        empty = 0
        while place and empty < 2:  # an open shard has no end: two empty answers, and we have seen what there is
            got = streams.get_records(ShardIterator=place)
            empty = 0 if got["Records"] else empty + 1
            for record in got["Records"]:
                if after is None or record["dynamodb"]["SequenceNumber"] not in after:
                    yield record
            place = got.get("NextShardIterator")


def parents_first(shards):
    waiting = {shard["ShardId"]: shard.get("ParentShardId") for shard in shards}
    while waiting:
        for id in [id for id, parent in waiting.items() if parent not in waiting]:
            del waiting[id]
            yield id


def plain(image):
    """{"price": {"N": "5"}} as {"price": 5}, to read it more easily."""
    return {name: str(TypeDeserializer().deserialize(value)) for name, value in (image or {}).items()}


def watch():
    for record in changes():
        change = record["dynamodb"]
        old, new = plain(change.get("OldImage")), plain(change.get("NewImage"))
        print(f"  {record['eventName']:7} {plain(change['Keys'])['id']}  {old} -> {new}")
    print("What you see: one change fewer than writes. The same item once more changed nothing, so nothing is told.")


# --- The replicator -------------------------------------------------------------------------------------------

carried = set()  # the numbers of the changes already carried over; a real one keeps its place in a table


def replicate():
    """Do to the copy what was done to the table, in the same order. Doing one of these twice is harmless: a put of
    the same item, a delete of what is gone. That is why a replicator may be restarted without fear."""
    count = 0
    for record in changes(after=carried):
        change = record["dynamodb"]
        if record["eventName"] == "REMOVE":
            dynamodb.delete_item(TableName=COPY, Key=change["Keys"])
        else:
            dynamodb.put_item(TableName=COPY, Item=change["NewImage"])
        carried.add(change["SequenceNumber"])
        count += 1
    print(f"Changes carried over: {count}.")
    compare()


def compare():
    for name in (TABLE, COPY):
        print(f"  {name}")
        for item in sorted(dynamodb.scan(TableName=name)["Items"], key=lambda item: item["id"]["S"]):
            print(f"    {plain(item)}")


def price_rises():
    """What only old *and* new can tell."""
    for record in changes():
        old, new = plain(record["dynamodb"].get("OldImage")), plain(record["dynamodb"].get("NewImage"))
        if "price" in old and "price" in new and float(new["price"]) > float(old["price"]):
            print(f"  {new['id']}: {old['price']} -> {new['price']}")


def change_and_follow():
    """Lena changes a price every second; the copy follows a moment behind. That moment is all that is left of
    the three weeks."""
    for price in range(6, 11):
        products.put_item(Item={"id": "t1", "name": "Assam", "price": price})
        replicate()
        time.sleep(1)


def clean():
    for name in (TABLE, COPY):
        delete_table(name)


EXERCISE = [
    ("Create the table with its stream, and the copy", create),
    ("Lena's shop writes", shop),
    ("Watch the changes", watch),
    ("Carry them over to the copy", replicate),
]
EXPERIMENTS = [
    ("Find the price rises", price_rises),
    ("Change a price every second, and follow", change_and_follow),
    ("Compare both tables", compare),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Write a tea directly into products-search. Does the replicator ever notice? Who owns a derived table?
#  2. Carry the changes over in reverse order. Which teas are wrong at the end, and why is one right all the same?
#  3. Create the table with KEYS_ONLY. What must the replicator do now, and which change can it no longer see right?
#  4. Empty products-search, start this program afresh and run the replicator. Rebuilding from the log works here; why not after 25 hours?
