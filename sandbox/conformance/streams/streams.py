"""Streams of tables: switched on and off, listed, described."""

import re
import time

from ..desk import eventually, refused, same
from .desk import api, guide, signing

GUIDE = "Streams"
ON = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}


@guide(GUIDE)
def a_table_with_a_stream_names_it(streams):
    name, arn = streams.table()
    seen = streams.db.described(name)
    same(seen["StreamSpecification"], {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    same(arn, f"{seen['TableArn']}/stream/{seen['LatestStreamLabel']}")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", seen["LatestStreamLabel"]), seen


@guide(GUIDE)
def a_table_has_no_stream_unless_asked(streams):
    seen = streams.db.described(streams.db.table())
    assert not {"StreamSpecification", "LatestStreamArn"} & set(seen), seen


@guide(GUIDE)
def a_stream_is_switched_on_afterwards(streams):
    name = streams.db.table()
    streams.db.update_table(TableName=name, StreamSpecification=ON)
    streams.db.active(name)
    arn = streams.db.described(name)["LatestStreamArn"]
    streams.db.put(name, {"id": "1"})
    streams.records(arn, 1)


@guide(GUIDE)
def a_stream_is_switched_on_once(streams):
    name, _ = streams.table()
    with refused("ValidationException", "ResourceInUseException"):
        streams.db.update_table(TableName=name, StreamSpecification=ON)


@guide(GUIDE)
def a_stream_needs_one_of_four_views(streams):
    for wrong in ({"StreamEnabled": True}, {"StreamEnabled": True, "StreamViewType": "EVERYTHING"}):
        with refused("ValidationException"):
            streams.db.table(StreamSpecification=wrong)


@api("ListStreams")
def the_streams_of_a_table_are_listed(streams):
    name, arn = streams.table()
    seen = streams.list_streams(TableName=name)["Streams"]
    same([it["StreamArn"] for it in seen], [arn])
    same((seen[0]["TableName"], seen[0]["StreamLabel"]), (name, arn.rsplit("/", 1)[1]))


@api("ListStreams")
def a_table_without_a_stream_lists_none(streams):
    same(streams.list_streams(TableName=streams.db.table())["Streams"], [])


@api("ListStreams")
def all_streams_are_listed_page_by_page(streams):
    mine = {streams.table()[1] for _ in range(2)}
    seen, more = [], {}
    while True:
        page = streams.list_streams(Limit=1, **more)
        assert len(page["Streams"]) <= 1, page
        seen += [it["StreamArn"] for it in page["Streams"]]
        if "LastEvaluatedStreamArn" not in page:
            break
        more = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
    assert mine <= set(seen) and len(seen) == len(set(seen)), seen


@api("DescribeStream")
def a_stream_is_described(streams):
    name, arn = streams.table()
    seen = streams.described(arn)
    same((seen["StreamArn"], seen["TableName"], seen["StreamStatus"]), (arn, name, "ENABLED"))
    same((seen["StreamViewType"], seen["StreamLabel"]), ("NEW_AND_OLD_IMAGES", arn.rsplit("/", 1)[1]))
    same(seen["KeySchema"], [{"AttributeName": "id", "KeyType": "HASH"}])
    assert abs(seen["CreationRequestDateTime"].timestamp() - time.time()) < 60, seen


@api("DescribeStream")
def a_stream_has_an_open_shard(streams):
    _, arn = streams.table()
    shard = eventually(lambda: streams.described(arn)["Shards"])[-1]
    assert re.fullmatch(r"shardId-[0-9]{20}-[0-9a-f]{8}", shard["ShardId"]), shard
    assert shard["SequenceNumberRange"]["StartingSequenceNumber"].isdigit(), shard
    assert "EndingSequenceNumber" not in shard["SequenceNumberRange"], shard


@api("DescribeStream")
def an_unknown_stream_is_not_described(streams):
    _, arn = streams.table()
    with refused("ResourceNotFoundException"):
        streams.described(arn[:-3] + "000" if not arn.endswith("000") else arn[:-3] + "001")


@api("DescribeStream")
def a_malformed_arn_is_refused(streams):
    with refused("ValidationException"):
        streams.describe_stream(StreamArn="not-an-arn-but-long-enough-to-be-one-by-its-length")


@guide(GUIDE)
def a_stream_that_is_switched_off_can_still_be_read(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "1"})
    streams.records(arn, 1)
    streams.db.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    streams.db.active(name)
    eventually(lambda: streams.described(arn)["StreamStatus"] == "DISABLED")
    same(len(streams.get_records(ShardIterator=streams.iterator(arn))["Records"]), 1)


@guide(GUIDE)
def the_shard_of_a_stream_that_is_switched_off_ends(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "1"})
    streams.records(arn, 1)
    streams.db.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    streams.db.active(name)
    iterator = streams.iterator(arn)

    def ended():
        nonlocal iterator
        iterator = streams.get_records(ShardIterator=iterator).get("NextShardIterator")
        return iterator is None

    eventually(ended)
    assert "EndingSequenceNumber" in streams.described(arn)["Shards"][-1]["SequenceNumberRange"]


@guide(GUIDE)
def a_stream_switched_on_again_is_another_one(streams):
    name, first = streams.table()
    streams.db.put(name, {"id": "before"})
    streams.db.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    streams.db.active(name)
    streams.db.put(name, {"id": "between"})
    streams.db.update_table(TableName=name, StreamSpecification=ON)
    streams.db.active(name)
    second = streams.db.described(name)["LatestStreamArn"]
    assert second != first
    streams.db.put(name, {"id": "after"})
    same(streams.records(second, 1)[0]["dynamodb"]["Keys"], {"id": {"S": "after"}})


@signing
def an_unknown_access_key_is_refused(streams):
    with refused("UnrecognizedClientException"):
        streams.as_stranger().list_streams()
