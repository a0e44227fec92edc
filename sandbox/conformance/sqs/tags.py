"""Tags of queues."""

from ..desk import refused, same
from .desk import GONE, api, guide


@api("TagQueue")
def a_queue_is_tagged_and_the_tags_are_listed(sqs):
    url = sqs.queue()
    sqs.tag_queue(QueueUrl=url, Tags={"team": "blue", "stage": "test"})
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "blue", "stage": "test"})


@api("CreateQueue")
def a_queue_is_created_with_tags(sqs):
    url = sqs.queue(tags={"team": "blue"})
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "blue"})


@guide("sqs-queue-tags")
def a_tag_of_the_same_key_is_overwritten(sqs):
    url = sqs.queue(tags={"team": "blue"})
    sqs.tag_queue(QueueUrl=url, Tags={"team": "red"})
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "red"})


@guide("sqs-queue-tags")
def tag_keys_differ_by_case(sqs):
    url = sqs.queue(tags={"team": "blue", "Team": "red"})
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"team": "blue", "Team": "red"})


@api("UntagQueue")
def tags_are_removed_by_key(sqs):
    url = sqs.queue(tags={"team": "blue", "stage": "test"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team", "never-there"])
    same(sqs.list_queue_tags(QueueUrl=url)["Tags"], {"stage": "test"})


@api("ListQueueTags")
def a_queue_without_tags_lists_none(sqs):
    same(sqs.list_queue_tags(QueueUrl=sqs.queue()).get("Tags", {}), {})


@api("TagQueue")
def a_queue_that_does_not_exist_cannot_be_tagged(sqs):
    url = sqs.queue()
    with refused(GONE):
        sqs.tag_queue(QueueUrl=url + "-not", Tags={"team": "blue"})


@guide("quotas-queues")
def a_queue_has_at_most_50_tags(sqs):
    url = sqs.queue()
    with refused("InvalidParameterValue"):
        sqs.tag_queue(QueueUrl=url, Tags={f"key-{n}": "x" for n in range(51)})
