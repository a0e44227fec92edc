"""A desk for SNS: topics with fresh names, queues that hear them, and what they heard."""

import json
import time

from ..behaviour import Service
from ..desk import Desk, same
from ..sqs.desk import Sqs


class Sns(Desk):
    service = "sns"

    def __init__(self, account):
        super().__init__(account)
        self.sqs = self.cleaning.enter_context(Sqs(account))

    def topic(self, name=None, tags=None, **attributes):
        """A new topic's ARN."""
        more = {"Tags": [{"Key": k, "Value": v} for k, v in tags.items()]} if tags else {}
        if attributes:
            more["Attributes"] = attributes
        arn = self.create_topic(Name=self.name() if name is None else name, **more)["TopicArn"]
        self.later(self.delete_topic, TopicArn=arn)
        return arn

    def fifo(self, **attributes):
        return self.topic(self.name(".fifo"), FifoTopic="true", **attributes)

    def attributes(self, topic):
        return self.get_topic_attributes(TopicArn=topic)["Attributes"]

    def queue(self, fifo=False, **attributes):
        """A queue that topics may send to; its URL."""
        url = self.sqs.fifo(**attributes) if fifo else self.sqs.queue(**attributes)
        service = {"Service": "sns.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": service, "Action": "sqs:SendMessage", "Resource": self.sqs.arn(url)}
        self.sqs.change(url, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        return url

    def subscribed(self, topic, queue, **attributes):
        """A new subscription's ARN."""
        for name, value in attributes.items():
            if not isinstance(value, str):
                attributes[name] = json.dumps(value)
        more = {"Attributes": attributes} if attributes else {}
        answer = self.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=self.sqs.arn(queue), ReturnSubscriptionArn=True, **more
        )
        return answer["SubscriptionArn"]

    def listener(self, topic=None, fifo=False, **attributes):
        """A topic and the URL of a queue that hears it; raw where nothing else is said."""
        topic = topic or (self.fifo() if fifo else self.topic())
        attributes.setdefault("RawMessageDelivery", "true")
        queue = self.queue(fifo)
        self.subscribed(topic, queue, **attributes)
        return topic, queue

    def subscription(self, arn):
        return self.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]

    def say(self, topic, message="hello", **more):
        return self.publish(TopicArn=topic, Message=message, **more)

    def heard(self, queue, count, **more):
        """So many messages, in the order received; more are not waited for."""
        messages, end = [], time.monotonic() + 6
        while len(messages) < count and time.monotonic() < end:
            for message in self.sqs.receive(queue, 10, WaitTimeSeconds=1, **more):
                messages.append(message)
                self.sqs.drop(queue, message)
        messages += self.sqs.receive(queue, 10)
        same(len(messages), count)
        return messages

    def envelope(self, queue):
        """The one message heard, taken out of what SNS wraps around it."""
        return json.loads(self.heard(queue, 1)[0]["Body"])

    def silent(self, queue):
        """Nothing was heard."""
        same(self.sqs.bodies(self.sqs.receive(queue, 10, WaitTimeSeconds=1)), [])


def attribute(value):
    """A message attribute of the type that the value has."""
    if isinstance(value, bytes):
        return {"DataType": "Binary", "BinaryValue": value}
    if isinstance(value, list):
        return {"DataType": "String.Array", "StringValue": json.dumps(value)}
    kind = "String" if isinstance(value, str) else "Number"
    return {"DataType": kind, "StringValue": str(value)}


def attributes(**values):
    return {name: attribute(value) for name, value in values.items()}


SERVICE = Service(
    "sns",
    Sns,
    "https://docs.aws.amazon.com/sns/latest/api/API_{}.html",
    "https://docs.aws.amazon.com/sns/latest/dg/{}.html",
)
api, guide, signing = SERVICE.api, SERVICE.guide, SERVICE.signing
