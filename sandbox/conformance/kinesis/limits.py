"""The limits of a shard."""

from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from ..desk import refused, same
from .desk import guide

SLOW_DOWN = "ProvisionedThroughputExceededException"
PAGE = "service-sizes-and-limits"


@guide(PAGE)
def a_shard_takes_1000_records_a_second(kinesis):
    name = kinesis.stream()
    records = [{"Data": b"x", "PartitionKey": "k"}] * 500
    answers = []
    with kinesis.hurry():
        for _ in range(8):
            answers.append(kinesis.put_records(StreamName=name, Records=records))
            if answers[-1]["FailedRecordCount"]:
                break
    failed = [it for it in answers[-1]["Records"] if "ErrorCode" in it]
    assert failed and len(failed) == answers[-1]["FailedRecordCount"], "4000 records and none was refused"
    same({it["ErrorCode"] for it in failed}, {SLOW_DOWN})
    assert all(it["ErrorMessage"] and "SequenceNumber" not in it for it in failed), failed[0]
    assert sum(500 - it["FailedRecordCount"] for it in answers) >= 1_000, "fewer than 1000 were taken"


@guide(PAGE)
def a_shard_takes_1_MiB_a_second(kinesis):
    name = kinesis.stream()
    with kinesis.hurry(), refused(SLOW_DOWN):
        for _ in range(6):
            kinesis.put(name, b"x" * 700_000)


@guide(PAGE)
def another_shard_takes_its_own(kinesis):
    name = kinesis.stream(2)
    with kinesis.hurry(), refused(SLOW_DOWN):
        for _ in range(6):
            kinesis.put(name, b"x" * 700_000, ExplicitHashKey="0")
    kinesis.put(name, b"x" * 700_000, ExplicitHashKey=str(2**128 - 1))


@guide(PAGE)
def a_shard_is_read_five_times_a_second(kinesis):
    iterator = kinesis.iterator(kinesis.stream())

    def read(_):
        try:
            with kinesis.hurry():
                kinesis.get_records(ShardIterator=iterator)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "read"

    # All at once, so that a slow machine does not spread them over seconds.
    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(read, range(12)))
    same(set(done), {"read", SLOW_DOWN})
    assert done.count("read") >= 5, done


@guide(PAGE)
def the_records_that_were_taken_are_kept_where_others_were_refused(kinesis):
    name = kinesis.stream()
    taken = 0
    for n in range(6):
        try:
            with kinesis.hurry():
                kinesis.put(name, bytes([n]) * 700_000)
            taken += 1
        except ClientError:
            break
    assert 1 <= taken < 6, taken
    same([data[:1] for data in kinesis.read(kinesis.iterator(name), taken)], [bytes([n]) for n in range(taken)])
