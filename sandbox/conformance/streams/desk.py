"""A desk for DynamoDB Streams: tables with a stream, and the changes in it."""

from ..behaviour import Service
from ..desk import Desk, eventually
from ..dynamodb.desk import DynamoDb, plain


class Streams(Desk):
    service = "dynamodbstreams"

    def __init__(self, account):
        super().__init__(account)
        self.db = self.cleaning.enter_context(DynamoDb(account))

    def table(self, view="NEW_AND_OLD_IMAGES", **more):
        """A table with a stream; its name and the stream's ARN."""
        name = self.db.table(StreamSpecification={"StreamEnabled": True, "StreamViewType": view}, **more)
        return name, self.db.described(name)["LatestStreamArn"]

    def described(self, arn, **more):
        return self.describe_stream(StreamArn=arn, **more)["StreamDescription"]

    def shard(self, arn):
        """The id of the stream's newest shard."""
        return eventually(lambda: self.described(arn)["Shards"])[-1]["ShardId"]

    def iterator(self, arn, kind="TRIM_HORIZON", shard=None, **more):
        shard = shard or self.shard(arn)
        return self.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **more)["ShardIterator"]

    def read(self, iterator, count):
        """So many records, and what comes with them at once."""
        seen = []

        def enough():
            nonlocal iterator
            answer = self.get_records(ShardIterator=iterator)
            seen.extend(answer["Records"])
            iterator = answer.get("NextShardIterator") or iterator
            return len(seen) >= count

        eventually(enough)
        seen.extend(self.get_records(ShardIterator=iterator)["Records"])
        assert len(seen) == count, f"{len(seen)} records, not {count}: {[it['eventName'] for it in seen]}"
        return seen

    def records(self, arn, count):
        return self.read(self.iterator(arn), count)


def image(record, which):
    """A record's Keys, OldImage or NewImage; None where it has none."""
    there = record["dynamodb"].get(which)
    return there and plain(there)


SERVICE = Service(
    "streams",
    Streams,
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_{}.html",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/{}.html",
)
api, guide, signing = SERVICE.api, SERVICE.guide, SERVICE.signing
