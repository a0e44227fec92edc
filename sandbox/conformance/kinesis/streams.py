"""Streams: created, described, listed, deleted; their modes and encryption."""

import time

from ..desk import eventually, refused, same
from .desk import HASHES, WRONG, api, hashes, signing


@api("CreateStream")
def a_stream_becomes_active(kinesis):
    name = kinesis.name()
    kinesis.patiently(kinesis.create_stream, StreamName=name, ShardCount=1)
    kinesis.later(kinesis.delete_stream, StreamName=name)
    assert kinesis.summary(name)["StreamStatus"] in ("CREATING", "ACTIVE")
    kinesis.active(name)


@api("CreateStream")
def a_name_is_taken_once(kinesis):
    name = kinesis.stream()
    with refused("ResourceInUseException"):
        kinesis.patiently(kinesis.create_stream, StreamName=name, ShardCount=1)


@api("CreateStream")
def a_name_has_128_letters_digits_dots_hyphens_and_underscores_at_most(kinesis):
    kinesis.stream(name=kinesis.name("_A.9").ljust(128, "x"))
    for wrong in ("x" * 129, "a b", "a/b", "é", ""):
        with refused("ValidationException"):
            kinesis.create_stream(StreamName=wrong, ShardCount=1)


@api("CreateStream")
def a_stream_has_a_shard_at_least(kinesis):
    for wrong in (0, -1):
        with refused(*WRONG):
            kinesis.create_stream(StreamName=kinesis.name(), ShardCount=wrong)


@api("CreateStream")
def a_stream_is_created_with_tags(kinesis):
    name = kinesis.stream(Tags={"team": "blue"})
    same(kinesis.list_tags_for_stream(StreamName=name)["Tags"], [{"Key": "team", "Value": "blue"}])


