"""The wire: what a request must be before anything is done for it."""

from datetime import timedelta

from ..desk import same
from ..wire import ask, is_refused
from .desk import signing


@signing
def an_unsigned_request_is_refused(kinesis):
    is_refused(ask(kinesis, "ListStreams", signed=False), "MissingAuthenticationTokenException", 400)


@signing
def a_signature_is_not_older_than_a_quarter_of_an_hour(kinesis):
    same(ask(kinesis, "ListStreams", age=timedelta(minutes=4)).status, 200)
    is_refused(ask(kinesis, "ListStreams", age=timedelta(minutes=16)), "InvalidSignatureException", 400)


@signing
def a_signature_is_not_of_the_future(kinesis):
    is_refused(ask(kinesis, "ListStreams", age=-timedelta(minutes=16)), "InvalidSignatureException", 400)


@signing
def a_request_that_was_tampered_with_is_refused(kinesis):
    is_refused(ask(kinesis, "ListStreams", tampered='{"Limit": 1}'), "InvalidSignatureException", 400)


@signing
def an_unknown_operation_is_refused(kinesis):
    is_refused(ask(kinesis, "Dance"), "UnknownOperationException")


@signing
def every_answer_has_an_id(kinesis):
    fine, wrong = ask(kinesis, "ListStreams"), ask(kinesis, "Dance")
    same(len({answer.headers["x-amzn-requestid"] for answer in (fine, wrong)}), 2)


@signing
def a_body_that_is_not_json_is_refused(kinesis):
    is_refused(ask(kinesis, "ListStreams", "{"), "SerializationException")
