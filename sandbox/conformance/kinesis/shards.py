"""Shards: listed, split, merged, counted anew; what becomes of their records."""

from ..desk import eventually, refused, same
from .desk import HASHES, WRONG, api, guide, hashes, is_open


@api("ListShards")
def all_shards_are_listed(kinesis):
    seen = kinesis.list_shards(StreamName=kinesis.stream(3))
    same(len(seen["Shards"]), 3)
    assert "NextToken" not in seen, seen
    assert all(is_open(shard) and shard["SequenceNumberRange"]["StartingSequenceNumber"] for shard in seen["Shards"])


@api("ListShards")
def shards_are_listed_page_by_page(kinesis):
    name = kinesis.stream(3)
    first = kinesis.list_shards(StreamName=name, MaxResults=2)
    same(len(first["Shards"]), 2)
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    same(len(rest["Shards"]), 1)


@api("ListShards")
def a_page_token_comes_without_the_name_of_the_stream(kinesis):
    name = kinesis.stream(2)
    token = kinesis.list_shards(StreamName=name, MaxResults=1)["NextToken"]
    with refused("InvalidArgumentException"):
        kinesis.list_shards(StreamName=name, NextToken=token)


@api("ListShards")
def shards_are_listed_after_a_shard(kinesis):
    name = kinesis.stream(2)
    seen = kinesis.list_shards(StreamName=name, ExclusiveStartShardId="shardId-000000000000")["Shards"]
    same([shard["ShardId"] for shard in seen], ["shardId-000000000001"])


@api("ListShards")
def an_unknown_stream_has_no_shards(kinesis):
    with refused("ResourceNotFoundException"):
        kinesis.list_shards(StreamName=kinesis.name())


def filtered(kinesis, name, kind, **more):
    seen = kinesis.list_shards(StreamName=name, ShardFilter={"Type": kind, **more})["Shards"]
    return [int(shard["ShardId"][-12:]) for shard in seen]


@api("ShardFilter")
def shards_are_filtered(kinesis):
    name = kinesis.stream()
    kinesis.halve(name)
    same(filtered(kinesis, name, "AT_LATEST"), [1, 2])
    same(filtered(kinesis, name, "FROM_TRIM_HORIZON"), [0, 1, 2])
    same(filtered(kinesis, name, "AT_TRIM_HORIZON"), [0])
    same(filtered(kinesis, name, "AFTER_SHARD_ID", ShardId="shardId-000000000001"), [2])


