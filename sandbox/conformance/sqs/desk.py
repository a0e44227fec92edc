"""A desk for SQS: queues with fresh names, and the few calls that most behaviours begin with."""

import json

from ..behaviour import Service
from ..desk import Desk, eventually

GONE = "AWS.SimpleQueueService.NonExistentQueue"


class Sqs(Desk):
    service = "sqs"

    def queue(self, name=None, tags=None, **attributes):
        """A new queue's URL."""
        more = {"tags": tags} if tags else {}
        if attributes:
            more["Attributes"] = attributes
        url = self.create_queue(QueueName=name or self.name(), **more)["QueueUrl"]
        self.later(self.delete_queue, QueueUrl=url)
        return url

    def fifo(self, **attributes):
        return self.queue(self.name(".fifo"), FifoQueue="true", **attributes)

    def attribute(self, queue, name):
        return self.attributes(queue, name).get(name)

    def attributes(self, queue, *names):
        names = names or ("All",)
        return self.get_queue_attributes(QueueUrl=queue, AttributeNames=list(names)).get("Attributes", {})

    def change(self, queue, **attributes):
        self.set_queue_attributes(QueueUrl=queue, Attributes=attributes)

    def arn(self, queue):
        return self.attribute(queue, "QueueArn")

    def send(self, queue, body="hello", **more):
        return self.send_message(QueueUrl=queue, MessageBody=body, **more)

    def put(self, queue, body, group="g", **more):
        """Sends to a FIFO queue."""
        more.setdefault("MessageDeduplicationId", self.name())
        return self.send(queue, body, MessageGroupId=group, **more)

    def receive(self, queue, most=1, **more):
        """What is there now."""
        more.setdefault("WaitTimeSeconds", 0)
        return self.receive_message(QueueUrl=queue, MaxNumberOfMessages=most, **more).get("Messages", [])

    def take(self, queue, **more):
        """The one next message, waited for a little."""
        more.setdefault("WaitTimeSeconds", 5)
        messages = self.receive(queue, **more)
        assert len(messages) == 1, f"{len(messages)} messages, not 1"
        return messages[0]

    def bodies(self, messages):
        return [message["Body"] for message in messages]

    def drop(self, queue, message):
        self.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, queue, message, seconds):
        self.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds
        )

    def counts(self, queue):
        """How many are there to receive, in flight, and delayed."""
        names = ("", "NotVisible", "Delayed")
        seen = self.attributes(queue)
        return tuple(int(seen["ApproximateNumberOfMessages" + name]) for name in names)

    def has(self, queue, *counts):
        """Waits until the approximate counts are these."""
        eventually(lambda: self.counts(queue) == counts)

    def with_dead_letters(self, receives=1, fifo=False, **attributes):
        """A queue and the queue of its dead letters."""
        make = self.fifo if fifo else self.queue
        dead = make()
        return make(RedrivePolicy=self.redrive(dead, receives), **attributes), dead

    def redrive(self, dead, receives=1):
        return json.dumps({"deadLetterTargetArn": self.arn(dead), "maxReceiveCount": receives})


SERVICE = Service(
    "sqs",
    Sqs,
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_{}.html",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/{}.html",
)
api, guide, signing = SERVICE.api, SERVICE.guide, SERVICE.signing