@api("CreateStream")
def an_on_demand_stream_begins_with_four_shards(kinesis):
    name = kinesis.stream(shards=None, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    same(kinesis.summary(name)["OpenShardCount"], 4)
    same(kinesis.summary(name)["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})


@api("CreateStream")
def a_stream_is_provisioned_where_nothing_else_is_said(kinesis):
    name = kinesis.stream()
    same(kinesis.summary(name)["StreamModeDetails"], {"StreamMode": "PROVISIONED"})


@api("CreateStream")
def an_unknown_mode_is_refused(kinesis):
    with refused("ValidationException"):
        kinesis.create_stream(StreamName=kinesis.name(), StreamModeDetails={"StreamMode": "FAST"})


@api("DescribeStream")
def a_stream_is_described_in_full(kinesis):
    name = kinesis.stream(2)
    seen = kinesis.described(name)
    same((seen["StreamName"], seen["StreamStatus"], seen["HasMoreShards"]), (name, "ACTIVE", False))
    same((seen["RetentionPeriodHours"], seen["EncryptionType"]), (24, "NONE"))
    same(seen["EnhancedMonitoring"], [{"ShardLevelMetrics": []}])
    same(len(seen["Shards"]), 2)
    assert abs(seen["StreamCreationTimestamp"].timestamp() - time.time()) < 60, seen


@api("DescribeStream")
def the_arn_of_a_stream_names_region_account_and_stream(kinesis):
    name = kinesis.stream()
    parts = kinesis.described(name)["StreamARN"].split(":")
    same(parts[:4], ["arn", "aws", "kinesis", "us-east-1"])
    assert len(parts[4]) == 12 and parts[4].isdigit(), parts
    same(parts[5], f"stream/{name}")


@api("DescribeStream")
def the_shards_of_a_stream_are_described_page_by_page(kinesis):
    name = kinesis.stream(3)
    first = kinesis.described(name, Limit=2)
    same((len(first["Shards"]), first["HasMoreShards"]), (2, True))
    rest = kinesis.described(name, Limit=2, ExclusiveStartShardId=first["Shards"][-1]["ShardId"])
    same((len(rest["Shards"]), rest["HasMoreShards"]), (1, False))


@api("DescribeStream")
def a_stream_is_described_by_its_arn(kinesis):
    name = kinesis.stream()
    arn = kinesis.described(name)["StreamARN"]
    same(kinesis.describe_stream(StreamARN=arn)["StreamDescription"]["StreamName"], name)


@api("DescribeStream")
def an_unknown_stream_is_not_described(kinesis):
    with refused("ResourceNotFoundException"):
        kinesis.describe_stream(StreamName=kinesis.name())
    with refused("ResourceNotFoundException"):
        kinesis.describe_stream_summary(StreamName=kinesis.name())


@api("DescribeStream")
def a_stream_of_another_region_is_unknown(kinesis):
    name = kinesis.stream()
    with refused("ResourceNotFoundException"):
        kinesis.elsewhere("eu-west-1").describe_stream(StreamName=name)


@api("DescribeStreamSummary")
def a_summary_counts_open_shards_and_consumers(kinesis):
    seen = kinesis.summary(kinesis.stream(2))
    same((seen["OpenShardCount"], seen["ConsumerCount"], seen["RetentionPeriodHours"]), (2, 0, 24))


@api("HashKeyRange")
def the_shards_of_a_new_stream_share_all_hash_keys_evenly(kinesis):
    ranges = [hashes(shard) for shard in kinesis.shards(kinesis.stream(3))]
    same((ranges[0][0], ranges[-1][1]), (0, HASHES - 1))
    for (_, end), (start, _) in zip(ranges, ranges[1:]):
        same(start, end + 1)
    sizes = [end - start for start, end in ranges]
    assert max(sizes) - min(sizes) <= 3, sizes


@api("Shard")
def shards_are_numbered_from_0(kinesis):
    same(kinesis.shard_ids(kinesis.stream(2)), ["shardId-000000000000", "shardId-000000000001"])


@api("ListStreams")
def streams_are_listed_by_name(kinesis):
    prefix = kinesis.name()
    names = [kinesis.stream(name=f"{prefix}-{end}") for end in ("b", "a")]
    seen = kinesis.list_streams(ExclusiveStartStreamName=prefix)["StreamNames"]
    same([name for name in seen if name.startswith(prefix)], sorted(names))


@api("ListStreams")
def streams_are_listed_page_by_page(kinesis):
    prefix = kinesis.name()
    for end in ("a", "b"):
        kinesis.stream(name=f"{prefix}-{end}")
    page = kinesis.list_streams(ExclusiveStartStreamName=prefix, Limit=1)
    same((page["StreamNames"], page["HasMoreStreams"]), ([f"{prefix}-a"], True))
    page = kinesis.list_streams(NextToken=page["NextToken"], Limit=1)
    same(page["StreamNames"], [f"{prefix}-b"])


@api("ListStreams")
def a_list_of_streams_sums_each_up(kinesis):
    name = kinesis.stream()
    seen = kinesis.list_streams(ExclusiveStartStreamName=name[:-1])["StreamSummaries"]
    mine = next(it for it in seen if it["StreamName"] == name)
    same((mine["StreamStatus"], mine["StreamModeDetails"]["StreamMode"]), ("ACTIVE", "PROVISIONED"))
    same(mine["StreamARN"], kinesis.summary(name)["StreamARN"])


@api("DeleteStream")
def a_deleted_stream_is_gone_after_a_while(kinesis):
    name = kinesis.stream()
    kinesis.delete_stream(StreamName=name)
    eventually(lambda: kinesis.gone(name), every=0.2)
    assert name not in kinesis.list_streams(ExclusiveStartStreamName=name[:-1])["StreamNames"]


@api("DeleteStream")
def an_unknown_stream_cannot_be_deleted(kinesis):
    with refused("ResourceNotFoundException"):
        kinesis.patiently(kinesis.delete_stream, StreamName=kinesis.name())


@api("UpdateStreamMode")
def a_stream_changes_its_mode(kinesis):
    name = kinesis.stream()
    arn = kinesis.summary(name)["StreamARN"]
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    kinesis.active(name)
    same(kinesis.summary(name)["StreamModeDetails"], {"StreamMode": "ON_DEMAND"})


@api("StartStreamEncryption")
def a_stream_is_encrypted_and_decrypted(kinesis):
    name = kinesis.stream()
    key = {"StreamName": name, "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    kinesis.start_stream_encryption(**key)
    kinesis.active(name)
    seen = kinesis.summary(name)
    same((seen["EncryptionType"], seen["KeyId"]), ("KMS", "alias/aws/kinesis"))
    kinesis.stop_stream_encryption(**key)
    kinesis.active(name)
    same(kinesis.summary(name)["EncryptionType"], "NONE")


@api("EnableEnhancedMonitoring")
def metrics_of_shards_are_switched_on_and_off(kinesis):
    name = kinesis.stream()
    metric = {"StreamName": name, "ShardLevelMetrics": ["IncomingBytes"]}
    seen = kinesis.enable_enhanced_monitoring(**metric)
    same((seen["CurrentShardLevelMetrics"], seen["DesiredShardLevelMetrics"]), ([], ["IncomingBytes"]))
    kinesis.active(name)
    same(kinesis.summary(name)["EnhancedMonitoring"], [{"ShardLevelMetrics": ["IncomingBytes"]}])
    seen = kinesis.disable_enhanced_monitoring(**metric)
    same((seen["CurrentShardLevelMetrics"], seen["DesiredShardLevelMetrics"]), (["IncomingBytes"], []))


@api("DescribeLimits")
def an_account_knows_its_limits(kinesis):
    kinesis.stream()
    seen = kinesis.describe_limits()
    assert 1 <= seen["OpenShardCount"] <= seen["ShardLimit"], seen
    assert 0 <= seen["OnDemandStreamCount"] <= seen["OnDemandStreamCountLimit"], seen


@signing
def an_unknown_access_key_is_refused(kinesis):
    with refused("UnrecognizedClientException"):
        kinesis.as_stranger().list_streams()


@signing
def a_wrong_secret_is_refused(kinesis):
    with refused("InvalidSignatureException"):
        kinesis.as_forger().list_streams()
