"""Attributes of queues: defaults, ranges, and what is refused."""

import json
import time

from ..desk import eventually, refused, same
from .desk import api, guide


def default(name, value):
    """A behaviour that says what a new queue's attribute is."""

    def check(sqs):
        same(sqs.attribute(sqs.queue(), name), value)

    return check


@api("SetQueueAttributes")
def a_new_queue_hides_a_received_message_for_30_seconds(sqs):
    default("VisibilityTimeout", "30")(sqs)


@api("SetQueueAttributes")
def a_new_queue_delays_nothing(sqs):
    default("DelaySeconds", "0")(sqs)


@api("SetQueueAttributes")
def a_new_queue_takes_messages_up_to_1_MiB(sqs):
    default("MaximumMessageSize", "1048576")(sqs)


@api("SetQueueAttributes")
def a_new_queue_keeps_messages_for_four_days(sqs):
    default("MessageRetentionPeriod", "345600")(sqs)


@api("SetQueueAttributes")
def a_new_queue_polls_short(sqs):
    default("ReceiveMessageWaitTimeSeconds", "0")(sqs)


@guide("sqs-configure-sqs-sse-queue")
def a_new_queue_is_encrypted_by_sqs(sqs):
    default("SqsManagedSseEnabled", "true")(sqs)


@api("GetQueueAttributes")
def a_new_queue_has_no_policies(sqs):
    seen = sqs.attributes(sqs.queue())
    assert not {"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"} & set(seen), seen


@api("GetQueueAttributes")
def a_new_queue_counts_no_messages(sqs):
    same(sqs.counts(sqs.queue()), (0, 0, 0))


@api("GetQueueAttributes")
def a_queue_knows_when_it_was_made_in_seconds(sqs):
    seen = sqs.attributes(sqs.queue())
    assert abs(int(seen["CreatedTimestamp"]) - time.time()) < 60, seen
    same(seen["LastModifiedTimestamp"], seen["CreatedTimestamp"])


@api("GetQueueAttributes")
def a_queue_knows_when_it_was_last_changed(sqs):
    url = sqs.queue()
    made = int(sqs.attribute(url, "CreatedTimestamp"))
    eventually(lambda: time.time() >= made + 1)
    sqs.change(url, DelaySeconds="1")
    seen = sqs.attributes(url)
    assert int(seen["LastModifiedTimestamp"]) > int(seen["CreatedTimestamp"]) == made, seen


