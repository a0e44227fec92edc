"""Delays: of one message, and of every message of a queue."""

from ..desk import refused, same
from .desk import api, guide


@guide("sqs-message-timers")
def a_delayed_message_is_hidden_until_its_time(sqs):
    url = sqs.queue()
    sqs.send(url, DelaySeconds=1)
    same(sqs.receive(url), [])
    sqs.take(url, WaitTimeSeconds=5)


@api("GetQueueAttributes")
def delayed_messages_are_counted_apart(sqs):
    url = sqs.queue()
    sqs.send(url, DelaySeconds=600)
    sqs.send(url)
    sqs.has(url, 1, 0, 1)


@api("SendMessage")
def a_message_is_delayed_for_0_to_900_seconds(sqs):
    url = sqs.queue()
    sqs.send(url, DelaySeconds=900)
    for wrong in (-1, 901):
        with refused("InvalidParameterValue"):
            sqs.send(url, DelaySeconds=wrong)


@guide("sqs-delay-queues")
def a_delay_queue_delays_every_message(sqs):
    url = sqs.queue(DelaySeconds="1")
    sqs.send(url)
    same(sqs.receive(url), [])
    sqs.take(url, WaitTimeSeconds=5)


@guide("sqs-message-timers")
def a_message_may_be_delayed_less_than_its_queue_says(sqs):
    url = sqs.queue(DelaySeconds="600")
    sqs.send(url, DelaySeconds=0)
    sqs.take(url)


@guide("sqs-delay-queues")
def changing_the_delay_of_a_standard_queue_leaves_earlier_messages_alone(sqs):
    url = sqs.queue()
    sqs.send(url)
    sqs.change(url, DelaySeconds="600")
    sqs.take(url)


@guide("sqs-delay-queues")
def a_fifo_queue_may_delay_its_messages(sqs):
    url = sqs.fifo(DelaySeconds="1")
    sqs.put(url, "1")
    same(sqs.receive(url), [])
    sqs.take(url, WaitTimeSeconds=5)
