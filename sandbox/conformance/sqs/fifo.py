"""FIFO queues: groups, order and deduplication."""

import hashlib
import threading
import time

from ..desk import refused, same
from .desk import api, guide


def all_of(queue, sqs, count):
    """Receives and deletes so many messages."""
    bodies, end = [], time.monotonic() + 15
    while len(bodies) < count and time.monotonic() < end:
        for message in sqs.receive(queue, 10, WaitTimeSeconds=2):
            bodies.append(message["Body"])
            sqs.drop(queue, message)
    return bodies


@api("SendMessage")
def a_fifo_message_needs_a_group(sqs):
    url = sqs.fifo(ContentBasedDeduplication="true")
    with refused("MissingParameter"):
        sqs.send(url)


@api("SendMessage")
def a_fifo_message_needs_a_deduplication_id_where_content_makes_none(sqs):
    url = sqs.fifo()
    with refused("InvalidParameterValue"):
        sqs.send(url, MessageGroupId="g")


@api("SendMessage")
def a_fifo_message_has_no_delay_of_its_own(sqs):
    url = sqs.fifo()
    with refused("InvalidParameterValue"):
        sqs.put(url, "1", DelaySeconds=1)


@api("SendMessage")
def sequence_numbers_have_20_digits_and_grow(sqs):
    url = sqs.fifo()
    numbers = [sqs.put(url, str(n))["SequenceNumber"] for n in range(5)]
    assert all(len(it) == 20 and it.isdigit() for it in numbers), numbers
    assert numbers == sorted(set(numbers)), numbers


@api("ReceiveMessage")
def a_fifo_message_tells_its_group_id_and_number(sqs):
    url = sqs.fifo()
    sent = sqs.put(url, "1", "blue", MessageDeduplicationId="once")
    seen = sqs.take(url, MessageSystemAttributeNames=["All"])["Attributes"]
    told = [seen[name] for name in ("MessageGroupId", "MessageDeduplicationId", "SequenceNumber")]
    same(told, ["blue", "once", sent["SequenceNumber"]])


def takes_only_fine_ids(sqs, name):
    url = sqs.fifo()
    ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
    sqs.send(url, **{**ids, name: "a" * 128})
    sqs.send(url, **{**ids, name: r"aZ9!\"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"})
    for wrong in ("a" * 129, "two words", "é"):
        with refused("InvalidParameterValue"):
            sqs.send(url, **{**ids, name: wrong})


@api("SendMessage")
def a_group_id_has_128_letters_digits_and_signs_at_most(sqs):
    takes_only_fine_ids(sqs, "MessageGroupId")


@api("SendMessage")
def a_deduplication_id_has_128_letters_digits_and_signs_at_most(sqs):
    takes_only_fine_ids(sqs, "MessageDeduplicationId")


@guide("FIFO-queues-understanding-logic")
def messages_of_a_group_come_in_the_order_sent(sqs):
    url = sqs.fifo()
    for n in range(12):
        sqs.put(url, str(n))
    same(all_of(url, sqs, 12), [str(n) for n in range(12)])


@guide("FIFO-queues-understanding-logic")
def one_receive_may_have_several_messages_of_a_group(sqs):
    url = sqs.fifo()
    for n in range(4):
        sqs.put(url, str(n))
    same(sqs.bodies(sqs.receive(url, 10)), ["0", "1", "2", "3"])


@guide("FIFO-queues-understanding-logic")
def a_group_is_blocked_while_one_of_its_messages_is_in_flight(sqs):
    url = sqs.fifo()
    for n in range(2):
        sqs.put(url, str(n))
    first = sqs.take(url)
    same(sqs.receive(url, 10, WaitTimeSeconds=1), [])
    sqs.drop(url, first)
    same(sqs.take(url)["Body"], "1")


@guide("FIFO-queues-understanding-logic")
def another_group_goes_on_meanwhile(sqs):
    url = sqs.fifo()
    sqs.put(url, "a1", "a")
    sqs.put(url, "a2", "a")
    sqs.put(url, "b1", "b")
    same(sqs.take(url)["Body"], "a1")
    same(sqs.bodies(sqs.receive(url, 10)), ["b1"])


@guide("FIFO-queues-understanding-logic")
def order_is_kept_when_a_timeout_ends(sqs):
    url = sqs.fifo(VisibilityTimeout="1")
    for n in range(3):
        sqs.put(url, str(n))
    same(sqs.bodies(sqs.receive(url, 2)), ["0", "1"])
    time.sleep(1.2)
    same(sqs.bodies(sqs.receive(url, 10, WaitTimeSeconds=3)), ["0", "1", "2"])


@api("ChangeMessageVisibility")
def a_message_put_back_is_the_first_of_its_group(sqs):
    url = sqs.fifo()
    for n in range(2):
        sqs.put(url, str(n))
    sqs.hide(url, sqs.take(url), 0)
    same(sqs.bodies(sqs.receive(url, 10)), ["0", "1"])


@guide("FIFO-queues-understanding-logic")
def eight_threads_see_every_group_in_order(sqs):
    url = sqs.fifo()
    for n in range(8):
        batch = [
            {"Id": f"{g}", "MessageBody": f"{n}", "MessageGroupId": f"{g}", "MessageDeduplicationId": f"{g}-{n}"}
            for g in range(4)
        ]
        sqs.send_message_batch(QueueUrl=url, Entries=batch)
    seen, lock, end = {}, threading.Lock(), time.monotonic() + 20

    def work():
        while sum(map(len, seen.values())) < 32 and time.monotonic() < end:
            for message in sqs.receive(url, 1, WaitTimeSeconds=1, MessageSystemAttributeNames=["MessageGroupId"]):
                with lock:
                    seen.setdefault(message["Attributes"]["MessageGroupId"], []).append(message["Body"])
                sqs.drop(url, message)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(seen, {str(g): [str(n) for n in range(8)] for g in range(4)})


