"""Consumers with a throughput of their own: registered, listed, removed, and sent records as they come."""

import time

from ..desk import eventually, refused, same
from .desk import api


def consumer(kinesis, stream, name="reader"):
    """A new consumer's ARN, once it is active."""
    arn = kinesis.summary(stream)["StreamARN"]
    made = kinesis.patiently(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName=name)["Consumer"]
    eventually(lambda: described(kinesis, made["ConsumerARN"])["ConsumerStatus"] == "ACTIVE", every=0.2)
    return made["ConsumerARN"]


def described(kinesis, arn):
    return kinesis.describe_stream_consumer(ConsumerARN=arn)["ConsumerDescription"]


@api("RegisterStreamConsumer")
def a_consumer_is_registered_and_becomes_active(kinesis):
    name = kinesis.stream()
    arn = kinesis.summary(name)["StreamARN"]
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]
    same((made["ConsumerName"], made["ConsumerStatus"]), ("reader", "CREATING"))
    assert made["ConsumerARN"].startswith(f"{arn}/consumer/reader:"), made
    eventually(lambda: described(kinesis, made["ConsumerARN"])["ConsumerStatus"] == "ACTIVE", every=0.2)


@api("RegisterStreamConsumer")
def a_consumers_name_is_taken_once(kinesis):
    name = kinesis.stream()
    consumer(kinesis, name)
    with refused("ResourceInUseException"):
        arn = kinesis.summary(name)["StreamARN"]
        kinesis.patiently(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="reader")


@api("RegisterStreamConsumer")
def an_unknown_stream_has_no_consumers(kinesis):
    arn = kinesis.summary(kinesis.stream())["StreamARN"]
    with refused("ResourceNotFoundException"):
        kinesis.register_stream_consumer(StreamARN=arn + "-not", ConsumerName="reader")


@api("DescribeStreamConsumer")
def a_consumer_is_described_by_name_and_stream(kinesis):
    name = kinesis.stream()
    arn = consumer(kinesis, name)
    stream = kinesis.summary(name)["StreamARN"]
    seen = kinesis.describe_stream_consumer(StreamARN=stream, ConsumerName="reader")["ConsumerDescription"]
    same((seen["ConsumerARN"], seen["StreamARN"]), (arn, stream))


@api("DescribeStreamConsumer")
def an_unknown_consumer_is_not_described(kinesis):
    stream = kinesis.summary(kinesis.stream())["StreamARN"]
    with refused("ResourceNotFoundException"):
        kinesis.describe_stream_consumer(StreamARN=stream, ConsumerName="nobody")


@api("ListStreamConsumers")
def consumers_are_listed_page_by_page(kinesis):
    name = kinesis.stream()
    for who in ("a", "b"):
        consumer(kinesis, name, who)
    stream = kinesis.summary(name)["StreamARN"]
    same(len(kinesis.list_stream_consumers(StreamARN=stream)["Consumers"]), 2)
    first = kinesis.list_stream_consumers(StreamARN=stream, MaxResults=1)
    rest = kinesis.list_stream_consumers(StreamARN=stream, NextToken=first["NextToken"])
    names = {it["ConsumerName"] for it in first["Consumers"] + rest["Consumers"]}
    same((names, len(first["Consumers"])), ({"a", "b"}, 1))
    same(kinesis.summary(name)["ConsumerCount"], 2)


@api("DeregisterStreamConsumer")
def a_consumer_is_removed(kinesis):
    name = kinesis.stream()
    kinesis.deregister_stream_consumer(ConsumerARN=consumer(kinesis, name))
    stream = kinesis.summary(name)["StreamARN"]
    eventually(lambda: not kinesis.list_stream_consumers(StreamARN=stream).get("Consumers"), every=0.2)


@api("DeleteStream")
def a_stream_with_consumers_is_deleted_only_where_that_is_said(kinesis):
    name = kinesis.stream()
    consumer(kinesis, name)
    with refused("ResourceInUseException"):
        kinesis.patiently(kinesis.delete_stream, StreamName=name)
    kinesis.patiently(kinesis.delete_stream, StreamName=name, EnforceConsumerDeletion=True)
    eventually(lambda: kinesis.gone(name), every=0.2)


@api("DeleteStream")
def a_stream_is_deleted_while_its_consumer_is_being_removed(kinesis):
    name = kinesis.stream()
    kinesis.deregister_stream_consumer(ConsumerARN=consumer(kinesis, name))
    kinesis.patiently(kinesis.delete_stream, StreamName=name, EnforceConsumerDeletion=True)
    eventually(lambda: kinesis.gone(name), every=0.2)
    # The account goes on as before.
    kinesis.stream()


def subscribed(kinesis, arn, kind, shard="shardId-000000000000", **more):
    position = {"Type": kind, **more}
    return kinesis.subscribe_to_shard(ConsumerARN=arn, ShardId=shard, StartingPosition=position)["EventStream"]


def events(stream, wanted, within=10):
    """The records that a subscription brings, until there are so many."""
    records, last, end = [], None, time.monotonic() + within
    for event in stream:
        last = event["SubscribeToShardEvent"]
        records += last["Records"]
        if len(records) >= wanted or time.monotonic() > end:
            break
    stream.close()
    return records, last


@api("SubscribeToShard")
def a_subscriber_is_sent_the_records_that_are_there(kinesis):
    name = kinesis.stream()
    numbers = [kinesis.put(name, str(n).encode())["SequenceNumber"] for n in range(3)]
    records, last = events(subscribed(kinesis, consumer(kinesis, name), "TRIM_HORIZON"), 3)
    same([it["Data"] for it in records], [b"0", b"1", b"2"])
    same([it["SequenceNumber"] for it in records], numbers)
    assert last["ContinuationSequenceNumber"] and last["MillisBehindLatest"] >= 0, last


@api("SubscribeToShard")
def a_subscriber_is_sent_records_as_they_come(kinesis):
    name = kinesis.stream()
    kinesis.put(name, b"old")
    stream = subscribed(kinesis, consumer(kinesis, name), "LATEST")
    kinesis.put(name, b"new")
    records, _ = events(stream, 1)
    same([it["Data"] for it in records], [b"new"])


@api("SubscribeToShard")
def a_subscription_goes_on_after_a_sequence_number(kinesis):
    name = kinesis.stream()
    first, _ = (kinesis.put(name, str(n).encode())["SequenceNumber"] for n in range(2))
    arn = consumer(kinesis, name)
    records, _ = events(subscribed(kinesis, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=first), 1)
    same([it["Data"] for it in records], [b"1"])


@api("SubscribeToShard")
def a_consumer_subscribes_to_a_shard_once_in_five_seconds(kinesis):
    name = kinesis.stream()
    arn = consumer(kinesis, name)
    first = subscribed(kinesis, arn, "LATEST")
    with refused("ResourceInUseException"):
        subscribed(kinesis, arn, "LATEST").close()
    first.close()


@api("SubscribeToShard")
def an_unknown_consumer_is_sent_nothing(kinesis):
    arn = consumer(kinesis, kinesis.stream())
    with refused("ResourceNotFoundException"):
        subscribed(kinesis, arn.replace("reader", "nobody"), "LATEST").close()


@api("SubscribeToShard")
def an_unknown_shard_sends_nothing(kinesis):
    arn = consumer(kinesis, kinesis.stream())
    with refused("ResourceNotFoundException"):
        subscribed(kinesis, arn, "LATEST", "shardId-000000000009").close()
