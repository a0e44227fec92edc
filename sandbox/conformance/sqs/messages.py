"""Messages of standard queues: sent, received, deleted; their digests, attributes and sizes."""

import hashlib
import re
import struct
import time

from ..desk import eventually, refused, same
from .desk import api, guide


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_of(attributes):
    """The digest that the guide describes: name, type, kind and value of each, sorted, with their lengths."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        binary = attribute["DataType"].startswith("Binary")
        value = attribute["BinaryValue"] if binary else attribute["StringValue"].encode()
        for part in (name.encode(), attribute["DataType"].encode()):
            digest.update(struct.pack("!I", len(part)) + part)
        digest.update(b"\x02" if binary else b"\x01")
        digest.update(struct.pack("!I", len(value)) + value)
    return digest.hexdigest()


def text(value, kind="String"):
    return {"DataType": kind, "StringValue": value}


MIXED = {
    "colour": text("blue"),
    "size": text("12.5", "Number"),
    "picture": {"DataType": "Binary", "BinaryValue": b"\x00\xff\x01"},
    "price": text("7", "Number.int"),
}


@api("SendMessage")
def sending_returns_an_id_and_the_digest_of_the_body(sqs):
    sent = sqs.send(sqs.queue(), "grüße")
    same(sent["MD5OfMessageBody"], md5("grüße"))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sent["MessageId"]), sent
    assert "SequenceNumber" not in sent and "MD5OfMessageAttributes" not in sent, sent


@api("ReceiveMessage")
def what_was_sent_is_received_with_its_id_digest_and_a_handle(sqs):
    url = sqs.queue()
    sent = sqs.send(url, "first line\n\tsecond ✓")
    seen = sqs.take(url)
    same(seen["Body"], "first line\n\tsecond ✓")
    same((seen["MessageId"], seen["MD5OfBody"]), (sent["MessageId"], sent["MD5OfMessageBody"]))
    assert seen["ReceiptHandle"], seen


@api("ReceiveMessage")
def an_empty_queue_answers_without_messages(sqs):
    assert not sqs.receive_message(QueueUrl=sqs.queue()).get("Messages")


@api("ReceiveMessage")
def one_message_is_received_where_no_number_is_asked(sqs):
    url = sqs.queue()
    for _ in range(3):
        sqs.send(url)
    same(len(sqs.receive_message(QueueUrl=url)["Messages"]), 1)


@api("ReceiveMessage")
def up_to_ten_messages_are_received_at_once(sqs):
    url = sqs.queue()
    for n in range(11):
        sqs.send(url, str(n))
    seen = eventually(lambda: sqs.receive(url, 10))
    assert 1 <= len(seen) <= 10, len(seen)
    while len(seen) < 11:
        seen += sqs.receive(url, 10, WaitTimeSeconds=2)
    same(len({it["MessageId"] for it in seen}), 11)


@api("ReceiveMessage")
def from_1_to_10_messages_can_be_asked_for(sqs):
    url = sqs.queue()
    for wrong in (0, 11, -1):
        with refused("InvalidParameterValue"):
            sqs.receive(url, wrong)


@api("ReceiveMessage")
def a_wait_of_more_than_20_seconds_or_less_than_none_is_refused(sqs):
    url = sqs.queue()
    for wrong in (21, -1):
        with refused("InvalidParameterValue"):
            sqs.receive(url, WaitTimeSeconds=wrong)


@api("ReceiveMessage")
def system_attributes_are_told_only_where_asked_for(sqs):
    url = sqs.queue()
    sqs.send(url)
    assert "Attributes" not in sqs.take(url)


@api("ReceiveMessage")
def all_system_attributes_of_a_message_are_told(sqs):
    url = sqs.queue()
    before = time.time()
    sqs.send(url)
    seen = sqs.take(url, MessageSystemAttributeNames=["All"])["Attributes"]
    wanted = {"SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp"}
    same(set(seen), wanted)
    same(seen["ApproximateReceiveCount"], "1")
    for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"):
        assert abs(int(seen[name]) / 1000 - before) < 60, seen


@api("ReceiveMessage")
def one_system_attribute_is_told_where_one_is_asked_for(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url, AttributeNames=["SentTimestamp"])["Attributes"]
    same(list(seen), ["SentTimestamp"])


@api("ReceiveMessage")
def an_unknown_system_attribute_is_refused(sqs):
    url = sqs.queue()
    sqs.send(url)
    with refused("InvalidAttributeName", "InvalidParameterValue"):
        sqs.receive(url, MessageSystemAttributeNames=["Colour"])


@guide("sqs-message-metadata")
def message_attributes_of_every_type_travel(sqs):
    url = sqs.queue()
    sqs.send(url, MessageAttributes=MIXED)
    seen = sqs.take(url, MessageAttributeNames=["All"])["MessageAttributes"]
    same({name: {k: v for k, v in it.items() if v} for name, it in seen.items()}, MIXED)


@guide("sqs-message-metadata")
def the_digest_of_message_attributes_is_the_documented_one(sqs):
    url = sqs.queue()
    same(sqs.send(url, MessageAttributes=MIXED)["MD5OfMessageAttributes"], md5_of(MIXED))
    seen = sqs.take(url, MessageAttributeNames=["All"])
    same(seen["MD5OfMessageAttributes"], md5_of(MIXED))


@api("ReceiveMessage")
def message_attributes_are_told_only_where_asked_for(sqs):
    url = sqs.queue()
    sqs.send(url, MessageAttributes=MIXED)
    seen = sqs.take(url)
    assert "MessageAttributes" not in seen and "MD5OfMessageAttributes" not in seen, seen


@api("ReceiveMessage")
def message_attributes_are_chosen_by_name(sqs):
    url = sqs.queue()
    sqs.send(url, MessageAttributes=MIXED)
    seen = sqs.take(url, MessageAttributeNames=["colour", "never-there"])
    same(set(seen["MessageAttributes"]), {"colour"})
    same(seen["MD5OfMessageAttributes"], md5_of({"colour": MIXED["colour"]}))


@api("ReceiveMessage")
def message_attributes_are_chosen_by_prefix(sqs):
    url = sqs.queue()
    sqs.send(url, MessageAttributes={"shop.name": text("a"), "shop.town": text("b"), "other": text("c")})
    seen = sqs.take(url, MessageAttributeNames=["shop.*"])["MessageAttributes"]
    same(set(seen), {"shop.name", "shop.town"})


def refuses_attributes(sqs, *wrong, codes=("InvalidParameterValue",)):
    url = sqs.queue()
    for attributes in wrong:
        with refused(*codes):
            sqs.send(url, MessageAttributes=attributes)


@guide("sqs-message-metadata")
def a_message_has_at_most_ten_attributes(sqs):
    url = sqs.queue()
    sqs.send(url, MessageAttributes={f"a{n}": text("x") for n in range(10)})
    with refused("InvalidParameterValue"):
        sqs.send(url, MessageAttributes={f"a{n}": text("x") for n in range(11)})


@guide("sqs-message-metadata")
def the_type_of_a_message_attribute_is_string_number_or_binary(sqs):
    refuses_attributes(sqs, {"a": text("x", "Text")}, {"a": text("x", "string")}, {"a": text("x", "")})


@guide("sqs-message-metadata")
def a_message_attribute_that_says_number_is_one(sqs):
    refuses_attributes(sqs, {"a": text("twelve", "Number")})


@guide("sqs-message-metadata")
def a_message_attribute_is_not_empty(sqs):
    refuses_attributes(sqs, {"a": text("")}, {"a": {"DataType": "String"}})


@guide("sqs-message-metadata")
def the_name_of_a_message_attribute_is_not_reserved_and_has_its_dots_inside(sqs):
    names = ("AWS.a", "Amazon.a", "aws.a", ".a", "a.", "a..b", "a b", "a" * 257)
    refuses_attributes(sqs, *({name: text("x")} for name in names))


@api("SendMessage")
def a_trace_header_is_kept_and_has_its_digest(sqs):
    url = sqs.queue()
    trace = {"AWSTraceHeader": text("Root=1-5759e988-bd862e3fe1be46a994272793")}
    same(sqs.send(url, MessageSystemAttributes=trace)["MD5OfMessageSystemAttributes"], md5_of(trace))
    seen = sqs.take(url, MessageSystemAttributeNames=["AWSTraceHeader"])["Attributes"]
    same(seen["AWSTraceHeader"], trace["AWSTraceHeader"]["StringValue"])


@api("SendMessage")
def the_trace_header_is_the_only_system_attribute_to_send(sqs):
    url = sqs.queue()
    with refused("InvalidParameterValue"):
        sqs.send(url, MessageSystemAttributes={"SenderId": text("me")})


@api("SendMessage")
def a_message_has_a_body(sqs):
    url = sqs.queue()
    with refused("MissingParameter", "InvalidParameterValue"):
        sqs.send(url, "")


@api("SendMessage")
def a_message_of_1_MiB_is_fine_and_a_byte_more_is_refused(sqs):
    url = sqs.queue()
    sqs.send(url, "x" * 1_048_576)
    with refused("InvalidParameterValue"):
        sqs.send(url, "x" * 1_048_577)


@api("SendMessage")
def attributes_count_toward_the_size_of_a_message(sqs):
    url = sqs.queue(MaximumMessageSize="1024")
    sqs.send(url, "x" * 1_024)
    with refused("InvalidParameterValue"):
        sqs.send(url, "x" * 1_020, MessageAttributes={"a": text("b")})


@api("SetQueueAttributes")
def a_queue_refuses_what_is_larger_than_its_own_limit(sqs):
    url = sqs.queue(MaximumMessageSize="1024")
    with refused("InvalidParameterValue"):
        sqs.send(url, "x" * 1_025)


@api("SendMessage")
def size_is_counted_in_bytes(sqs):
    url = sqs.queue(MaximumMessageSize="1024")
    sqs.send(url, "é" * 512)
    with refused("InvalidParameterValue"):
        sqs.send(url, "é" * 513)


@api("SendMessage")
def characters_outside_of_xml_are_refused(sqs):
    url = sqs.queue()
    sqs.send(url, "\t\n\r 😀")
    for wrong in ("\x00", "a\x0b", "\x1f", "\ufffe"):
        with refused("InvalidMessageContents"):
            sqs.send(url, wrong)


@guide("sqs-fair-queues")
def a_message_of_a_standard_queue_may_have_a_group(sqs):
    url = sqs.queue()
    sqs.send(url, MessageGroupId="tenant-1")
    seen = sqs.take(url, MessageSystemAttributeNames=["MessageGroupId"])["Attributes"]
    same(seen["MessageGroupId"], "tenant-1")


@guide("sqs-fair-queues")
def a_group_does_not_block_a_standard_queue(sqs):
    url = sqs.queue()
    for n in range(2):
        sqs.send(url, str(n), MessageGroupId="tenant-1")
    sqs.take(url)
    sqs.take(url)


@api("SendMessage")
def a_standard_queue_takes_no_deduplication_id(sqs):
    url = sqs.queue()
    with refused("InvalidParameterValue"):
        sqs.send(url, MessageDeduplicationId="1")


@api("ReceiveMessage")
def a_standard_queue_takes_no_receive_attempt_id(sqs):
    url = sqs.queue()
    with refused("InvalidParameterValue"):
        sqs.receive(url, ReceiveRequestAttemptId="1")


@api("DeleteMessage")
def a_deleted_message_does_not_come_back(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url, VisibilityTimeout=1)
    sqs.drop(url, seen)
    same(sqs.receive(url, WaitTimeSeconds=2), [])
    sqs.has(url, 0, 0, 0)


@api("DeleteMessage")
def deleting_a_message_again_is_fine(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url)
    sqs.drop(url, seen)
    sqs.drop(url, seen)


@api("DeleteMessage")
def a_malformed_receipt_handle_is_refused(sqs):
    url = sqs.queue()
    with refused("ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="not-a-handle")


@api("DeleteMessage")
def the_handle_of_an_earlier_receive_is_accepted_and_the_message_stays(sqs):
    url = sqs.queue()
    sqs.send(url)
    first = sqs.take(url, VisibilityTimeout=0)
    second = sqs.take(url, VisibilityTimeout=0)
    assert first["ReceiptHandle"] != second["ReceiptHandle"], "the handles are the same"
    sqs.drop(url, first)
    third = sqs.take(url)
    same(third["MessageId"], second["MessageId"])


@api("PurgeQueue")
def a_purge_removes_every_message(sqs):
    url = sqs.queue()
    for _ in range(3):
        sqs.send(url)
    sqs.take(url, VisibilityTimeout=0)
    sqs.purge_queue(QueueUrl=url)
    sqs.has(url, 0, 0, 0)
    same(sqs.receive(url, 10), [])


@api("PurgeQueue")
def a_purge_removes_what_is_in_flight_and_delayed(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.take(url)
    sqs.send(url, DelaySeconds=600)
    sqs.purge_queue(QueueUrl=url)
    sqs.has(url, 0, 0, 0)


@api("PurgeQueue")
def a_queue_is_purged_once_in_60_seconds(sqs):
    url = sqs.queue()
    sqs.purge_queue(QueueUrl=url)
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress"):
        sqs.purge_queue(QueueUrl=url)
