#!/usr/bin/env python3
"""Change data capture: a table that tells what changed, and a copy that lives from nothing else.

Lena's shop writes to the table `products`, and to nothing else. DynamoDB turns each change into a record of the
table's stream. A small replicator reads them in order and does the same to `products-search`.

Needs   pip install boto3          (1.28 or later)
        the four values of /sandbox credentials in your environment:
        AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION
        Without AWS_ENDPOINT_URL the same program runs on AWS.

Run     python m09_change_data_capture.py            a menu to experiment with
        python m09_change_data_capture.py --all      the whole exercise, from start to end
        python m09_change_data_capture.py --clean    delete what this program made
"""

import argparse
import os
import sys
import time

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

TABLE, COPY = "products", "products-search"

REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
dynamodb = boto3.client("dynamodb", region_name=REGION)
streams = boto3.client("dynamodbstreams", region_name=REGION)  # the changes have a client of their own
products = boto3.resource("dynamodb", region_name=REGION).Table(TABLE)


def make(name, **more):
    try:
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            **more,
        )
    except dynamodb.exceptions.ResourceInUseException:
        print(f"{name} exists already; going on with it.")
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def create():
    """How much a change record shows is chosen here: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or both. Only old and new together
    let a reader see what a change *was*: 4 became 5. Choose now: a stream's view can't be changed, only made anew."""
    make(TABLE, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    make(COPY)


def shop():
    """Lena at work. Not a word about search in here."""
    products.put_item(Item={"id": "t1", "name": "Assam", "price": 4})
    products.put_item(Item={"id": "t2", "name": "Sencha", "price": 6})
    products.put_item(Item={"id": "t3", "name": "Rooibos", "price": 3})
    products.put_item(Item={"id": "t1", "name": "Assam", "price": 5})  # the price rise
    products.put_item(Item={"id": "t2", "name": "Sencha", "price": 6})  # the same again: no change, no record
    products.delete_item(Key={"id": "t3"})
    print("Six writes done. How many changes do you expect?")


# --- Reading the changes --------------------------------------------------------------------------------------


def changes(after=None):
    """Every change record, oldest first: shards with their parents before them, like any stream. The stream keeps
    them for 24 hours; a reader that sleeps longer must copy the table instead, and read on from there."""
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
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
    print("What you see: five changes. Writing the same item again changed nothing, so nothing is told.")


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
    print(f"{count} changes carried over.")
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
            print(f"  {new['name']}: {old['price']} -> {new['price']}")


def change_and_follow():
    """Lena changes a price every second; the copy follows a moment behind. That moment is all that is left of
    the three weeks."""
    for price in range(6, 11):
        products.put_item(Item={"id": "t1", "name": "Assam", "price": price})
        replicate()
        time.sleep(1)


def clean():
    for name in (TABLE, COPY):
        try:
            dynamodb.delete_table(TableName=name)
            print(f"The table {name} is being deleted.")
        except dynamodb.exceptions.ResourceNotFoundException:
            print(f"There is no table {name}.")


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
#  1. Write a tea directly into products-search. Does the replicator ever notice? Who owns a derived table?
#  2. Carry the changes over in reverse order. Which tea is wrong at the end, and why is it that one?
#  3. Create the table with KEYS_ONLY. What must the replicator do now, and which change can it no longer see right?
#  4. Empty products-search and run the replicator anew. Rebuilding from the log works here; why not after 25 hours?
