#!/usr/bin/env python3
"""Two joins: a stream with a table, and a stream with a stream, as handlers for Lambda.

`enrich` looks up the customer of each purchase. `join` pairs clicks with the purchases that followed within ten
minutes. It gets both streams, in whatever order they arrive, and so each side has to be kept until the other can no
longer come.

Needs   boto3, workbench.py and lambda_runner.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where streams cost money by the hour: end with --clean there.

Run     python m14_joins.py            a menu to experiment with
        python m14_joins.py --all      the whole exercise, from start to end
        python m14_joins.py --clean    delete what this program made
"""

import base64
import json
from datetime import timedelta

from workbench import (  # workbench.py: keep it beside this file
    client, delete_stream, delete_table, make_stream, make_table, moment, resource, start,
)
from boto3.dynamodb.conditions import Key

PURCHASES, CLICKS, ENRICHED = "purchases", "clicks", "purchases_enriched"
CUSTOMERS, STATE, PAIRS = "customers", "join_state", "bought_after_click"
KEYS = {CUSTOMERS: ["id"], STATE: ["customer", "event"], PAIRS: ["pair"]}
WINDOW = timedelta(minutes=10)

kinesis = client("kinesis")
dynamodb = resource("dynamodb")
customers, state, pairs = dynamodb.Table(CUSTOMERS), dynamodb.Table(STATE), dynamodb.Table(PAIRS)

# --- The functions, as Lambda would run them ------------------------------------------------------------------


def events_of(event):
    for record in event["Records"]:
        yield json.loads(base64.b64decode(record["kinesis"]["data"]))


def enrich(event, context):
    """Stream and table. One look-up per customer and batch, not one per purchase: a batch has many of one customer.

    It joins with the table *as it is now*. Run it again next year, and Bea may live elsewhere: to join with what was
    true then, the table's changes (M9) have to become a stream as well, and the join gets a time on both sides."""
    known = {}
    for purchase in events_of(event):
        id = purchase["customer"]
        if id not in known:
            known[id] = customers.get_item(Key={"id": id}).get("Item", {})
        out = {
            "purchase": purchase["purchase"],
            "amount": purchase["amount"],
            "name": known[id].get("name"),  # None for a stranger: a lost name is a nuisance, a lost purchase a loss
            "city": known[id].get("city"),
        }
        kinesis.put_record(StreamName=ENRICHED, PartitionKey=id, Data=json.dumps(out).encode())
        print(f"  {out}")


def join(event, context):
    """Stream and stream. Whichever side comes first is written down; whichever comes second finds it there.

    The two streams have no order between them, so this has to work both ways: a purchase looks for clicks before it,
    a click looks for purchases after it. A pair is kept under its own name, so finding it twice does no harm."""
    for happened in events_of(event):
        at = moment(happened["at"])
        kind, other = ("purchase", "click") if "purchase" in happened else ("click", "purchase")
        state.put_item(
            Item={
                "customer": happened["customer"],
                "event": f"{kind}#{text(at)}#{happened[kind]}",
                "id": happened[kind],
                # A table with a time to live forgets what no purchase can match any more. Without it the state of
                # a join grows for ever. (Switch it on with update_time_to_live, attribute `forget`.)
                "forget": int((at + WINDOW + timedelta(days=1)).timestamp()),
            }
        )
        begin, end = (at - WINDOW, at) if kind == "purchase" else (at, at + WINDOW)
        found = state.query(
            KeyConditionExpression=Key("customer").eq(happened["customer"])
            & Key("event").between(f"{other}#{text(begin)}", f"{other}#{text(end)}#~"),
            ConsistentRead=True,
        )["Items"]
        for match in found:
            pair = {kind: happened[kind], other: match["id"]}
            pairs.put_item(Item={"pair": f"{pair['click']}/{pair['purchase']}", **pair})
            print(f"  {happened['customer']}: {pair['click']} led to {pair['purchase']}")


