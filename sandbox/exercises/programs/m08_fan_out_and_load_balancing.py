#!/usr/bin/env python3
"""Fan-out and load balancing, side by side: a topic with three queues, and two cooks who share one of them.

Everyone hears of an order: kitchen, billing, and Marco's sister, if it is a big one. That is fan-out: each subscriber
has a queue and gets its own copy. Of two cooks only one gets each order. That is load balancing: they share a queue.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead.

Run     python m08_fan_out_and_load_balancing.py            a menu to experiment with
        python m08_fan_out_and_load_balancing.py --all      the whole exercise, from start to end
        python m08_fan_out_and_load_balancing.py --clean    delete what this program made
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from workbench import client, delete_queue, start  # workbench.py: keep it beside this file

TOPIC = "order-placed"
QUEUES = ["kitchen", "billing", "big-orders"]
BIG = {"amount": [{"numeric": [">=", 100]}]}

sns = client("sns")
sqs = client("sqs")


def topic():
    # Creating what exists already answers with the same ARN, so this is also how to look it up.
    return sns.create_topic(Name=TOPIC)["TopicArn"]


def url(name):
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def create():
    """The topic, and a queue per subscriber. A queue in between, and not the subscriber itself: a kitchen that is
    closed for an hour finds its orders waiting, where a topic alone would have told nobody."""
    for name in QUEUES:
        queue = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        # On AWS a queue takes nothing from a topic unless its policy says so. Forgotten, the topic publishes, no
        # error is seen, and the queue stays empty: the classic lost afternoon. Name the topic in it, or any will do.
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic()}},
                }
            ],
        }
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
        # Raw: the queue gets the message as it was published, and not wrapped in SNS' own envelope.
        attributes = {"RawMessageDelivery": "true"}
        if name == "big-orders":
            attributes["FilterPolicy"] = json.dumps(BIG)
        sns.subscribe(TopicArn=topic(), Protocol="sqs", Endpoint=arn, Attributes=attributes)
        print(f"  {name} is subscribed" + (f", for {json.dumps(BIG)}" if name == "big-orders" else ""))
    print("(On AWS, a filter may take up to 15 minutes to count everywhere.)")


def publish():
    for order, amount in (("soup for table 4", 12), ("wedding dinner", 2500), ("pasta for table 1", 40), ("pizza, twice", 31)):
        sns.publish(
            TopicArn=topic(),
            Message=order,
            MessageAttributes={"amount": {"DataType": "Number", "StringValue": str(amount)}},
        )
        print(f"  {order}: {amount}")
    look()
    print("What you see: four orders in, nine copies out. The publisher knows of none of the queues.")


def look():
    for name in QUEUES:
        counts = sqs.get_queue_attributes(
            QueueUrl=url(name),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        waiting, taken = counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]
        print(f"  {name:11} {waiting} waiting, {taken} being worked on")


def cook(name, seconds, log):
    """One worker. It takes an order, cooks, says done, and takes the next: a slow cook simply takes fewer."""
    while True:
        got = sqs.receive_message(QueueUrl=url("kitchen"), MaxNumberOfMessages=1, WaitTimeSeconds=1).get("Messages", [])
        if not got:
            return
        time.sleep(seconds)
        sqs.delete_message(QueueUrl=url("kitchen"), ReceiptHandle=got[0]["ReceiptHandle"])
        log.append((name, got[0]["Body"]))
        print(f"  {name} cooked: {got[0]['Body']}")


def two_cooks():
    log = []
    with ThreadPoolExecutor() as beside:
        cooks = [beside.submit(cook, name, seconds, log) for name, seconds in (("Gina", 0.1), ("Pio", 0.3))]
        for it in cooks:
            it.result()
    look()
    print(f"What you see: {len(log)} orders, each cooked once, shared by who was free. Billing's copies did not move.")


def without_an_attribute():
    """The filter looks at the attributes. A message that has none does not pass, however big the order."""
    sns.publish(TopicArn=topic(), Message="banquet for 200, amount 9000")
    time.sleep(0.5)
    look()


def bill():
    """The bookkeeper, an hour later: nothing was missed."""
    while got := sqs.receive_message(QueueUrl=url("billing"), MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
        for message in got:
            print(f"  billed: {message['Body']}")
            sqs.delete_message(QueueUrl=url("billing"), ReceiptHandle=message["ReceiptHandle"])


def clean():
    sns.delete_topic(TopicArn=topic())  # its subscriptions go with it
    print(f"The topic {TOPIC} is deleted.")
    for name in QUEUES:
        delete_queue(name)


EXERCISE = [
    ("Create the topic, three queues and their subscriptions", create),
    ("Publish four orders", publish),
    ("Two cooks share the kitchen's queue", two_cooks),
]
EXPERIMENTS = [
    ("Look at the queues", look),
    ("Publish without an amount", without_an_attribute),
    ("The bookkeeper catches up", bill),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Let the kitchen and billing share one queue. Which orders are cooked, and which billed? (It looks fine with one order.)
#  2. Let a third cook start halfway. What must you change for that? What would you have to with shards of a stream?
#  3. Compare with M2: there, two readers of a stream both got everything. How would two readers *share* a stream?
#  4. Make topic and queues FIFO, with the table as the group. What is kept in order then, and what is lost?
