"""Publishing: what is taken, and what is refused."""

import json
import re

from ..desk import refused, same
from .desk import api, attributes, guide

WRONG = ("InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid")


@api("Publish")
def publishing_returns_an_id(sns):
    answer = sns.say(sns.topic())
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer["MessageId"]), answer
    assert "SequenceNumber" not in answer, answer


@api("Publish")
def a_topic_may_be_named_as_the_target(sns):
    topic, queue = sns.listener()
    sns.publish(TargetArn=topic, Message="hello")
    same(sns.heard(queue, 1)[0]["Body"], "hello")


@api("Publish")
def a_message_goes_somewhere(sns):
    with refused("InvalidParameter"):
        sns.publish(Message="hello")


@api("Publish")
def nothing_is_published_to_an_unknown_topic(sns):
    topic = sns.topic()
    with refused("NotFound", status=404):
        sns.say(topic + "-not")


@api("Publish")
def nothing_is_published_to_a_malformed_arn(sns):
    with refused("InvalidParameter"):
        sns.say("not-an-arn")


@api("Publish")
def an_empty_message_is_refused(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, "")


@api("Publish")
def a_message_has_256_KiB_at_most(sns):
    topic = sns.topic()
    sns.say(topic, "x" * 262_144)
    with refused("InvalidParameter"):
        sns.say(topic, "x" * 262_145)


@api("Publish")
def size_is_counted_in_bytes(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, "é" * 131_073)


@api("Publish")
def a_subject_has_100_characters_at_most(sns):
    topic = sns.topic()
    sns.say(topic, Subject="s" * 99)
    with refused("InvalidParameter"):
        sns.say(topic, Subject="s" * 101)


@api("Publish")
def a_subject_has_no_line_breaks(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, Subject="one\ntwo")


@api("Publish")
def a_message_of_json_structure_has_text_for_each_protocol(sns):
    topic, queue = sns.listener()
    texts = {"default": "for others", "sqs": "for queues"}
    sns.say(topic, json.dumps(texts), MessageStructure="json")
    same(sns.heard(queue, 1)[0]["Body"], "for queues")


@api("Publish")
def a_message_of_json_structure_has_a_default(sns):
    topic, queue = sns.listener()
    sns.say(topic, json.dumps({"default": "for others", "email": "x"}), MessageStructure="json")
    same(sns.heard(queue, 1)[0]["Body"], "for others")
    with refused("InvalidParameter"):
        sns.say(topic, json.dumps({"sqs": "for queues"}), MessageStructure="json")


@api("Publish")
def a_message_of_json_structure_is_json(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, "plain", MessageStructure="json")


@api("Publish")
def json_is_the_only_structure(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, MessageStructure="xml")


@guide("sns-message-attributes")
def an_attribute_has_a_known_type(sns):
    topic = sns.topic()
    with refused(*WRONG):
        sns.say(topic, MessageAttributes={"a": {"DataType": "Text", "StringValue": "x"}})


@guide("sns-message-attributes")
def an_attribute_that_says_number_is_one(sns):
    topic = sns.topic()
    with refused(*WRONG):
        sns.say(topic, MessageAttributes={"a": {"DataType": "Number", "StringValue": "twelve"}})


@guide("sns-message-attributes")
def an_attribute_is_not_empty(sns):
    topic = sns.topic()
    with refused(*WRONG):
        sns.say(topic, MessageAttributes={"a": {"DataType": "String", "StringValue": ""}})


@guide("sns-message-attributes")
def the_name_of_an_attribute_is_not_reserved_and_has_its_dots_inside(sns):
    topic = sns.topic()
    for wrong in (".a", "a.", "a..b", "a b"):
        with refused(*WRONG):
            sns.say(topic, MessageAttributes={wrong: {"DataType": "String", "StringValue": "x"}})


@guide("sns-message-attributes")
def attributes_count_toward_the_size_of_a_message(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, "x" * 262_140, MessageAttributes=attributes(a="value"))


@api("Publish")
def a_standard_topic_takes_no_deduplication_id(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.say(topic, MessageDeduplicationId="1")
