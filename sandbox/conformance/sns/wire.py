"""The wire: what a request must be before anything is done for it."""

from datetime import timedelta

from ..desk import same
from ..wire import ask, is_refused
from .desk import signing


@signing
def an_unsigned_request_is_refused(sns):
    is_refused(ask(sns, "ListTopics", signed=False), "MissingAuthenticationToken", 403)


@signing
def a_signature_is_not_older_than_a_quarter_of_an_hour(sns):
    same(ask(sns, "ListTopics", age=timedelta(minutes=4)).status, 200)
    is_refused(ask(sns, "ListTopics", age=timedelta(minutes=16)), "SignatureDoesNotMatch", 403)


@signing
def a_signature_is_not_of_the_future(sns):
    is_refused(ask(sns, "ListTopics", age=-timedelta(minutes=16)), "SignatureDoesNotMatch", 403)


@signing
def a_request_that_was_tampered_with_is_refused(sns):
    is_refused(ask(sns, "ListTopics", tampered="Action=ListTopics&Version=2010-03-31&x=1"), "SignatureDoesNotMatch", 403)


@signing
def an_unknown_operation_is_refused(sns):
    is_refused(ask(sns, "Dance"), "InvalidAction")


@signing
def every_answer_has_an_id(sns):
    fine, wrong = ask(sns, "ListTopics"), ask(sns, "Dance")
    same(len({answer.headers["x-amzn-requestid"] for answer in (fine, wrong)}), 2)