def text(moment):
    # Written like this, times sort as text: that is what makes the range query above possible.
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Around them ----------------------------------------------------------------------------------------------


def create():
    for name in (PURCHASES, CLICKS, ENRICHED):
        make_stream(name)
    for name, keys in KEYS.items():
        make_table(name, *keys)


def sign_up():
    for id, name, city in (("c1", "Ada", "Bern"), ("c2", "Bea", "Lyon"), ("c3", "Cem", "Izmir")):
        customers.put_item(Item={"id": id, "name": name, "city": city})
        print(f"  {id}: {name}, {city}")


def put(stream, event):
    kinesis.put_record(StreamName=stream, PartitionKey=event["customer"], Data=json.dumps(event).encode())
    print(f"  {event}")


def buy():
    for purchase, customer, amount, clock in (
        ("p1", "c1", 30, "10:05"),
        ("p2", "c2", 12, "10:06"),
        ("p3", "c2", 80, "10:30"),
        ("p4", "c9", 5, "10:20"),  # the table has no c9
    ):
        put(PURCHASES, {"purchase": purchase, "customer": customer, "amount": amount, "at": f"2026-11-23T{clock}:00Z"})


def click():
    for id, customer, page, clock in (
        ("k1", "c1", "tents", "10:01"),
        ("k2", "c2", "boots", "10:02"),
        ("k3", "c2", "stoves", "10:12"),
    ):
        put(CLICKS, {"click": id, "customer": customer, "page": page, "at": f"2026-11-23T{clock}:00Z"})


def run(handler, stream):
    from lambda_runner import Runner

    print(f"  {handler.__name__} got {Runner(handler, stream).run()} events of {stream}.")


def run_enrich():
    run(enrich, PURCHASES)
    print("What you see: every purchase came out, the stranger's too.")


def run_join():
    """Clicks first, purchases second: the natural order. Try the other one below."""
    run(join, CLICKS)
    run(join, PURCHASES)
    show_pairs()


def the_other_way_round():
    """Forget the state, and let the purchases come first, as when the clicks' reader was down for a while."""
    for table in (state, pairs):
        names = [key["AttributeName"] for key in table.key_schema]
        for item in table.scan()["Items"]:
            table.delete_item(Key={name: item[name] for name in names})
    run(join, PURCHASES)
    run(join, CLICKS)
    show_pairs()
    print("What you see: the same pairs, found from the other side.")


def show_pairs():
    for pair in sorted(pairs.scan()["Items"], key=lambda pair: pair["pair"]):
        print(f"  {pair['click']} -> {pair['purchase']}")
    print("k3 and p3 are 18 minutes apart: the window is what says that this is no longer a cause.")


def move():
    """Bea moves, and the old purchases are enriched again."""
    customers.put_item(Item={"id": "c2", "name": "Bea", "city": "Nantes"})
    run(enrich, PURCHASES)
    print("What you see: purchases of the Lyon days now say Nantes. Put her back with 2, and run 4 again.")


def clean():
    for name in (PURCHASES, CLICKS, ENRICHED):
        delete_stream(name)
    for name in KEYS:
        delete_table(name)


EXERCISE = [
    ("Create streams and tables", create),
    ("Three customers sign up", sign_up),
    ("Four purchases", buy),
    ("Enrich the purchases", run_enrich),
    ("Three clicks", click),
    ("Join clicks and purchases", run_join),
]
EXPERIMENTS = [
    ("Join again, purchases first", the_other_way_round),
    ("A customer moves: whose city is it now?", move),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Let a click through twice. How many pairs are there, and what makes it so?
#  2. Drop the stranger instead of sending null. How would anyone find out how many were dropped?
#  3. Cache customers outside the handler, where Lambda keeps them between calls. When is the cache wrong, and who decides
#     how wrong is fine?
#  4. Join with two shards each. What must be true of the keys of both streams so that one reader sees both sides?
