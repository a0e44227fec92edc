"""Tags of streams, by name and by ARN."""

from ..desk import refused, same
from .desk import WRONG, api


def listed(kinesis, name, **more):
    answer = kinesis.list_tags_for_stream(StreamName=name, **more)
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}, answer["HasMoreTags"]


@api("AddTagsToStream")
def a_stream_is_tagged_and_the_tags_are_listed(kinesis):
    name = kinesis.stream()
    same(listed(kinesis, name), ({}, False))
    kinesis.add_tags_to_stream(StreamName=name, Tags={"team": "blue", "stage": "test"})
    same(listed(kinesis, name), ({"team": "blue", "stage": "test"}, False))


@api("AddTagsToStream")
def a_tag_of_the_same_key_is_overwritten(kinesis):
    name = kinesis.stream(Tags={"team": "blue"})
    kinesis.add_tags_to_stream(StreamName=name, Tags={"team": "red"})
    same(listed(kinesis, name)[0], {"team": "red"})


@api("RemoveTagsFromStream")
def tags_are_removed_by_key(kinesis):
    name = kinesis.stream(Tags={"team": "blue", "stage": "test"})
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["team", "never-there"])
    same(listed(kinesis, name)[0], {"stage": "test"})


@api("ListTagsForStream")
def tags_are_listed_page_by_page(kinesis):
    name = kinesis.stream(Tags={"a": "1", "b": "2", "c": "3"})
    same(listed(kinesis, name, Limit=2), ({"a": "1", "b": "2"}, True))
    same(listed(kinesis, name, Limit=2, ExclusiveStartTagKey="b"), ({"c": "3"}, False))


@api("AddTagsToStream")
def a_stream_has_at_most_50_tags(kinesis):
    name = kinesis.stream()
    with refused("LimitExceededException", *WRONG):
        kinesis.add_tags_to_stream(StreamName=name, Tags={f"key-{n}": "x" for n in range(51)})


@api("AddTagsToStream")
def the_key_of_a_tag_has_128_characters_at_most(kinesis):
    name = kinesis.stream()
    with refused(*WRONG):
        kinesis.add_tags_to_stream(StreamName=name, Tags={"k" * 129: "x"})


@api("AddTagsToStream")
def an_unknown_stream_cannot_be_tagged(kinesis):
    with refused("ResourceNotFoundException"):
        kinesis.add_tags_to_stream(StreamName=kinesis.name(), Tags={"team": "blue"})


@api("TagResource")
def a_stream_is_tagged_by_its_arn(kinesis):
    name = kinesis.stream()
    arn = kinesis.summary(name)["StreamARN"]
    kinesis.tag_resource(ResourceARN=arn, Tags={"team": "blue", "stage": "test"})
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["stage"])
    same(kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"], [{"Key": "team", "Value": "blue"}])
