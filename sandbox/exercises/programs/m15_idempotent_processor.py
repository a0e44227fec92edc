#!/usr/bin/env python3
"""A processor that may crash and be called again, and still charges every payment once.

Delivery is at least once, and that will not change: tills repeat, processors die between the work and the checkpoint.
The handler notes each payment in the table `processed` and charges the card in `charged`, both in one transaction. A
second try finds the note, and the whole transaction fails. That failure is the success.

Needs   boto3, workbench.py and lambda_runner.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.

Run     python m15_idempotent_processor.py            a menu to experiment with
        python m15_idempotent_processor.py --all      the whole exercise, from start to end
        python m15_idempotent_processor.py --clean    delete what this program made
"""

import base64
import json
import sys
import tempfile

from workbench import client, delete_stream, delete_table, make_stream, make_table, start  # workbench.py: keep it beside this file
from botocore.exceptions import BotoCoreError, ClientError

STREAM, PROCESSED, CHARGED = "payments", "processed", "charged"
KEYS = {PROCESSED: "payment", CHARGED: "card"}

kinesis = client("kinesis")
dynamodb = client("dynamodb")


# --- The function, as Lambda would run it ---------------------------------------------------------------------


def handler(event, context):
    """One record after the other. If one fails, say from which on we want to be called again: without this, Lambda
    repeats the whole batch (which does no harm here, only work)."""
    for record in event["Records"]:
        payment = json.loads(base64.b64decode(record["kinesis"]["data"]))
        try:
            charge_once(payment)
        except (BotoCoreError, ClientError) as error:
            print(f"  {payment['payment']} failed: {error}", file=sys.stderr)
            return {"batchItemFailures": [{"itemIdentifier": record["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}


def charge_once(payment):
    """Note and charge, both or neither.

    The id is the till's own, made before its first try. The sequence number would not do: a till that sends twice
    makes two records, with two numbers, of one payment."""
    try:
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": PROCESSED,
                        "Item": {"payment": {"S": payment["payment"]}},
                        "ConditionExpression": "attribute_not_exists(payment)",
                    }
                },
                {
                    "Update": {
                        "TableName": CHARGED,
                        "Key": {"card": {"S": payment["card"]}},
                        "UpdateExpression": "ADD #total :amount",
                        "ExpressionAttributeNames": {"#total": "total"},
                        "ExpressionAttributeValues": {":amount": {"N": str(payment["amount"])}},
                    }
                },
            ]
        )
    except dynamodb.exceptions.TransactionCanceledException as cancelled:
        reasons = [reason["Code"] for reason in cancelled.response["CancellationReasons"]]
        if reasons[0] != "ConditionalCheckFailed":
            raise  # a conflict with another writer, or a limit: that one must be tried again
        print(f"  {payment['payment']} was charged before: nothing to do")
        return
    print(f"  {payment['payment']} charged: {payment['amount']} to {payment['card']}")


def charge_at_least_once(event, context):
    """The processor of the 212 passengers: right on every day on which nothing goes wrong."""
    for record in event["Records"]:
        payment = json.loads(base64.b64decode(record["kinesis"]["data"]))
        dynamodb.update_item(
            TableName=CHARGED,
            Key={"card": {"S": payment["card"]}},
            UpdateExpression="ADD #total :amount",
            ExpressionAttributeNames={"#total": "total"},
            ExpressionAttributeValues={":amount": {"N": str(payment["amount"])}},
        )


# --- Around it ------------------------------------------------------------------------------------------------


def create():
    make_stream(STREAM)
    for name, key in KEYS.items():
        make_table(name, key)


def tills():
    """Four payments. For p2 the till heard no answer, so it sent it again, as it should."""
    for payment, card, amount in (("p1", "ann", 20), ("p2", "bob", 35), ("p2", "bob", 35), ("p3", "ann", 20), ("p4", "eve", 12)):
        event = {"payment": payment, "card": card, "amount": amount}
        kinesis.put_record(StreamName=STREAM, PartitionKey=card, Data=json.dumps(event).encode())
        print(f"  {event}")


def crash_and_restart():
    """The runner dies after three records, before the checkpoint, and begins again where the checkpoint stands: at
    the start. Three records are delivered twice."""
    from lambda_runner import Crash, Runner

    with tempfile.TemporaryDirectory() as folder:
        try:
            Runner(handler, STREAM, crash_after=3, remember=folder).run()
        except Crash as crash:
            print(f"  The processor {crash}.")
        print("  A new one starts.")
        Runner(handler, STREAM, remember=folder).run()
    show()
    print("What you see: ann paid 40 for two tickets, bob 35 for one that was sent twice, eve 12.")


def redeliver():
    """Everything again, each batch twice. The sum must not move by a cent."""
    from lambda_runner import Runner

    Runner(handler, STREAM, redeliver=True).run()
    show()
    print("What you see: everything came twice more, and not a cent moved.")


def show():
    total = 0
    for item in sorted(dynamodb.scan(TableName=CHARGED)["Items"], key=lambda item: item["card"]["S"]):
        print(f"  {item['card']['S']:4} {item['total']['N']:>4}")
        total += float(item["total"]["N"])
    print(f"  all  {total:4g}")


def forget():
    for name, key in KEYS.items():
        for item in dynamodb.scan(TableName=name)["Items"]:
            dynamodb.delete_item(TableName=name, Key={key: item[key]})


def without_the_table():
    """The same crash with the processor of the 212 passengers. Afterwards the tables are put right again."""
    from lambda_runner import Crash, Runner

    forget()
    with tempfile.TemporaryDirectory() as folder:
        try:
            Runner(charge_at_least_once, STREAM, crash_after=3, remember=folder).run()
        except Crash as crash:
            print(f"  The processor {crash}.")
        Runner(charge_at_least_once, STREAM, remember=folder).run()
    show()
    print("What you see: 87 was due. Now the tables are cleared and filled again by the other one.")
    forget()
    Runner(handler, STREAM).run()


def checkpoint_first():
    """The other order, on paper: write down first, then work. The crash now loses what was not yet done."""
    print("  at least once   work, then checkpoint   a crash in between: done twice")
    print("  at most once    checkpoint, then work   a crash in between: never done")
    print("  exactly once    both in one transaction, or work that does no harm when done twice")


def clean():
    delete_stream(STREAM)
    for name in KEYS:
        delete_table(name)


EXERCISE = [
    ("Create the stream and the tables", create),
    ("The tills send payments, one of them twice", tills),
    ("Process, crash after three, start again", crash_and_restart),
    ("Deliver everything again", redeliver),
]
EXPERIMENTS = [
    ("Look at the totals", show),
    ("The same without the table", without_the_table),
    ("Three promises, side by side", checkpoint_first),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Split the transaction into two writes, first the note and then the charge. Crash between them: what is lost?
#     Then the other way round: what comes twice?
#  2. Give `processed` a time to live of a day. Which duplicate gets through now, and how late may a till repeat?
#  3. Use the record's sequence number as the id. Which of the two kinds of duplicate does that catch, and which not?
#  4. Send an e-mail in the handler as well. It can be in no transaction: where would you put it, and what do you promise?
