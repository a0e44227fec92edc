"""The wire: what a request must be before anything is done for it."""

from datetime import timedelta

from ..desk import same
from ..wire import ask, is_refused
from .desk import signing


@signing
def an_unsigned_request_is_refused(sqs):
    is_refused(ask(sqs, "ListQueues", signed=False), "MissingAuthenticationToken", 403)


@signing
def a_signature_is_not_older_than_a_quarter_of_an_hour(sqs):
    same(ask(sqs, "ListQueues", age=timedelta(minutes=4)).status, 200)
    is_refused(ask(sqs, "ListQueues", age=timedelta(minutes=16)), "SignatureDoesNotMatch", 403)


@signing
def a_signature_is_not_of_the_future(sqs):
    is_refused(ask(sqs, "ListQueues", age=-timedelta(minutes=16)), "SignatureDoesNotMatch", 403)


@signing
def a_request_that_was_tampered_with_is_refused(sqs):
    is_refused(ask(sqs, "ListQueues", tampered='{"MaxResults": 1}'), "SignatureDoesNotMatch", 403)


@signing
def an_unknown_operation_is_refused(sqs):
    is_refused(ask(sqs, "Dance"), "UnknownOperationException")


@signing
def every_answer_has_an_id(sqs):
    fine, wrong = ask(sqs, "ListQueues"), ask(sqs, "Dance")
    same(len({answer.headers["x-amzn-requestid"] for answer in (fine, wrong)}), 2)
