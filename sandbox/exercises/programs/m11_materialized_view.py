#!/usr/bin/env python3
"""Two views built from one stream: a fold of everything, and the last word on each thing.

Noor's bakery writes what happens into `shop`: baked, sold, priced. One handler folds it into the table `stock`, the
other keeps the newest price of each item in `prices_now`. Both tables are derived. Throw them away, read the stream
again, and there they are.

Needs   boto3, workbench.py and lambda_runner.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m11_materialized_view.py            a menu to experiment with
        python m11_materialized_view.py --all      the whole exercise, from start to end
        python m11_materialized_view.py --clean    delete what this program made
"""

import base64
import json
from decimal import Decimal

from workbench import (  # workbench.py: keep it beside this file
    client, delete_stream, delete_table, make_stream, make_table, resource, start,
)

STREAM, STOCK, PRICES = "shop", "stock", "prices_now"

kinesis = client("kinesis")
dynamodb = resource("dynamodb")
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
    make_stream(STREAM)
    make_tables()


def make_tables():
    for table in (stock, prices):
        make_table(table.name, "item")


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
    print("What you see: what no single event says. Every one of them counted, so each must count once.")


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
    delete_stream(STREAM)
    for table in (stock, prices):
        delete_table(table.name)


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


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Remove the ConditionExpression and choose 6. How many rolls are there now, and how would you ever notice?
#  2. Key the events by "shop" instead of the item, with two shards. Then key them by hour. Which view breaks first?
#  3. Build a third view: what was sold, per item, today. Do you need new events for it, or only old ones?
#  4. Keep the stock in a Python dict instead. Restart the program: what must it read before it may answer?
