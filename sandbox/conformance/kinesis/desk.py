"""A desk for Kinesis: active streams with fresh names, and the few calls that most behaviours begin with."""

import time

from botocore.exceptions import ClientError

from ..behaviour import Service
from ..desk import Desk, eventually

# The end of the space of hash keys.
HASHES = 2**128
# Anything that is refused because it breaks a rule of the API's model, or of the service.
WRONG = ("ValidationException", "InvalidArgumentException")


class Kinesis(Desk):
    service = "kinesis"

    def stream(self, shards=1, name=None, **more):
        """A new stream's name, once it is active."""
        name = name or self.name()
        if shards:
            more["ShardCount"] = shards
        self.patiently(self.create_stream, StreamName=name, **more)
        self.later(self.patiently, call=self.delete_stream, StreamName=name, EnforceConsumerDeletion=True)
        self.active(name)
        return name

    def patiently(self, call, **arguments):
        """Streams are made, changed and deleted a few at a time and a few a second: waits for a turn."""
        for _ in range(100):
            try:
                return call(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] != "LimitExceededException":
                    raise
                time.sleep(0.2)
        raise AssertionError("no turn came")

    def summary(self, stream):
        return self.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]

    def described(self, stream, **more):
        return self.describe_stream(StreamName=stream, **more)["StreamDescription"]

    def active(self, stream):
        eventually(lambda: self.summary(stream)["StreamStatus"] == "ACTIVE", every=0.15)

    def gone(self, stream):
        try:
            self.summary(stream)
        except self.exceptions.ResourceNotFoundException:
            return True
        return False

    def shards(self, stream):
        return self.list_shards(StreamName=stream)["Shards"]

    def shard_ids(self, stream):
        return [shard["ShardId"] for shard in self.shards(stream)]

    def put(self, stream, data=b"hello", key="k", **more):
        return self.put_record(StreamName=stream, Data=data, PartitionKey=key, **more)

    def iterator(self, stream, shard=None, kind="TRIM_HORIZON", **more):
        shard = shard or self.shard_ids(stream)[0]
        return self.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **more)[
            "ShardIterator"
        ]

    def read(self, iterator, count):
        """So many records' data, read on from here."""
        seen = []

        def enough():
            nonlocal iterator
            answer = self.get_records(ShardIterator=iterator)
            iterator = answer.get("NextShardIterator") or iterator
            seen.extend(answer["Records"])
            return len(seen) >= count

        eventually(enough, every=0.25)
        return [record["Data"] for record in seen]

    def split(self, stream, shard, at):
        self.patiently(self.split_shard, StreamName=stream, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(at))
        self.active(stream)

    def halve(self, stream):
        """Splits the only shard in the middle."""
        self.split(stream, self.shards(stream)[0], HASHES // 2)

    def merge(self, stream, one, other):
        self.patiently(
            self.merge_shards, StreamName=stream, ShardToMerge=one["ShardId"], AdjacentShardToMerge=other["ShardId"]
        )
        self.active(stream)


def hashes(shard):
    """The first and last hash key of a shard."""
    there = shard["HashKeyRange"]
    return int(there["StartingHashKey"]), int(there["EndingHashKey"])


def is_open(shard):
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


SERVICE = Service(
    "kinesis",
    Kinesis,
    "https://docs.aws.amazon.com/kinesis/latest/APIReference/API_{}.html",
    "https://docs.aws.amazon.com/streams/latest/dev/{}.html",
)
api, guide, signing = SERVICE.api, SERVICE.guide, SERVICE.signing
