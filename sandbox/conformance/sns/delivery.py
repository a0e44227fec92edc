"""Delivery to queues: wrapped and raw, with attributes, to everyone, and what becomes of what cannot be delivered."""

import base64
import json
import re

from ..desk import refused, same
from .desk import api, attributes, guide

WRAPPED = "sns-message-and-json-formats"


def wrapped(sns, **more):
    topic, queue = sns.listener(RawMessageDelivery="false")
    sent = sns.say(topic, "grüße", **more)
    return topic, sent, sns.envelope(queue)


@guide(WRAPPED)
def a_message_is_wrapped_with_its_id_topic_and_text(sns):
    topic, sent, seen = wrapped(sns)
    same((seen["Type"], seen["MessageId"]), ("Notification", sent["MessageId"]))
    same((seen["TopicArn"], seen["Message"]), (topic, "grüße"))


@guide(WRAPPED)
def a_wrapped_message_has_a_timestamp(sns):
    _, _, seen = wrapped(sns)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", seen["Timestamp"]), seen


@guide(WRAPPED)
def a_wrapped_message_has_a_signature(sns):
    _, _, seen = wrapped(sns)
    same(seen["SignatureVersion"], "1")
    assert base64.b64decode(seen["Signature"], validate=True), seen
    assert seen["SigningCertURL"].endswith(".pem"), seen
    assert "Action=Unsubscribe" in seen["UnsubscribeURL"], seen


@guide(WRAPPED)
def a_wrapped_message_has_its_subject_only_where_there_is_one(sns):
    same(wrapped(sns, Subject="News")[2]["Subject"], "News")
    assert "Subject" not in wrapped(sns)[2]


@guide(WRAPPED)
def a_wrapped_message_has_its_attributes_inside(sns):
    seen = wrapped(sns, MessageAttributes=attributes(colour="blue", size=12.5, picture=b"\x00\xff"))[2]
    wanted = {
        "colour": {"Type": "String", "Value": "blue"},
        "size": {"Type": "Number", "Value": "12.5"},
        "picture": {"Type": "Binary", "Value": base64.b64encode(b"\x00\xff").decode()},
    }
    same(seen["MessageAttributes"], wanted)
    assert "MessageAttributes" not in wrapped(sns)[2]


@guide(WRAPPED)
def a_wrapped_message_keeps_its_array(sns):
    seen = wrapped(sns, MessageAttributes=attributes(sizes=["s", "m"]))[2]
    same(seen["MessageAttributes"]["sizes"]["Type"], "String.Array")
    same(json.loads(seen["MessageAttributes"]["sizes"]["Value"]), ["s", "m"])


@guide("sns-large-payload-raw-message-delivery")
def a_raw_message_is_the_text_alone(sns):
    topic, queue = sns.listener()
    sns.say(topic, "grüße", Subject="News")
    same(sns.heard(queue, 1)[0]["Body"], "grüße")


@guide("sns-large-payload-raw-message-delivery")
def the_attributes_of_a_raw_message_become_those_of_the_queues(sns):
    topic, queue = sns.listener()
    sns.say(topic, MessageAttributes=attributes(colour="blue", size=12, picture=b"\x00\xff"))
    seen = sns.heard(queue, 1, MessageAttributeNames=["All"])[0]["MessageAttributes"]
    same(seen["colour"], {"DataType": "String", "StringValue": "blue"})
    same(seen["size"], {"DataType": "Number", "StringValue": "12"})
    same(seen["picture"], {"DataType": "Binary", "BinaryValue": b"\x00\xff"})


@guide("sns-message-attributes")
def a_wrapped_message_has_no_attributes_outside(sns):
    topic, queue = sns.listener(RawMessageDelivery="false")
    sns.say(topic, MessageAttributes=attributes(colour="blue"))
    assert "MessageAttributes" not in sns.heard(queue, 1, MessageAttributeNames=["All"])[0]


@guide("welcome")
def every_subscriber_hears_a_message(sns):
    topic = sns.topic()
    queues = [sns.listener(topic)[1] for _ in range(3)]
    sns.say(topic, "to all")
    for queue in queues:
        same(sns.heard(queue, 1)[0]["Body"], "to all")


@guide("welcome")
def a_queue_may_hear_several_topics(sns):
    queue, topics = sns.queue(), [sns.topic(), sns.topic()]
    for n, topic in enumerate(topics):
        sns.subscribed(topic, queue, RawMessageDelivery="true")
        sns.say(topic, str(n))
    same(sorted(sns.sqs.bodies(sns.heard(queue, 2))), ["0", "1"])


@guide("welcome")
def a_subscriber_hears_only_what_comes_after(sns):
    topic, queue = sns.topic(), sns.queue()
    sns.say(topic, "before")
    sns.subscribed(topic, queue, RawMessageDelivery="true")
    sns.say(topic, "after")
    same(sns.heard(queue, 1)[0]["Body"], "after")


@guide("welcome")
def many_messages_all_arrive(sns):
    topic, queue = sns.listener()
    for n in range(30):
        sns.say(topic, str(n))
    same(sorted(map(int, sns.sqs.bodies(sns.heard(queue, 30)))), list(range(30)))


@guide("sns-dead-letter-queues")
def what_cannot_be_delivered_goes_to_the_dead_letter_queue(sns):
    dead = sns.queue()
    topic, queue = sns.listener(RedrivePolicy={"deadLetterTargetArn": sns.sqs.arn(dead)})
    sns.sqs.delete_queue(QueueUrl=queue)
    sns.say(topic, "lost", MessageAttributes=attributes(colour="blue"))
    seen = sns.heard(dead, 1, MessageAttributeNames=["All"])[0]
    same(seen["Body"], "lost")
    same(seen["MessageAttributes"]["colour"]["StringValue"], "blue")


@guide("sns-dead-letter-queues")
def publishing_succeeds_where_a_queue_is_gone(sns):
    topic, queue = sns.listener()
    _, other = sns.listener(topic)
    sns.sqs.delete_queue(QueueUrl=queue)
    sns.say(topic, "still")
    same(sns.heard(other, 1)[0]["Body"], "still")


@guide("sns-dead-letter-queues")
def a_dead_letter_queue_is_told_and_removed(sns):
    topic, queue, dead = sns.topic(), sns.queue(), sns.queue()
    policy = {"deadLetterTargetArn": sns.sqs.arn(dead)}
    arn = sns.subscribed(topic, queue, RedrivePolicy=policy)
    same(json.loads(sns.subscription(arn)["RedrivePolicy"]), policy)
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy", AttributeValue="")
    assert not sns.subscription(arn).get("RedrivePolicy")


@api("SetSubscriptionAttributes")
def a_dead_letter_queue_is_named_by_its_arn(sns):
    topic, queue = sns.topic(), sns.queue()
    for wrong in ("{", json.dumps({"deadLetterTargetArn": "nowhere"}), json.dumps({"target": "x"})):
        with refused("InvalidParameter"):
            sns.subscribed(topic, queue, RedrivePolicy=wrong)