@guide("FIFO-queues-exactly-once-processing")
def a_duplicate_is_accepted_and_not_delivered(sqs):
    url = sqs.fifo()
    sqs.put(url, "1", MessageDeduplicationId="once")
    sqs.put(url, "again", MessageDeduplicationId="once")
    same(sqs.bodies(sqs.receive(url, 10)), ["1"])


@guide("FIFO-queues-exactly-once-processing")
def a_duplicate_is_not_delivered_after_the_first_was_deleted(sqs):
    url = sqs.fifo()
    sqs.put(url, "1", MessageDeduplicationId="once")
    sqs.drop(url, sqs.take(url))
    sqs.put(url, "1", MessageDeduplicationId="once")
    same(sqs.receive(url, WaitTimeSeconds=1), [])


@guide("FIFO-queues-exactly-once-processing")
def a_duplicate_in_another_group_is_a_duplicate_all_the_same(sqs):
    url = sqs.fifo()
    sqs.put(url, "1", "a", MessageDeduplicationId="once")
    sqs.put(url, "2", "b", MessageDeduplicationId="once")
    same(sqs.bodies(sqs.receive(url, 10)), ["1"])


@guide("high-throughput-fifo")
def a_queue_may_look_for_duplicates_within_a_group_alone(sqs):
    url = sqs.fifo(DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    sqs.put(url, "1", "a", MessageDeduplicationId="once")
    sqs.put(url, "2", "b", MessageDeduplicationId="once")
    same(sorted(sqs.bodies(sqs.receive(url, 10))), ["1", "2"])


@guide("FIFO-queues-exactly-once-processing")
def content_makes_the_deduplication_id(sqs):
    url = sqs.fifo(ContentBasedDeduplication="true")
    for body in ("one", "one", "two"):
        sqs.send(url, body, MessageGroupId="g")
    seen = sqs.receive(url, 10, MessageSystemAttributeNames=["All"])
    same(sqs.bodies(seen), ["one", "two"])
    same(seen[0]["Attributes"]["MessageDeduplicationId"], hashlib.sha256(b"one").hexdigest())


@guide("FIFO-queues-exactly-once-processing")
def attributes_are_no_part_of_the_content(sqs):
    url = sqs.fifo(ContentBasedDeduplication="true")
    for n in range(2):
        more = {"n": {"DataType": "Number", "StringValue": str(n)}}
        sqs.send(url, "one", MessageGroupId="g", MessageAttributes=more)
    same(sqs.bodies(sqs.receive(url, 10)), ["one"])


@api("SendMessage")
def an_explicit_deduplication_id_comes_before_content(sqs):
    url = sqs.fifo(ContentBasedDeduplication="true")
    for n in range(2):
        sqs.put(url, "one", MessageDeduplicationId=str(n))
    same(sqs.bodies(sqs.receive(url, 10)), ["one", "one"])


@api("SendMessageBatch")
def a_fifo_batch_keeps_its_order_and_numbers(sqs):
    url = sqs.fifo(ContentBasedDeduplication="true")
    entries = [{"Id": str(n), "MessageBody": str(n), "MessageGroupId": "g"} for n in range(10)]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    numbers = [it["SequenceNumber"] for it in sorted(sent, key=lambda it: int(it["Id"]))]
    assert numbers == sorted(set(numbers)), numbers
    same(all_of(url, sqs, 10), [str(n) for n in range(10)])


@api("SendMessageBatch")
def an_entry_without_a_group_fails_alone(sqs):
    url = sqs.fifo(ContentBasedDeduplication="true")
    entries = [{"Id": "fine", "MessageBody": "1", "MessageGroupId": "g"}, {"Id": "wrong", "MessageBody": "2"}]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    same([it["Id"] for it in sent["Successful"]], ["fine"])
    same([(it["Id"], it["Code"]) for it in sent["Failed"]], [("wrong", "MissingParameter")])


@api("DeleteMessage")
def a_fifo_message_is_not_deleted_with_a_handle_whose_time_is_over(sqs):
    url = sqs.fifo()
    sqs.put(url, "1")
    old = sqs.take(url, VisibilityTimeout=1)
    time.sleep(1.2)
    with refused("InvalidParameterValue"):
        sqs.drop(url, old)
    same(sqs.take(url)["Body"], "1")


@guide("FIFO-queues-understanding-logic")
def a_receive_repeated_with_its_attempt_id_returns_the_same_messages(sqs):
    url = sqs.fifo()
    for n in range(2):
        sqs.put(url, str(n))
    first = sqs.receive(url, 10, ReceiveRequestAttemptId="try-1")
    again = sqs.receive(url, 10, ReceiveRequestAttemptId="try-1")
    same(sqs.bodies(first), ["0", "1"])
    same(sqs.bodies(again), ["0", "1"])
    same(sqs.receive(url, 10, ReceiveRequestAttemptId="try-2"), [])


@guide("FIFO-queues-understanding-logic")
def a_delete_in_the_middle_keeps_the_group_blocked(sqs):
    url = sqs.fifo()
    for n in range(3):
        sqs.put(url, str(n))
    first, second = sqs.receive(url, 2)
    sqs.drop(url, second)
    same(sqs.receive(url, WaitTimeSeconds=1), [])
    sqs.drop(url, first)
    same(sqs.take(url)["Body"], "2")
