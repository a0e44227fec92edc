#!/usr/bin/env python3
"""A broker between a shop and a printer: send, receive, acknowledge, and what happens without the last.

A queue hands a message to one receiver, hides it for a while (the visibility timeout), and forgets it only when
the receiver says "done". No "done" in time, and the message is there again for the next one. A message that comes
back too often is put into another queue, where it hurts nobody until a person looks at it.

Needs   boto3 (1.35 or later), workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead.

Run     python m05_message_broker.py            a menu to experiment with
        python m05_message_broker.py --all      the whole exercise, from start to end
        python m05_message_broker.py --clean    delete what this program made
"""

import json
import time

from workbench import client, delete_queue, start  # workbench.py: keep it beside this file

QUEUE = "prints"
DEAD_LETTERS = "prints-failed"

sqs = client("sqs")


def url(name):
    return sqs.get_queue_url(QueueName=name)["QueueUrl"]


def create():
    """First the queue for what fails, since the other one names it."""
    dead = sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    # maxReceiveCount 2: handed out twice without success, and at the third attempt it is moved aside. In
    # production take 3 to 5: with 1, a single network hiccup at the wrong moment counts as "broken".
    policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 2}
    sqs.create_queue(QueueName=QUEUE, Attributes={"RedrivePolicy": json.dumps(policy)})
    print(f"{QUEUE} is there; what fails twice goes to {DEAD_LETTERS}.")


def shop():
    """The producer. It gets a "thank you" as soon as the broker has the job, whether the printer is on or not."""
    for job in ("wedding-1", "wedding-2", "broken-file"):
        answer = sqs.send_message(QueueUrl=url(QUEUE), MessageBody=job)
        print(f"  {job:12} taken, number {answer['MessageId'][:8]}")


def receive(visibility=None, wait=2):
    """At most one job. With `wait` the broker answers as soon as there is one (long polling): fewer questions for
    nothing, and no delay."""
    options = {"VisibilityTimeout": visibility} if visibility is not None else {}
    answer = sqs.receive_message(
        QueueUrl=url(QUEUE),
        MaxNumberOfMessages=1,
        WaitTimeSeconds=wait,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
        **options,
    )
    return next(iter(answer.get("Messages", [])), None)


def printer():
    """The consumer: take, print, say done. In this order. Acknowledge before printing, and a jam loses the job."""
    broken = []
    while message := receive():
        if message["Body"] == "broken-file":
            broken.append(message)
            print(f"  {message['Body']:12} jams! No \"done\" for this one.")
            continue
        print(f"  {message['Body']:12} printed")
        # The receipt handle belongs to this one receive, not to the message: an old one may no longer count.
        sqs.delete_message(QueueUrl=url(QUEUE), ReceiptHandle=message["ReceiptHandle"])
    for message in broken:
        # We know at once that we failed, so why let it stay hidden for 30 seconds? 0 gives it back now.
        sqs.change_message_visibility(QueueUrl=url(QUEUE), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    print("What you see: two jobs done and forgotten, one given back.")


def jam():
    """Take the broken one again and again, never acknowledge it, and see its receive count grow."""
    for _ in range(5):
        message = receive(visibility=1, wait=3)
        if message is None:
            break
        print(f"  {message['Body']:12} received for the {message['Attributes']['ApproximateReceiveCount']}. time; jams again")
        time.sleep(1.1)  # longer than its visibility timeout
    print("The queue has nothing more for us. Where is the job?")
    look()
    print("What you see: handed out twice without a \"done\", it was put aside. It is not lost, and it jams nobody else.")


def look():
    for name in (QUEUE, DEAD_LETTERS):
        counts = sqs.get_queue_attributes(
            QueueUrl=url(name),
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        visible, hidden = counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]
        print(f"  {name:14} {visible} waiting, {hidden} in flight")


def too_slow():
    """The most frequent accident with queues: the work takes longer than the visibility timeout."""
    sqs.send_message(QueueUrl=url(QUEUE), MessageBody="poster")
    first = receive(visibility=1)
    print("  printer A takes", first["Body"], "and needs two seconds; its timeout is one.")
    time.sleep(2)
    second = receive(visibility=30)
    print("  printer B takes", second["Body"], "meanwhile. Two posters are being printed.")
    sqs.delete_message(QueueUrl=url(QUEUE), ReceiptHandle=second["ReceiptHandle"])
    print("Cure: a timeout well above the longest job, or change_message_visibility while you work. And a job that may")
    print("run twice without harm, since a standard queue promises *at least* once and no more than that.")


def redrive():
    """Somebody has mended the file: move the dead letters back to where they came from."""
    dead = url(DEAD_LETTERS)
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.start_message_move_task(SourceArn=arn)
    time.sleep(1)
    look()


def clean():
    for name in (QUEUE, DEAD_LETTERS):
        delete_queue(name)


EXERCISE = [
    ("Create the queue and its dead-letter queue", create),
    ("The shop sends three jobs", shop),
    ("The printer prints what it can", printer),
    ("The broken file jams until the queue gives up", jam),
]
EXPERIMENTS = [
    ("Look at both queues", look),
    ("Be too slow, and print a poster twice", too_slow),
    ("Move the dead letters back", redrive),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Acknowledge before "printed", and raise an exception in between. What does the customer notice?
#  2. Start two printers in two windows. Does either of them see a job that the other one has?
#  3. Make both queues FIFO (names that end in .fifo, a MessageGroupId per send). What waits behind the broken file now?
#  4. Put an alarm on the dead-letter queue's depth: a loop that prints when it is above 0. Nobody reads it otherwise.
