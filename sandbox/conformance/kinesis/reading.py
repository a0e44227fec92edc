"""Records read: from where, how many, in which order, and how far behind."""

import time
from datetime import datetime, timedelta, timezone

from ..desk import eventually, refused, same
from .desk import WRONG, api, guide


def three(kinesis):
    """A stream with the records 0, 1 and 2; its name and their sequence numbers."""
    name = kinesis.stream()
    return name, [kinesis.put(name, str(n).encode())["SequenceNumber"] for n in range(3)]


@api("GetShardIterator")
def trim_horizon_reads_from_the_oldest_record(kinesis):
    name, _ = three(kinesis)
    same(kinesis.read(kinesis.iterator(name), 3), [b"0", b"1", b"2"])


@api("GetShardIterator")
def latest_reads_what_comes_after(kinesis):
    name, _ = three(kinesis)
    iterator = kinesis.iterator(name, kind="LATEST")
    kinesis.put(name, b"new")
    same(kinesis.read(iterator, 1), [b"new"])


@api("GetShardIterator")
def at_a_sequence_number_reads_from_that_record(kinesis):
    name, numbers = three(kinesis)
    iterator = kinesis.iterator(name, kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])
    same(kinesis.read(iterator, 2), [b"1", b"2"])


@api("GetShardIterator")
def after_a_sequence_number_reads_from_the_next_record(kinesis):
    name, numbers = three(kinesis)
    iterator = kinesis.iterator(name, kind="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])
    same(kinesis.read(iterator, 1), [b"2"])


@api("GetShardIterator")
def at_a_timestamp_reads_from_the_first_record_that_is_not_older(kinesis):
    name = kinesis.stream()
    kinesis.put(name, b"before")
    time.sleep(1.1)
    between = datetime.now(timezone.utc) - timedelta(seconds=0.5)
    kinesis.put(name, b"after")
    same(kinesis.read(kinesis.iterator(name, kind="AT_TIMESTAMP", Timestamp=between), 1), [b"after"])


@api("GetShardIterator")
def a_timestamp_before_the_stream_reads_from_the_oldest_record(kinesis):
    name, _ = three(kinesis)
    long_ago = datetime.now(timezone.utc) - timedelta(hours=20)
    iterator = kinesis.iterator(name, kind="AT_TIMESTAMP", Timestamp=long_ago)
    same(kinesis.read(iterator, 3), [b"0", b"1", b"2"])


@api("GetShardIterator")
def an_unknown_shard_has_no_iterator(kinesis):
    name = kinesis.stream()
    with refused("ResourceNotFoundException"):
        kinesis.iterator(name, "shardId-000000000007")


@api("GetShardIterator")
def an_unknown_stream_has_no_iterator(kinesis):
    with refused("ResourceNotFoundException"):
        kinesis.iterator(kinesis.name(), "shardId-000000000000")


@api("GetShardIterator")
def an_unknown_kind_of_iterator_is_refused(kinesis):
    name = kinesis.stream()
    with refused("ValidationException"):
        kinesis.iterator(name, kind="SOMEWHERE")


@api("GetShardIterator")
def an_iterator_at_a_sequence_number_needs_one(kinesis):
    name = kinesis.stream()
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        with refused("InvalidArgumentException"):
            kinesis.iterator(name, kind=kind)


@api("GetShardIterator")
def an_iterator_at_a_timestamp_needs_one(kinesis):
    name = kinesis.stream()
    with refused("InvalidArgumentException"):
        kinesis.iterator(name, kind="AT_TIMESTAMP")


@api("GetShardIterator")
def a_sequence_number_of_nothing_is_refused(kinesis):
    name, _ = three(kinesis)
    for wrong in ("1", "nine"):
        with refused(*WRONG):
            kinesis.iterator(name, kind="AT_SEQUENCE_NUMBER", StartingSequenceNumber=wrong)


@api("GetShardIterator")
def a_sequence_number_of_another_shard_is_refused(kinesis):
    name = kinesis.stream(2)
    number = kinesis.put(name, ExplicitHashKey="0")["SequenceNumber"]
    with refused("InvalidArgumentException"):
        other = kinesis.shard_ids(name)[1]
        kinesis.iterator(name, other, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=number)


@api("GetRecords")
def a_record_comes_with_its_key_number_and_time(kinesis):
    name = kinesis.stream()
    put = kinesis.put(name, b"\x00\xff", key="ana")
    iterator = kinesis.iterator(name)
    record = eventually(lambda: kinesis.get_records(ShardIterator=iterator)["Records"], every=0.3)[0]
    same((record["Data"], record["PartitionKey"]), (b"\x00\xff", "ana"))
    same(record["SequenceNumber"], put["SequenceNumber"])
    assert abs(record["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60, record


@api("GetRecords")
def an_empty_shard_answers_without_records_and_with_the_next_iterator(kinesis):
    name = kinesis.stream()
    answer = kinesis.get_records(ShardIterator=kinesis.iterator(name))
    same((answer["Records"], answer["MillisBehindLatest"]), ([], 0))
    assert answer["NextShardIterator"], answer


@api("GetRecords")
def a_limit_bounds_what_is_read_and_the_next_iterator_goes_on(kinesis):
    name, _ = three(kinesis)
    first = kinesis.get_records(ShardIterator=kinesis.iterator(name), Limit=2)
    same([it["Data"] for it in first["Records"]], [b"0", b"1"])
    rest = kinesis.get_records(ShardIterator=first["NextShardIterator"], Limit=2)
    same([it["Data"] for it in rest["Records"]], [b"2"])


@api("GetRecords")
def from_1_to_10000_records_can_be_asked_for(kinesis):
    iterator = kinesis.iterator(kinesis.stream())
    kinesis.get_records(ShardIterator=iterator, Limit=10_000)
    for wrong in (0, 10_001):
        with refused(*WRONG):
            kinesis.get_records(ShardIterator=iterator, Limit=wrong)


@api("GetRecords")
def who_has_read_everything_is_not_behind(kinesis):
    name, _ = three(kinesis)
    same(kinesis.get_records(ShardIterator=kinesis.iterator(name))["MillisBehindLatest"], 0)


@api("GetRecords")
def who_has_not_read_everything_is_behind(kinesis):
    name, _ = three(kinesis)
    time.sleep(0.2)
    behind = kinesis.get_records(ShardIterator=kinesis.iterator(name), Limit=1)["MillisBehindLatest"]
    assert behind > 0, behind


@api("GetRecords")
def an_iterator_reads_the_same_records_again(kinesis):
    name, _ = three(kinesis)
    iterator = kinesis.iterator(name)
    same(kinesis.read(iterator, 3), kinesis.read(iterator, 3))


@api("GetRecords")
def a_malformed_iterator_is_refused(kinesis):
    for wrong in ("AAAA", "not an iterator", "A" * 200):
        with refused("InvalidArgumentException", "ValidationException"):
            kinesis.get_records(ShardIterator=wrong)


@api("GetRecords")
def each_shard_is_read_apart(kinesis):
    name = kinesis.stream(2)
    one, other = kinesis.shard_ids(name)
    kinesis.put(name, b"one", ExplicitHashKey="0")
    kinesis.put(name, b"other", ExplicitHashKey=str(2**128 - 1))
    same(kinesis.read(kinesis.iterator(name, one), 1), [b"one"])
    same(kinesis.read(kinesis.iterator(name, other), 1), [b"other"])


@guide("key-concepts")
def the_order_of_a_shard_is_the_order_of_its_sequence_numbers(kinesis):
    name, numbers = three(kinesis)
    iterator = kinesis.iterator(name)
    seen = eventually(lambda: len((r := kinesis.get_records(ShardIterator=iterator)["Records"])) == 3 and r, every=0.3)
    same([it["SequenceNumber"] for it in seen], numbers)
    same([int(it) for it in numbers], sorted(int(it) for it in numbers))
