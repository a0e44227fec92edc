"""Polling: long polls wait for a message, short ones do not."""

import time

from ..desk import same
from .desk import guide


@guide("sqs-short-and-long-polling")
def a_long_poll_returns_as_soon_as_a_message_comes(sqs):
    url = sqs.queue()
    sqs.send(url, DelaySeconds=1)
    begun = time.monotonic()
    sqs.take(url, WaitTimeSeconds=10)
    took = time.monotonic() - begun
    assert took < 5, f"{took:.1f} s"


@guide("sqs-short-and-long-polling")
def a_long_poll_that_finds_nothing_waits_its_time(sqs):
    url = sqs.queue()
    begun = time.monotonic()
    same(sqs.receive(url, WaitTimeSeconds=1), [])
    took = time.monotonic() - begun
    assert 0.9 < took < 4, f"{took:.1f} s"


@guide("sqs-short-and-long-polling")
def a_queue_may_make_every_poll_long(sqs):
    url = sqs.queue(ReceiveMessageWaitTimeSeconds="1")
    begun = time.monotonic()
    sqs.receive_message(QueueUrl=url)
    took = time.monotonic() - begun
    assert 0.9 < took < 4, f"{took:.1f} s"


@guide("sqs-short-and-long-polling")
def a_poll_may_be_short_where_the_queue_says_long(sqs):
    url = sqs.queue(ReceiveMessageWaitTimeSeconds="20")
    begun = time.monotonic()
    sqs.receive(url, WaitTimeSeconds=0)
    took = time.monotonic() - begun
    assert took < 5, f"{took:.1f} s"
