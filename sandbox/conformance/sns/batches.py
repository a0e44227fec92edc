"""Batches: published entry by entry, and the errors of a whole batch."""

from ..desk import refused, same
from .desk import api


def entries(*ids, message="hello"):
    return [{"Id": it, "Message": message} for it in ids]


@api("PublishBatch")
def ten_messages_are_published_at_once(sns):
    topic, queue = sns.listener()
    ids = [str(n) for n in range(10)]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": it, "Message": it} for it in ids])
    assert not answer.get("Failed"), answer
    same(sorted(it["Id"] for it in answer["Successful"]), ids)
    same(len({it["MessageId"] for it in answer["Successful"]}), 10)
    same(sorted(sns.sqs.bodies(sns.heard(queue, 10))), ids)


@api("PublishBatch")
def a_wrong_entry_fails_alone(sns):
    topic, queue = sns.listener()
    wrong = {"Id": "wrong", "Message": "x", "Subject": "s" * 101}
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[*entries("fine"), wrong])
    same([it["Id"] for it in answer["Successful"]], ["fine"])
    failed = answer["Failed"][0]
    same((failed["Id"], failed["Code"], failed["SenderFault"]), ("wrong", "InvalidParameter", True))
    sns.heard(queue, 1)


@api("PublishBatch")
def an_empty_batch_is_refused(sns):
    topic = sns.topic()
    with refused("EmptyBatchRequest"):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[])


@api("PublishBatch")
def a_batch_of_eleven_is_refused(sns):
    topic, queue = sns.listener()
    with refused("TooManyEntriesInBatchRequest"):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries(*map(str, range(11))))
    sns.silent(queue)


@api("PublishBatch")
def a_batch_with_an_id_twice_is_refused(sns):
    topic = sns.topic()
    with refused("BatchEntryIdsNotDistinct"):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries("a", "b", "a"))


@api("PublishBatch")
def the_id_of_an_entry_has_80_letters_digits_hyphens_and_underscores_at_most(sns):
    topic = sns.topic()
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries("a" * 80, "A-_9"))
    for wrong in ("a" * 81, "a b", "a.b"):
        with refused("InvalidBatchEntryId"):
            sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries(wrong))


@api("PublishBatch")
def a_batch_is_as_long_as_one_message_at_most(sns):
    topic = sns.topic()
    with refused("BatchRequestTooLong"):
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries("a", "b", message="x" * 131_073))


@api("PublishBatch")
def a_batch_to_no_topic_is_refused(sns):
    topic = sns.topic()
    with refused("NotFound", status=404):
        sns.publish_batch(TopicArn=topic + "-not", PublishBatchRequestEntries=entries("a"))
