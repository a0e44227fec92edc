"""Visibility: a received message is hidden, comes back, and can be hidden for longer or shorter."""

import time

from ..desk import refused, same
from .desk import api, guide

NOT_IN_FLIGHT = "AWS.SimpleQueueService.MessageNotInflight"


@guide("sqs-visibility-timeout")
def a_received_message_is_hidden_from_others(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.take(url)
    same(sqs.receive(url, WaitTimeSeconds=1), [])


@guide("sqs-visibility-timeout")
def a_message_that_was_not_deleted_comes_back_when_its_timeout_ends(sqs):
    url = sqs.queue(VisibilityTimeout="1")
    sent = sqs.send(url)
    sqs.take(url)
    same(sqs.receive(url), [])
    same(sqs.take(url, WaitTimeSeconds=5)["MessageId"], sent["MessageId"])


@guide("sqs-visibility-timeout")
def a_message_comes_back_with_a_higher_count_and_a_new_handle(sqs):
    url = sqs.queue()
    sqs.send(url)
    ask = {"MessageSystemAttributeNames": ["All"]}
    first = sqs.take(url, VisibilityTimeout=0, **ask)
    second = sqs.take(url, VisibilityTimeout=0, **ask)
    counts = [it["Attributes"]["ApproximateReceiveCount"] for it in (first, second)]
    same(counts, ["1", "2"])
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    name = "ApproximateFirstReceiveTimestamp"
    same(second["Attributes"][name], first["Attributes"][name])


@api("ReceiveMessage")
def a_receive_may_hide_for_another_time_than_the_queue_says(sqs):
    url = sqs.queue(VisibilityTimeout="600")
    sqs.send(url)
    sqs.take(url, VisibilityTimeout=1)
    sqs.take(url, WaitTimeSeconds=5)


@api("ReceiveMessage")
def a_receive_that_hides_for_no_time_leaves_the_message_to_the_next(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.take(url, VisibilityTimeout=0)
    sqs.take(url)


@api("ReceiveMessage")
def a_receive_hides_for_12_hours_at_most(sqs):
    url = sqs.queue()
    sqs.send(url)
    for wrong in (-1, 43_201):
        with refused("InvalidParameterValue"):
            sqs.receive(url, VisibilityTimeout=wrong)


@api("ChangeMessageVisibility")
def a_message_hidden_for_no_time_is_there_at_once(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.hide(url, sqs.take(url), 0)
    sqs.take(url)


@api("ChangeMessageVisibility")
def a_message_can_be_hidden_for_longer(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.hide(url, sqs.take(url, VisibilityTimeout=1), 60)
    same(sqs.receive(url, WaitTimeSeconds=2), [])


@api("ChangeMessageVisibility")
def the_new_timeout_counts_from_now(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.hide(url, sqs.take(url, VisibilityTimeout=600), 1)
    begun = time.monotonic()
    sqs.take(url, WaitTimeSeconds=8)
    assert time.monotonic() - begun < 5


@api("ChangeMessageVisibility")
def a_message_is_hidden_for_0_to_43200_seconds(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url)
    for wrong in (-1, 43_201):
        with refused("InvalidParameterValue"):
            sqs.hide(url, seen, wrong)


@guide("sqs-visibility-timeout")
def twelve_hours_count_from_the_first_receive(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url)
    time.sleep(1.1)
    with refused("InvalidParameterValue"):
        sqs.hide(url, seen, 43_200)


@api("ChangeMessageVisibility")
def a_message_that_is_not_in_flight_cannot_be_hidden(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url)
    sqs.hide(url, seen, 0)
    with refused(NOT_IN_FLIGHT):
        sqs.hide(url, seen, 10)


@api("ChangeMessageVisibility")
def a_deleted_message_cannot_be_hidden(sqs):
    url = sqs.queue()
    sqs.send(url)
    seen = sqs.take(url)
    sqs.drop(url, seen)
    with refused("InvalidParameterValue", NOT_IN_FLIGHT):
        sqs.hide(url, seen, 10)


@api("ChangeMessageVisibility")
def a_malformed_handle_hides_nothing(sqs):
    url = sqs.queue()
    with refused("ReceiptHandleIsInvalid"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle="not-a-handle", VisibilityTimeout=1)


@api("GetQueueAttributes")
def messages_in_flight_are_counted_apart(sqs):
    url = sqs.queue()
    for _ in range(3):
        sqs.send(url)
    sqs.take(url)
    sqs.has(url, 2, 1, 0)


@api("SetQueueAttributes")
def a_changed_timeout_of_the_queue_counts_for_the_next_receive(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.change(url, VisibilityTimeout="1")
    sqs.take(url)
    sqs.take(url, WaitTimeSeconds=5)
