"""Batches: done entry by entry, and the errors of a whole batch."""

import hashlib

from ..desk import refused, same
from .desk import GONE, api

EMPTY = "AWS.SimpleQueueService.EmptyBatchRequest"
TOO_MANY = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
NOT_DISTINCT = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
INVALID_ID = "AWS.SimpleQueueService.InvalidBatchEntryId"
TOO_LONG = "AWS.SimpleQueueService.BatchRequestTooLong"


def entries(*ids, body="hello"):
    return [{"Id": it, "MessageBody": body} for it in ids]


@api("SendMessageBatch")
def ten_messages_are_sent_at_once(sqs):
    url = sqs.queue()
    ids = [str(n) for n in range(10)]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": it, "MessageBody": it} for it in ids])
    assert not sent.get("Failed"), sent
    same([it["Id"] for it in sent["Successful"]], ids)
    same(len({it["MessageId"] for it in sent["Successful"]}), 10)
    sqs.has(url, 10, 0, 0)


@api("SendMessageBatch")
def every_entry_has_its_own_digest(sqs):
    url = sqs.queue()
    sent = sqs.send_message_batch(
        QueueUrl=url, Entries=[*entries("a", body="one"), *entries("b", body="two")]
    )["Successful"]
    digests = {it["Id"]: it["MD5OfMessageBody"] for it in sent}
    wanted = {key: hashlib.md5(body, usedforsecurity=False).hexdigest() for key, body in (("a", b"one"), ("b", b"two"))}
    same(digests, wanted)


@api("SendMessageBatch")
def a_wrong_entry_fails_alone(sqs):
    url = sqs.queue()
    wrong = {"Id": "wrong", "MessageBody": "x", "DelaySeconds": 901}
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[*entries("fine"), wrong])
    same([it["Id"] for it in sent["Successful"]], ["fine"])
    failed = sent["Failed"][0]
    same((failed["Id"], failed["Code"], failed["SenderFault"]), ("wrong", "InvalidParameterValue", True))
    assert failed["Message"], failed
    sqs.has(url, 1, 0, 0)


@api("SendMessageBatch")
def every_entry_may_have_its_own_delay(sqs):
    url = sqs.queue()
    sqs.send_message_batch(QueueUrl=url, Entries=[{**entries("a")[0], "DelaySeconds": 600}, *entries("b")])
    sqs.has(url, 1, 0, 1)


@api("SendMessageBatch")
def an_empty_batch_is_refused(sqs):
    url = sqs.queue()
    with refused(EMPTY):
        sqs.send_message_batch(QueueUrl=url, Entries=[])


@api("SendMessageBatch")
def a_batch_of_eleven_is_refused(sqs):
    url = sqs.queue()
    with refused(TOO_MANY):
        sqs.send_message_batch(QueueUrl=url, Entries=entries(*map(str, range(11))))
    sqs.has(url, 0, 0, 0)


@api("SendMessageBatch")
def a_batch_with_an_id_twice_is_refused(sqs):
    url = sqs.queue()
    with refused(NOT_DISTINCT):
        sqs.send_message_batch(QueueUrl=url, Entries=entries("a", "b", "a"))


@api("SendMessageBatch")
def the_id_of_an_entry_has_80_letters_digits_hyphens_and_underscores_at_most(sqs):
    url = sqs.queue()
    sqs.send_message_batch(QueueUrl=url, Entries=entries("a" * 80, "A-_9"))
    for wrong in ("a" * 81, "a b", "a.b", "é", ""):
        with refused(INVALID_ID):
            sqs.send_message_batch(QueueUrl=url, Entries=entries(wrong))


@api("SendMessageBatch")
def a_batch_is_as_long_as_one_message_at_most(sqs):
    url = sqs.queue()
    sqs.send_message_batch(QueueUrl=url, Entries=entries("a", "b", body="x" * 524_288))
    with refused(TOO_LONG):
        sqs.send_message_batch(QueueUrl=url, Entries=entries("a", "b", body="x" * 524_289))


@api("SendMessageBatch")
def a_batch_to_no_queue_is_refused(sqs):
    url = sqs.queue()
    with refused(GONE):
        sqs.send_message_batch(QueueUrl=url + "-not", Entries=entries("a"))


@api("DeleteMessageBatch")
def several_messages_are_deleted_at_once(sqs):
    url = sqs.queue()
    for _ in range(3):
        sqs.send(url)
    taken = [{"Id": str(n), "ReceiptHandle": sqs.take(url)["ReceiptHandle"]} for n in range(3)]
    done = sqs.delete_message_batch(QueueUrl=url, Entries=taken)
    same([it["Id"] for it in done["Successful"]], ["0", "1", "2"])
    sqs.has(url, 0, 0, 0)


@api("DeleteMessageBatch")
def a_malformed_handle_fails_alone_among_deletes(sqs):
    url = sqs.queue()
    sqs.send(url)
    fine = {"Id": "fine", "ReceiptHandle": sqs.take(url)["ReceiptHandle"]}
    done = sqs.delete_message_batch(QueueUrl=url, Entries=[fine, {"Id": "wrong", "ReceiptHandle": "x"}])
    same([it["Id"] for it in done["Successful"]], ["fine"])
    failed = done["Failed"][0]
    same((failed["Id"], failed["Code"], failed["SenderFault"]), ("wrong", "ReceiptHandleIsInvalid", True))


@api("DeleteMessageBatch")
def a_batch_of_deletes_has_the_same_errors(sqs):
    url = sqs.queue()

    def delete(*ids):
        sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": it, "ReceiptHandle": "x"} for it in ids])

    with refused(EMPTY):
        delete()
    with refused(TOO_MANY):
        delete(*map(str, range(11)))
    with refused(NOT_DISTINCT):
        delete("a", "a")
    with refused(INVALID_ID):
        delete("a b")


@api("ChangeMessageVisibilityBatch")
def several_messages_are_hidden_at_once(sqs):
    url = sqs.queue()
    for _ in range(2):
        sqs.send(url)
    taken = [
        {"Id": str(n), "ReceiptHandle": sqs.take(url)["ReceiptHandle"], "VisibilityTimeout": 0} for n in range(2)
    ]
    done = sqs.change_message_visibility_batch(QueueUrl=url, Entries=taken)
    same([it["Id"] for it in done["Successful"]], ["0", "1"])
    sqs.has(url, 2, 0, 0)


@api("ChangeMessageVisibilityBatch")
def a_wrong_timeout_fails_alone(sqs):
    url = sqs.queue()
    for _ in range(2):
        sqs.send(url)
    first, second = (sqs.take(url)["ReceiptHandle"] for _ in range(2))
    done = sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "fine", "ReceiptHandle": first, "VisibilityTimeout": 0},
            {"Id": "wrong", "ReceiptHandle": second, "VisibilityTimeout": 43_201},
        ],
    )
    same([it["Id"] for it in done["Successful"]], ["fine"])
    same([(it["Id"], it["Code"]) for it in done["Failed"]], [("wrong", "InvalidParameterValue")])
    sqs.has(url, 1, 1, 0)


@api("ChangeMessageVisibilityBatch")
def a_batch_of_timeouts_has_the_same_errors(sqs):
    url = sqs.queue()

    def hide(*ids):
        more = {"ReceiptHandle": "x", "VisibilityTimeout": 1}
        sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{"Id": it, **more} for it in ids])

    with refused(EMPTY):
        hide()
    with refused(TOO_MANY):
        hide(*map(str, range(11)))
    with refused(NOT_DISTINCT):
        hide("a", "a")
    with refused(INVALID_ID):
        hide("a.b")
