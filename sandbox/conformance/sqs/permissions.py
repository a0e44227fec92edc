"""Permissions: statements of a queue's policy, by label."""

import json

from ..desk import refused, same
from .desk import api


@api("AddPermission")
def a_permission_becomes_a_statement_of_the_policy(sqs):
    url = sqs.queue()
    account = url.split("/")[-2]
    sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=[account], Actions=["SendMessage"])
    statement = json.loads(sqs.attribute(url, "Policy"))["Statement"][0]
    same((statement["Sid"], statement["Effect"]), ("friends", "Allow"))
    same(statement["Action"].lower(), "sqs:sendmessage")
    same(statement["Resource"], sqs.arn(url))


@api("AddPermission")
def a_label_is_given_once(sqs):
    url = sqs.queue()
    account = url.split("/")[-2]
    sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=[account], Actions=["SendMessage"])
    with refused("InvalidParameterValue"):
        sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=[account], Actions=["SendMessage"])


@api("AddPermission")
def an_unknown_action_cannot_be_permitted(sqs):
    url = sqs.queue()
    account = url.split("/")[-2]
    with refused("InvalidParameterValue"):
        sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=[account], Actions=["Dance"])


@api("RemovePermission")
def a_permission_is_removed_by_its_label(sqs):
    url = sqs.queue()
    account = url.split("/")[-2]
    sqs.add_permission(QueueUrl=url, Label="friends", AWSAccountIds=[account], Actions=["SendMessage"])
    sqs.remove_permission(QueueUrl=url, Label="friends")
    assert "friends" not in (sqs.attribute(url, "Policy") or ""), "it is still there"


@api("RemovePermission")
def an_unknown_label_cannot_be_removed(sqs):
    url = sqs.queue()
    with refused("InvalidParameterValue"):
        sqs.remove_permission(QueueUrl=url, Label="strangers")
