"""Records put: where they go, and what is refused."""

import hashlib

from ..desk import refused, same
from .desk import HASHES, WRONG, api, guide, hashes


def owner(shards, number):
    """The shard that a hash key belongs to."""
    return next(shard["ShardId"] for shard in shards if hashes(shard)[0] <= number <= hashes(shard)[1])


@api("PutRecord")
def a_put_tells_the_shard_and_the_sequence_number(kinesis):
    name = kinesis.stream()
    answer = kinesis.put(name)
    same(answer["ShardId"], "shardId-000000000000")
    assert answer["SequenceNumber"].isdigit(), answer


@api("PutRecord")
def the_md5_of_the_partition_key_chooses_the_shard(kinesis):
    name = kinesis.stream(4)
    shards = kinesis.shards(name)
    for key in ("ana", "ben", "chloe", "user-17", "ü"):
        number = int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16)
        same(kinesis.put(name, key=key)["ShardId"], owner(shards, number))


@api("PutRecord")
def an_explicit_hash_key_comes_before_the_partition_key(kinesis):
    name = kinesis.stream(2)
    for number, shard in ((0, 0), (HASHES // 2 - 1, 0), (HASHES // 2, 1), (HASHES - 1, 1)):
        seen = kinesis.put(name, key="same", ExplicitHashKey=str(number))
        same(seen["ShardId"], kinesis.shard_ids(name)[shard])


@api("PutRecord")
def an_explicit_hash_key_is_a_number_below_2_to_the_128(kinesis):
    name = kinesis.stream()
    for wrong in (str(HASHES), "-1", "one", "01", ""):
        with refused(*WRONG):
            kinesis.put(name, ExplicitHashKey=wrong)


@api("PutRecord")
def sequence_numbers_of_a_shard_grow(kinesis):
    name = kinesis.stream()
    numbers = [int(kinesis.put(name)["SequenceNumber"]) for _ in range(5)]
    same(numbers, sorted(set(numbers)))


@api("PutRecord")
def a_put_may_say_which_record_it_comes_after(kinesis):
    name = kinesis.stream()
    first = kinesis.put(name)["SequenceNumber"]
    second = kinesis.put(name, SequenceNumberForOrdering=first)["SequenceNumber"]
    assert int(second) > int(first), (first, second)


@api("PutRecord")
def a_partition_key_has_1_to_256_characters(kinesis):
    name = kinesis.stream()
    kinesis.put(name, key="ü" * 256)
    for wrong in ("", "k" * 257):
        with refused("ValidationException"):
            kinesis.put(name, key=wrong)


@api("PutRecord")
def a_record_may_be_empty(kinesis):
    name = kinesis.stream()
    kinesis.put(name, data=b"")
    same(kinesis.read(kinesis.iterator(name), 1), [b""])


@api("PutRecord")
def a_record_has_1_MiB_at_most(kinesis):
    name = kinesis.stream()
    kinesis.put(name, data=b"x" * (1_048_576 - 1_000))
    with refused(*WRONG):
        kinesis.put(name, data=b"x" * 1_048_577)


@api("PutRecord")
def nothing_is_put_into_an_unknown_stream(kinesis):
    with refused("ResourceNotFoundException"):
        kinesis.put(kinesis.name())
    with refused("ResourceNotFoundException"):
        kinesis.put_records(StreamName=kinesis.name(), Records=[{"Data": b"x", "PartitionKey": "k"}])


@api("PutRecord")
def a_record_is_put_by_the_arn_of_its_stream(kinesis):
    name = kinesis.stream()
    kinesis.put_record(StreamARN=kinesis.summary(name)["StreamARN"], Data=b"by arn", PartitionKey="k")
    same(kinesis.read(kinesis.iterator(name), 1), [b"by arn"])


@api("PutRecord")
def a_put_names_a_stream(kinesis):
    with refused(*WRONG):
        kinesis.put_record(Data=b"x", PartitionKey="k")


@api("PutRecord")
def a_put_has_a_partition_key(kinesis):
    name = kinesis.stream()
    with refused("ValidationException"):
        kinesis.put_record(StreamName=name, Data=b"x")


@api("PutRecords")
def records_are_put_in_the_order_given(kinesis):
    name = kinesis.stream()
    wanted = [str(n).encode() for n in range(20)]
    answer = kinesis.put_records(StreamName=name, Records=[{"Data": it, "PartitionKey": "k"} for it in wanted])
    same((answer["FailedRecordCount"], len(answer["Records"])), (0, 20))
    numbers = [int(it["SequenceNumber"]) for it in answer["Records"]]
    same(numbers, sorted(set(numbers)))
    same(kinesis.read(kinesis.iterator(name), 20), wanted)


@api("PutRecords")
def every_record_of_a_batch_goes_to_its_own_shard(kinesis):
    name = kinesis.stream(2)
    records = [{"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": str(it)} for it in (HASHES - 1, 0)]
    answer = kinesis.put_records(StreamName=name, Records=records)["Records"]
    same([it["ShardId"] for it in answer], kinesis.shard_ids(name)[::-1])


@api("PutRecords")
def a_batch_has_1_to_500_records(kinesis):
    name = kinesis.stream()
    same(kinesis.put_records(StreamName=name, Records=batch(500))["FailedRecordCount"], 0)
    for wrong in (0, 501):
        with refused(*WRONG):
            kinesis.put_records(StreamName=name, Records=batch(wrong))


@api("PutRecords")
def a_batch_with_a_wrong_record_is_refused_as_a_whole(kinesis):
    name = kinesis.stream()
    with refused("ValidationException"):
        kinesis.put_records(StreamName=name, Records=[*batch(1), {"Data": b"x", "PartitionKey": ""}])
    same(kinesis.get_records(ShardIterator=kinesis.iterator(name))["Records"], [])


@guide("key-concepts")
def one_key_always_goes_to_one_shard(kinesis):
    name = kinesis.stream(4)
    same(len({kinesis.put(name, key="ana")["ShardId"] for _ in range(5)}), 1)


def batch(count):
    return [{"Data": b"x", "PartitionKey": str(n)} for n in range(count)]