@api("SplitShard")
def a_split_closes_a_shard_and_opens_two(kinesis):
    name = kinesis.stream()
    kinesis.halve(name)
    parent, left, right = kinesis.shards(name)
    same([is_open(it) for it in (parent, left, right)], [False, True, True])
    same([it["ParentShardId"] for it in (left, right)], [parent["ShardId"]] * 2)
    same((hashes(left), hashes(right)), ((0, HASHES // 2 - 1), (HASHES // 2, HASHES - 1)))
    same(kinesis.summary(name)["OpenShardCount"], 2)


@api("SplitShard")
def a_split_happens_inside_the_shard(kinesis):
    name = kinesis.stream(2)
    for wrong in (0, HASHES // 2, HASHES - 1):
        with refused("InvalidArgumentException"):
            kinesis.patiently(
                kinesis.split_shard, StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(wrong)
            )


@api("SplitShard")
def an_unknown_shard_cannot_be_split(kinesis):
    name = kinesis.stream()
    with refused("ResourceNotFoundException"):
        kinesis.patiently(
            kinesis.split_shard, StreamName=name, ShardToSplit="shardId-000000000009", NewStartingHashKey="10"
        )


@api("SplitShard")
def a_closed_shard_cannot_be_split(kinesis):
    name = kinesis.stream()
    kinesis.halve(name)
    with refused("InvalidArgumentException", "ResourceNotFoundException"):
        kinesis.patiently(
            kinesis.split_shard, StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey="10"
        )


@api("MergeShards")
def a_merge_closes_two_shards_and_opens_one(kinesis):
    name = kinesis.stream(2)
    kinesis.merge(name, *kinesis.shards(name))
    left, right, child = kinesis.shards(name)
    same([is_open(it) for it in (left, right, child)], [False, False, True])
    same((child["ParentShardId"], child["AdjacentParentShardId"]), (left["ShardId"], right["ShardId"]))
    same(hashes(child), (0, HASHES - 1))


@api("MergeShards")
def only_neighbours_are_merged(kinesis):
    name = kinesis.stream(3)
    first, _, third = kinesis.shards(name)
    with refused("InvalidArgumentException"):
        kinesis.merge(name, first, third)


@api("MergeShards")
def a_shard_is_not_merged_with_itself(kinesis):
    name = kinesis.stream(2)
    first, _ = kinesis.shards(name)
    with refused("InvalidArgumentException"):
        kinesis.merge(name, first, first)


@api("MergeShards")
def an_unknown_shard_is_not_merged(kinesis):
    name = kinesis.stream()
    first = kinesis.shards(name)[0]
    with refused("ResourceNotFoundException"):
        kinesis.merge(name, first, {"ShardId": "shardId-000000000009"})


@guide("kinesis-using-sdk-java-after-resharding")
def a_closed_shard_is_read_to_its_end_and_names_its_children(kinesis):
    name = kinesis.stream()
    kinesis.put(name, b"before")
    kinesis.halve(name)
    iterator, data = kinesis.iterator(name), []

    def ended():
        nonlocal iterator
        answer = kinesis.get_records(ShardIterator=iterator)
        data.extend(record["Data"] for record in answer["Records"])
        iterator = answer.get("NextShardIterator")
        return answer if not iterator else None

    children = eventually(ended, every=0.25)["ChildShards"]
    same(data, [b"before"])
    same([child["ShardId"] for child in children], ["shardId-000000000001", "shardId-000000000002"])
    same([child["ParentShards"] for child in children], [["shardId-000000000000"]] * 2)


@guide("kinesis-using-sdk-java-resharding-split")
def records_go_to_the_children_after_a_split(kinesis):
    name = kinesis.stream()
    kinesis.halve(name)
    same(kinesis.put(name, ExplicitHashKey="0")["ShardId"], "shardId-000000000001")
    same(kinesis.put(name, ExplicitHashKey=str(HASHES - 1))["ShardId"], "shardId-000000000002")


@api("UpdateShardCount")
def the_number_of_shards_is_doubled(kinesis):
    name = kinesis.stream(2)
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    same((answer["CurrentShardCount"], answer["TargetShardCount"]), (2, 4))
    kinesis.active(name)
    same(kinesis.summary(name)["OpenShardCount"], 4)
    sizes = {hashes(shard)[1] - hashes(shard)[0] for shard in kinesis.shards(name) if is_open(shard)}
    same(sizes, {HASHES // 4 - 1})


@api("UpdateShardCount")
def the_number_of_shards_is_halved(kinesis):
    name = kinesis.stream(4)
    kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    kinesis.active(name)
    same(kinesis.summary(name)["OpenShardCount"], 2)


@api("UpdateShardCount")
def the_number_of_shards_is_not_more_than_doubled(kinesis):
    name = kinesis.stream(2)
    with refused("InvalidArgumentException", "LimitExceededException"):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=5, ScalingType="UNIFORM_SCALING")
    same(kinesis.summary(name)["OpenShardCount"], 2)


@api("UpdateShardCount")
def the_number_of_shards_is_not_less_than_halved(kinesis):
    name = kinesis.stream(4)
    with refused("InvalidArgumentException", "LimitExceededException"):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=1, ScalingType="UNIFORM_SCALING")
    same(kinesis.summary(name)["OpenShardCount"], 4)


@api("UpdateShardCount")
def an_unknown_way_of_scaling_is_refused(kinesis):
    name = kinesis.stream()
    with refused(*WRONG):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="SOMEHOW")


@api("UpdateShardCount")
def an_on_demand_stream_counts_its_shards_itself(kinesis):
    name = kinesis.stream(shards=None, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    with refused(*WRONG):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=8, ScalingType="UNIFORM_SCALING")
