"""Filter policies themselves: kept, changed, and refused where they make no sense."""

import json

from ..desk import refused, same
from .desk import api, attributes, guide

LIMITS = "subscription-filter-policy-constraints"
# SNS has an error of its own for policies that are too large, and answers it with 403.
TOO_MUCH = ("InvalidParameter", "FilterPolicyLimitExceeded")


def subscription(sns, **more):
    return sns.subscribed(sns.topic(), sns.queue(), **more)


def change(sns, arn, name, value):
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)


@api("SetSubscriptionAttributes")
def a_filter_policy_is_kept_and_told(sns):
    arn = subscription(sns)
    change(sns, arn, "FilterPolicy", json.dumps({"colour": ["blue"]}))
    seen = sns.subscription(arn)
    same(json.loads(seen["FilterPolicy"]), {"colour": ["blue"]})
    same(seen["FilterPolicyScope"], "MessageAttributes")


@api("SetSubscriptionAttributes")
def a_filter_policy_is_changed(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue, RawMessageDelivery="true", FilterPolicy={"colour": ["blue"]})
    change(sns, arn, "FilterPolicy", json.dumps({"colour": ["red"]}))
    for colour in ("blue", "red"):
        sns.say(topic, colour, MessageAttributes=attributes(colour=colour))
    same(sns.heard(queue, 1)[0]["Body"], "red")


@api("SetSubscriptionAttributes")
def a_filter_policy_looks_at_attributes_or_the_body(sns):
    arn = subscription(sns, FilterPolicy={"colour": ["blue"]}, FilterPolicyScope="MessageBody")
    same(sns.subscription(arn)["FilterPolicyScope"], "MessageBody")
    with refused("InvalidParameter"):
        change(sns, arn, "FilterPolicyScope", "Everything")


@api("SetSubscriptionAttributes")
def a_filter_policy_is_an_object_of_json(sns):
    arn = subscription(sns)
    for wrong in ("blue", "{", "[]", '"blue"'):
        with refused("InvalidParameter"):
            change(sns, arn, "FilterPolicy", wrong)


@guide(LIMITS)
def the_values_of_a_key_are_a_list(sns):
    arn = subscription(sns)
    for wrong in ({"colour": "blue"}, {"colour": 5}, {"colour": []}):
        with refused("InvalidParameter"):
            change(sns, arn, "FilterPolicy", json.dumps(wrong))


@guide(LIMITS)
def an_unknown_kind_of_match_is_refused(sns):
    arn = subscription(sns)
    for wrong in ({"sounds-like": "blue"}, {"numeric": ["~", 5]}, {"numeric": [">"]}, {"exists": "yes"}, {"prefix": 5}):
        with refused("InvalidParameter"):
            change(sns, arn, "FilterPolicy", json.dumps({"colour": [wrong]}))


@guide(LIMITS)
def a_range_has_its_lower_bound_first(sns):
    arn = subscription(sns)
    with refused("InvalidParameter"):
        change(sns, arn, "FilterPolicy", json.dumps({"price": [{"numeric": [">", 20, "<", 10]}]}))


@guide(LIMITS)
def a_policy_on_attributes_is_not_nested(sns):
    arn = subscription(sns)
    with refused("InvalidParameter"):
        change(sns, arn, "FilterPolicy", json.dumps({"order": {"colour": ["blue"]}}))


@guide(LIMITS)
def a_policy_has_five_keys_at_most(sns):
    arn = subscription(sns)
    change(sns, arn, "FilterPolicy", json.dumps({f"key-{n}": ["x"] for n in range(5)}))
    with refused(*TOO_MUCH, status=None):
        change(sns, arn, "FilterPolicy", json.dumps({f"key-{n}": ["x"] for n in range(6)}))


@guide(LIMITS)
def a_policy_has_150_combinations_at_most(sns):
    arn = subscription(sns)
    values = [str(n) for n in range(15)]
    change(sns, arn, "FilterPolicy", json.dumps({"a": values, "b": values[:10]}))
    with refused(*TOO_MUCH, status=None):
        change(sns, arn, "FilterPolicy", json.dumps({"a": values, "b": values[:11]}))


@api("Subscribe")
def a_wrong_policy_keeps_one_from_subscribing(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.subscribed(topic, sns.queue(), FilterPolicy="blue")
    same(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [])
