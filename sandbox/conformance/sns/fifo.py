"""FIFO topics: groups, order and deduplication, on the way to FIFO queues."""

import hashlib

from ..desk import refused, same
from .desk import api, guide

ORDER = "fifo-topic-message-ordering"
ONCE = "fifo-message-dedup"


def put(sns, topic, message, group="g", **more):
    more.setdefault("MessageDeduplicationId", sns.name())
    return sns.say(topic, message, MessageGroupId=group, **more)


@api("GetTopicAttributes")
def a_fifo_topic_says_so(sns):
    seen = sns.attributes(sns.fifo())
    same((seen["FifoTopic"], seen["ContentBasedDeduplication"]), ("true", "false"))


@api("Publish")
def a_fifo_message_needs_a_group(sns):
    topic = sns.fifo(ContentBasedDeduplication="true")
    with refused("InvalidParameter"):
        sns.say(topic)


@api("Publish")
def a_fifo_message_needs_a_deduplication_id_where_content_makes_none(sns):
    topic = sns.fifo()
    with refused("InvalidParameter"):
        sns.say(topic, MessageGroupId="g")


@api("Publish")
def sequence_numbers_have_20_digits_and_grow(sns):
    topic = sns.fifo()
    numbers = [put(sns, topic, str(n))["SequenceNumber"] for n in range(4)]
    assert all(len(it) == 20 and it.isdigit() for it in numbers), numbers
    same(numbers, sorted(set(numbers)))


@guide(ORDER)
def a_fifo_queue_hears_a_fifo_topic_in_order(sns):
    topic, queue = sns.listener(fifo=True)
    for n in range(12):
        put(sns, topic, str(n))
    same(sns.sqs.bodies(sns.heard(queue, 12)), [str(n) for n in range(12)])


@guide(ORDER)
def group_and_deduplication_id_travel_to_the_queue(sns):
    topic, queue = sns.listener(fifo=True)
    put(sns, topic, "one", "blue", MessageDeduplicationId="once")
    seen = sns.heard(queue, 1, MessageSystemAttributeNames=["All"])[0]["Attributes"]
    same((seen["MessageGroupId"], seen["MessageDeduplicationId"]), ("blue", "once"))


@guide("fifo-message-delivery")
def a_wrapped_fifo_message_tells_its_sequence_number(sns):
    topic, queue = sns.listener(fifo=True, RawMessageDelivery="false")
    sent = put(sns, topic, "one")
    same(sns.envelope(queue)["SequenceNumber"], sent["SequenceNumber"])


@guide(ONCE)
def a_duplicate_is_accepted_and_not_delivered(sns):
    topic, queue = sns.listener(fifo=True)
    for message in ("one", "again"):
        put(sns, topic, message, MessageDeduplicationId="once")
    put(sns, topic, "two")
    same(sns.sqs.bodies(sns.heard(queue, 2)), ["one", "two"])


@guide(ONCE)
def content_makes_the_deduplication_id(sns):
    topic, queue = sns.listener(sns.fifo(ContentBasedDeduplication="true"), fifo=True)
    for message in ("one", "one", "two"):
        sns.say(topic, message, MessageGroupId="g")
    seen = sns.heard(queue, 2, MessageSystemAttributeNames=["All"])
    same(sns.sqs.bodies(seen), ["one", "two"])
    same(seen[0]["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"one").hexdigest())


@api("PublishBatch")
def a_fifo_batch_keeps_its_order(sns):
    topic, queue = sns.listener(fifo=True)
    batch = [
        {"Id": str(n), "Message": str(n), "MessageGroupId": "g", "MessageDeduplicationId": str(n)} for n in range(10)
    ]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    assert all("SequenceNumber" in it for it in answer["Successful"]), answer
    same(sns.sqs.bodies(sns.heard(queue, 10)), [str(n) for n in range(10)])


@api("PublishBatch")
def an_entry_without_a_group_fails_alone(sns):
    topic, queue = sns.listener(sns.fifo(ContentBasedDeduplication="true"), fifo=True)
    batch = [{"Id": "fine", "Message": "1", "MessageGroupId": "g"}, {"Id": "wrong", "Message": "2"}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    same([it["Id"] for it in answer["Successful"]], ["fine"])
    same([(it["Id"], it["Code"]) for it in answer["Failed"]], [("wrong", "InvalidParameter")])
    same(sns.sqs.bodies(sns.heard(queue, 1)), ["1"])


@api("PublishBatch")
def a_fifo_batch_without_any_group_is_refused_as_a_whole(sns):
    topic = sns.fifo(ContentBasedDeduplication="true")
    with refused("InvalidParameter"):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "wrong", "Message": "2"}])


@guide("fifo-message-filtering")
def a_fifo_topic_filters_and_keeps_the_order(sns):
    topic, queue = sns.listener(fifo=True, FilterPolicy={"keep": ["yes"]})
    for n in range(6):
        kept = {"keep": {"DataType": "String", "StringValue": "no" if n % 2 else "yes"}}
        put(sns, topic, str(n), MessageAttributes=kept)
    same(sns.sqs.bodies(sns.heard(queue, 3)), ["0", "2", "4"])