@api("GetQueueAttributes")
def a_standard_queue_says_nothing_of_fifo(sqs):
    seen = sqs.attributes(sqs.queue())
    fifo = {"FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}
    assert not fifo & set(seen), seen


@api("GetQueueAttributes")
def a_fifo_queue_has_its_four_defaults(sqs):
    names = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
    seen = sqs.attributes(sqs.fifo())
    same([seen.get(name) for name in names], ["true", "false", "queue", "perQueue"])


@api("CreateQueue")
def attributes_are_set_when_a_queue_is_created(sqs):
    wanted = {"DelaySeconds": "3", "VisibilityTimeout": "61", "MessageRetentionPeriod": "3600"}
    seen = sqs.attributes(sqs.queue(**wanted))
    same({name: seen[name] for name in wanted}, wanted)


@api("SetQueueAttributes")
def attributes_are_changed_afterwards(sqs):
    url = sqs.queue()
    sqs.change(url, VisibilityTimeout="7", ReceiveMessageWaitTimeSeconds="1")
    seen = sqs.attributes(url)
    same((seen["VisibilityTimeout"], seen["ReceiveMessageWaitTimeSeconds"]), ("7", "1"))


@api("GetQueueAttributes")
def only_the_attributes_asked_for_are_told(sqs):
    seen = sqs.attributes(sqs.queue(), "DelaySeconds", "QueueArn")
    same(set(seen), {"DelaySeconds", "QueueArn"})


@api("GetQueueAttributes")
def nothing_is_told_where_no_attribute_is_asked_for(sqs):
    answer = sqs.get_queue_attributes(QueueUrl=sqs.queue())
    assert not answer.get("Attributes"), answer


@api("GetQueueAttributes")
def an_unknown_attribute_cannot_be_asked_for(sqs):
    url = sqs.queue()
    with refused("InvalidAttributeName"):
        sqs.attributes(url, "Colour")


@api("SetQueueAttributes")
def an_unknown_attribute_cannot_be_set(sqs):
    url = sqs.queue()
    with refused("InvalidAttributeName"):
        sqs.change(url, Colour="red")


@api("CreateQueue")
def a_queue_cannot_be_created_with_an_unknown_attribute(sqs):
    with refused("InvalidAttributeName"):
        sqs.queue(Colour="red")


@api("SetQueueAttributes")
def what_is_counted_cannot_be_set(sqs):
    url = sqs.queue()
    with refused("InvalidAttributeName"):
        sqs.change(url, ApproximateNumberOfMessages="7")


def keeps_to(sqs, name, least, most):
    """Both ends are taken; one beyond either is refused."""
    url = sqs.queue()
    for fine in (least, most):
        sqs.change(url, **{name: str(fine)})
        same(sqs.attribute(url, name), str(fine))
    for wrong in (least - 1, most + 1, "many"):
        with refused("InvalidAttributeValue"):
            sqs.change(url, **{name: str(wrong)})
        with refused("InvalidAttributeValue"):
            sqs.queue(**{name: str(wrong)})
    same(sqs.attribute(url, name), str(most))


@api("SetQueueAttributes")
def a_delay_is_from_0_to_900_seconds(sqs):
    keeps_to(sqs, "DelaySeconds", 0, 900)


@api("SetQueueAttributes")
def a_visibility_timeout_is_from_0_to_43200_seconds(sqs):
    keeps_to(sqs, "VisibilityTimeout", 0, 43_200)


@api("SetQueueAttributes")
def a_largest_message_is_from_1024_to_1048576_bytes(sqs):
    keeps_to(sqs, "MaximumMessageSize", 1_024, 1_048_576)


@api("SetQueueAttributes")
def a_retention_is_from_60_to_1209600_seconds(sqs):
    keeps_to(sqs, "MessageRetentionPeriod", 60, 1_209_600)


@api("SetQueueAttributes")
def a_wait_is_from_0_to_20_seconds(sqs):
    keeps_to(sqs, "ReceiveMessageWaitTimeSeconds", 0, 20)


@api("SetQueueAttributes")
def a_data_key_is_reused_for_60_to_86400_seconds(sqs):
    url = sqs.queue(KmsMasterKeyId="alias/aws/sqs")
    for fine in ("60", "86400"):
        sqs.change(url, KmsDataKeyReusePeriodSeconds=fine)
        same(sqs.attribute(url, "KmsDataKeyReusePeriodSeconds"), fine)
    for wrong in ("59", "86401"):
        with refused("InvalidAttributeValue"):
            sqs.change(url, KmsDataKeyReusePeriodSeconds=wrong)


@api("SetQueueAttributes")
def a_queue_has_one_kind_of_encryption_at_a_time(sqs):
    seen = sqs.attributes(sqs.queue(KmsMasterKeyId="alias/aws/sqs"))
    same((seen["KmsMasterKeyId"], seen["SqsManagedSseEnabled"]), ("alias/aws/sqs", "false"))


@guide("sqs-configure-sqs-sse-queue")
def encryption_can_be_switched_off(sqs):
    url = sqs.queue()
    sqs.change(url, SqsManagedSseEnabled="false")
    same(sqs.attribute(url, "SqsManagedSseEnabled"), "false")


@api("SetQueueAttributes")
def one_wrong_attribute_changes_none(sqs):
    url = sqs.queue()
    with refused("InvalidAttributeValue"):
        sqs.change(url, DelaySeconds="5", VisibilityTimeout="43201")
    same(sqs.attribute(url, "DelaySeconds"), "0")


@api("SetQueueAttributes")
def a_policy_is_kept_and_told(sqs):
    url = sqs.queue()
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": sqs.arn(url)}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    sqs.change(url, Policy=json.dumps(policy))
    same(json.loads(sqs.attribute(url, "Policy")), policy)
    sqs.change(url, Policy="")
    same(sqs.attribute(url, "Policy"), None)


@api("SetQueueAttributes")
def a_policy_is_json(sqs):
    url = sqs.queue()
    with refused("InvalidAttributeValue"):
        sqs.change(url, Policy="everyone may")


@api("CreateQueue")
def a_standard_queue_takes_no_fifo_attribute(sqs):
    for name, value in (("ContentBasedDeduplication", "true"), ("DeduplicationScope", "queue")):
        with refused("InvalidAttributeName"):
            sqs.queue(**{name: value})


@api("CreateQueue")
def a_queue_is_fifo_or_says_nothing(sqs):
    with refused("InvalidAttributeName", "InvalidAttributeValue"):
        sqs.queue(FifoQueue="false")


@api("SetQueueAttributes")
def a_standard_queue_cannot_become_fifo(sqs):
    url = sqs.queue()
    with refused("InvalidAttributeName", "InvalidAttributeValue"):
        sqs.change(url, FifoQueue="true")


@api("SetQueueAttributes")
def throughput_per_group_needs_deduplication_per_group(sqs):
    url = sqs.fifo()
    with refused("InvalidAttributeValue", "InvalidParameterValue"):
        sqs.change(url, FifoThroughputLimit="perMessageGroupId")
    sqs.change(url, FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup")
    seen = sqs.attributes(url)
    same((seen["FifoThroughputLimit"], seen["DeduplicationScope"]), ("perMessageGroupId", "messageGroup"))


@api("SetQueueAttributes")
def deduplication_is_per_queue_or_per_group(sqs):
    url = sqs.fifo()
    with refused("InvalidAttributeValue"):
        sqs.change(url, DeduplicationScope="everywhere")
    with refused("InvalidAttributeValue"):
        sqs.change(url, ContentBasedDeduplication="perhaps")
