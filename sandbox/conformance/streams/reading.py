"""Reading a stream: from where, how many, and what is refused."""

from ..desk import eventually, refused, same
from .desk import api, image


def three(streams):
    """A stream with the changes 0, 1 and 2; its ARN and their sequence numbers."""
    name, arn = streams.table()
    for n in range(3):
        streams.db.put(name, {"id": str(n)})
    return name, arn, [it["dynamodb"]["SequenceNumber"] for it in streams.records(arn, 3)]


def ids(records):
    return [image(record, "Keys")["id"] for record in records]


@api("GetShardIterator")
def trim_horizon_reads_from_the_oldest_change(streams):
    _, arn, _ = three(streams)
    same(ids(streams.records(arn, 3)), ["0", "1", "2"])


@api("GetShardIterator")
def latest_reads_what_comes_after(streams):
    name, arn, _ = three(streams)
    iterator = streams.iterator(arn, "LATEST")
    streams.db.put(name, {"id": "new"})
    same(ids(streams.read(iterator, 1)), ["new"])


@api("GetShardIterator")
def at_a_sequence_number_reads_from_that_change(streams):
    _, arn, numbers = three(streams)
    same(ids(streams.read(streams.iterator(arn, "AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]), 2)), ["1", "2"])


@api("GetShardIterator")
def after_a_sequence_number_reads_from_the_next_change(streams):
    _, arn, numbers = three(streams)
    same(ids(streams.read(streams.iterator(arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]), 1)), ["2"])


@api("GetShardIterator")
def an_iterator_at_a_sequence_number_needs_one(streams):
    _, arn = streams.table()
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        with refused("ValidationException"):
            streams.iterator(arn, kind)


@api("GetShardIterator")
def an_unknown_kind_of_iterator_is_refused(streams):
    _, arn = streams.table()
    with refused("ValidationException"):
        streams.iterator(arn, "SOMEWHERE")


@api("GetShardIterator")
def an_unknown_shard_has_no_iterator(streams):
    _, arn = streams.table()
    with refused("ResourceNotFoundException"):
        streams.iterator(arn, shard="shardId-00000000000000000009-deadbeef")


@api("GetShardIterator")
def an_unknown_stream_has_no_iterator(streams):
    _, arn = streams.table()
    shard = streams.shard(arn)
    with refused("ResourceNotFoundException"):
        streams.iterator(arn[:-4] + ".999" if not arn.endswith(".999") else arn[:-4] + ".998", shard=shard)


@api("GetRecords")
def an_empty_stream_answers_without_records_and_with_the_next_iterator(streams):
    _, arn = streams.table()
    answer = streams.get_records(ShardIterator=streams.iterator(arn))
    same(answer["Records"], [])
    assert answer["NextShardIterator"], answer


@api("GetRecords")
def a_limit_bounds_what_is_read_and_the_next_iterator_goes_on(streams):
    _, arn, _ = three(streams)
    first = streams.get_records(ShardIterator=streams.iterator(arn), Limit=2)
    same(ids(first["Records"]), ["0", "1"])
    same(ids(streams.get_records(ShardIterator=first["NextShardIterator"])["Records"]), ["2"])


@api("GetRecords")
def from_1_to_1000_changes_can_be_asked_for(streams):
    _, arn = streams.table()
    iterator = streams.iterator(arn)
    streams.get_records(ShardIterator=iterator, Limit=1_000)
    for wrong in (0, 1_001):
        with refused("ValidationException"):
            streams.get_records(ShardIterator=iterator, Limit=wrong)


@api("GetRecords")
def an_iterator_reads_the_same_changes_again(streams):
    _, arn, _ = three(streams)
    iterator = streams.iterator(arn)
    same(streams.read(iterator, 3), streams.read(iterator, 3))


@api("GetRecords")
def a_malformed_iterator_is_refused(streams):
    for wrong in ("AAAA", "not an iterator"):
        with refused("ValidationException"):
            streams.get_records(ShardIterator=wrong)


@api("GetRecords")
def two_readers_each_see_everything(streams):
    name, arn = streams.table()
    one, other = streams.iterator(arn), streams.iterator(arn)
    streams.db.put(name, {"id": "1"})
    same(ids(streams.read(one, 1)), ids(streams.read(other, 1)))


@api("GetRecords")
def a_reader_that_goes_on_sees_each_change_once(streams):
    name, arn = streams.table()
    iterator, seen = streams.iterator(arn), []
    for n in range(5):
        streams.db.put(name, {"id": str(n)})

        def arrived():
            nonlocal iterator
            answer = streams.get_records(ShardIterator=iterator)
            iterator = answer["NextShardIterator"]
            seen.extend(ids(answer["Records"]))
            return len(seen) > n

        eventually(arrived)
    same(seen, ["0", "1", "2", "3", "4"])
