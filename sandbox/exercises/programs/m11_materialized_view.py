#!/usr/bin/env python3
"""Two views built from one stream: a fold of everything, and the last word on each thing.

Noor's bakery writes what happens into `shop`: baked, sold, priced. One handler folds it into the table `stock`, the
other keeps the newest price of each item in `prices_now`. Both tables are derived. Throw them away, read the stream
again, and there they are.

Needs   pip install boto3          (1.28 or later), and lambda_runner.py beside this file
        the four values of /sandbox credentials in your environment:
        AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION
        Without AWS_ENDPOINT_URL the same program runs on AWS, where a stream costs money by the hour:
        end with --clean there.

Run     python m11_materialized_view.py            a menu to experiment with
        python m11_materialized_view.py --all      the whole exercise, from start to end
        python m11_materialized_view.py --clean    delete what this program made
"""

import argparse
import base64
import json
import os
import sys
from decimal import Decimal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

STREAM, STOCK, PRICES = "shop", "stock", "prices_now"

REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
# A shard answers five reads and takes 1,000 records a second. Asked too fast it refuses, and boto3 asks again, later.
PATIENT = Config(retries={"mode": "standard", "max_attempts": 10})
kinesis = boto3.client("kinesis", region_name=REGION, config=PATIENT)
dynamodb = boto3.resource("dynamodb", region_name=REGION)
stock, prices = dynamodb.Table(STOCK), dynamodb.Table(PRICES)
TooLate = dynamodb.meta.client.exceptions.ConditionalCheckFailedException


# --- The functions, as Lambda would run them ------------------------------------------------------------------


def events_of(event):
    for record in event["Records"]:
        data = base64.b64decode(record["kinesis"]["data"])
        yield record["kinesis"]["sequenceNumber"], json.loads(data, parse_float=Decimal)


def fold_stock(event, context):
    """Each event changes what was there before, so each must count exactly once. A batch may come twice, though.

    Therefore the row keeps, beside the quantity, the place in the log it has got to, and both change in one write:
    an event that is not after that place is refused. This works because all events of an item share a shard and so
    come in order. (As text: a sequence number has 56 digits, a DynamoDB number at most 38.)"""
    for number, happened in events_of(event):
        if happened["type"] not in ("baked", "sold"):
            continue
        change = happened["quantity"] if happened["type"] == "baked" else -happened["quantity"]
        try:
            stock.update_item(
                Key={"item": happened["item"]},
                UpdateExpression="ADD quantity :change SET upto = :number",
                ConditionExpression="attribute_not_exists(upto) OR upto < :number",
                ExpressionAttributeValues={":change": change, ":number": number},
            )
        except TooLate:
            print(f"  seen before: {happened}")


def keep_last_price(event, context):
    """Each event replaces what was there before: what Kafka's log compaction leaves. Doing it twice does no harm,
    and a price of None is a tombstone: the item has no price any more, so its row goes."""
    for _, happened in events_of(event):
        if happened["type"] != "priced":
            continue
        if happened["price"] is None:
            prices.delete_item(Key={"item": happened["item"]})
        else:
            prices.put_item(Item={"item": happened["item"], "price": happened["price"]})


# --- Around them ----------------------------------------------------------------------------------------------


def create():
    try:
        kinesis.create_stream(StreamName=STREAM, ShardCount=1)
    except kinesis.exceptions.ResourceInUseException:
        print(f"{STREAM} exists already; going on with it.")
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    make_tables()


def make_tables():
    for table in (stock, prices):
        try:
            dynamodb.create_table(
                TableName=table.name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "item", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "item", "KeyType": "HASH"}],
            )
        except dynamodb.meta.client.exceptions.ResourceInUseException:
            print(f"{table.name} exists already; going on with it.")
        table.wait_until_exists()


def put(**happened):
    kinesis.put_record(StreamName=STREAM, PartitionKey=happened["item"], Data=json.dumps(happened).encode())
    print(f"  {happened}")


def morning():
    put(item="roll", type="baked", quantity=40)
    put(item="rye", type="baked", quantity=12)
    put(item="cake", type="baked", quantity=2)
    put(item="roll", type="sold", quantity=15)
    put(item="rye", type="sold", quantity=1)
    put(item="roll", type="sold", quantity=4)


def price_list():
    put(item="roll", type="priced", price=0.9)
    put(item="rye", type="priced", price=4)
    put(item="cake", type="priced", price=18)
    put(item="roll", type="priced", price=1)
    put(item="cake", type="priced", price=None)


def run(handler, **how):
    from lambda_runner import Runner

    print(f"  {handler.__name__} got {Runner(handler, STREAM, **how).run()} events.")


def view_stock():
    run(fold_stock)
    show(stock, "quantity")


def view_prices():
    run(keep_last_price)
    show(prices, "price")
    print("What you see: five price events, two rows. The rest is history, and still in the stream.")


def show(table, column):
    for row in sorted(table.scan()["Items"], key=lambda row: row["item"]):
        print(f"  {table.name:10}  {row['item']:6} {row[column]}")


def twice():
    """Deliver everything again, twice. Nothing moves, for two different reasons: find both."""
    run(fold_stock, redeliver=True)
    run(keep_last_price, redeliver=True)
    show(stock, "quantity")
    show(prices, "price")


def rebuild():
    """Throw the views away and make them again from the events. Wrong code yesterday? Mend it, and do this."""
    for table in (stock, prices):
        table.delete()
        table.wait_until_not_exists()
    make_tables()
    view_stock()
    view_prices()


def sell_one():
    put(item="roll", type="sold", quantity=1)
    print("The view does not know yet: a derived view is always a little behind. Choose 3 to let it catch up.")
    show(stock, "quantity")


def clean():
    try:
        kinesis.delete_stream(StreamName=STREAM)
        print(f"The stream {STREAM} is being deleted.")
    except kinesis.exceptions.ResourceNotFoundException:
        print(f"There is no stream {STREAM}.")
    for table in (stock, prices):
        try:
            table.delete()
            print(f"The table {table.name} is being deleted.")
        except dynamodb.meta.client.exceptions.ResourceNotFoundException:
            print(f"There is no table {table.name}.")


EXERCISE = [
    ("Create the stream and the tables", create),
    ("A morning at the bakery", morning),
    ("Fold the stock", view_stock),
    ("Set and change prices", price_list),
    ("Keep the last price of each item", view_prices),
]
EXPERIMENTS = [
    ("Deliver everything twice", twice),
    ("Throw both views away and rebuild them", rebuild),
    ("Sell a roll, and look at the view too early", sell_one),
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
#  1. Remove the ConditionExpression and choose 6. How many rolls are there now, and how would you ever notice?
#  2. Key the events by "shop" instead of the item, with two shards. Then key them by hour. Which view breaks first?
#  3. Build a third view: what was sold, per item, today. Do you need new events for it, or only old ones?
#  4. Keep the stock in a Python dict instead. Restart the program: what must it read before it may answer?
