"""Filter policies on message bodies: which messages a subscriber hears."""

import json

from ..desk import same
from .desk import attributes, guide

PAYLOAD = "sns-message-filtering-scope"
LOGIC = "and-or-logic"
EXACT = "string-value-matching"


def hears(sns, policy, fine, other):
    """A subscriber with this policy hears each of the fine bodies, and none of the others."""
    topic, queue = sns.listener(FilterPolicy=policy, FilterPolicyScope="MessageBody")
    for body in [*other, *fine]:
        sns.say(topic, body if isinstance(body, str) else json.dumps(body))
    heard = [json.loads(it) for it in sns.sqs.bodies(sns.heard(queue, len(fine)))]
    same(sorted(map(json.dumps, heard)), sorted(map(json.dumps, fine)))


@guide(PAYLOAD)
def a_property_of_the_body_is_matched(sns):
    hears(sns, {"colour": ["blue"]}, [{"colour": "blue", "n": 1}], [{"colour": "red"}, {"size": "blue"}])


@guide(PAYLOAD)
def a_nested_property_is_matched(sns):
    policy = {"order": {"customer": {"country": ["de"]}}}
    fine = [{"order": {"customer": {"country": "de", "name": "ana"}}}]
    hears(sns, policy, fine, [{"order": {"customer": {"country": "fr"}}}, {"country": "de"}, {"order": "de"}])


@guide(PAYLOAD)
def a_body_that_is_not_json_does_not_match(sns):
    hears(sns, {"colour": ["blue"]}, [{"colour": "blue"}], ["blue", "{", "[1]"])


@guide(PAYLOAD)
def a_policy_on_bodies_does_not_look_at_attributes(sns):
    topic, queue = sns.listener(FilterPolicy={"colour": ["blue"]}, FilterPolicyScope="MessageBody")
    sns.say(topic, "{}", MessageAttributes=attributes(colour="blue"))
    sns.silent(queue)


@guide(EXACT)
def one_element_of_an_array_in_the_body_is_enough(sns):
    hears(sns, {"sizes": ["m"]}, [{"sizes": ["s", "m"]}], [{"sizes": ["s"]}, {"sizes": []}])


@guide(PAYLOAD)
def an_object_in_an_array_is_matched_by_its_properties(sns):
    policy = {"items": {"sku": ["a-1"]}}
    hears(sns, policy, [{"items": [{"sku": "b-2"}, {"sku": "a-1"}]}], [{"items": [{"sku": "b-2"}]}])


@guide("numeric-value-matching")
def a_number_in_the_body_is_matched_by_a_range(sns):
    policy = {"price": [{"numeric": [">=", 10, "<", 20]}]}
    hears(sns, policy, [{"price": 10}, {"price": 19.5}], [{"price": 20}, {"price": "15"}])


@guide("numeric-value-matching")
def a_number_in_the_body_is_matched_exactly(sns):
    hears(sns, {"price": [10]}, [{"price": 10}], [{"price": "10"}, {"price": 11}])


@guide(EXACT)
def true_false_and_null_are_matched_in_the_body(sns):
    hears(sns, {"paid": [True]}, [{"paid": True}], [{"paid": False}, {"paid": "true"}])
    hears(sns, {"paid": [None]}, [{"paid": None}], [{"paid": False}, {"other": 1}])


@guide("attribute-key-matching")
def a_property_that_must_exist_is_looked_for_in_the_body(sns):
    hears(sns, {"store": [{"exists": True}]}, [{"store": "x"}], [{"shop": "x"}])
    hears(sns, {"store": [{"exists": False}]}, [{"shop": "x"}], [{"store": "x"}])


@guide(EXACT)
def strings_of_the_body_are_matched_by_beginning_end_and_case(sns):
    policy = {"a": [{"prefix": "bl"}], "b": [{"suffix": ".png"}], "c": [{"equals-ignore-case": "Red"}]}
    fine = {"a": "blue", "b": "x.png", "c": "RED"}
    hears(sns, policy, [fine], [{**fine, "a": "red"}, {**fine, "b": "x"}, {**fine, "c": "reds"}])


@guide(EXACT)
def anything_but_is_looked_for_in_the_body(sns):
    policy = {"team": [{"anything-but": ["blue", "red"]}]}
    hears(sns, policy, [{"team": "green"}], [{"team": "blue"}, {"team": "red"}])


@guide(EXACT)
def an_address_in_the_body_is_matched_by_its_network(sns):
    hears(sns, {"source": [{"cidr": "10.0.0.0/24"}]}, [{"source": "10.0.0.7"}], [{"source": "10.0.1.7"}])


@guide(LOGIC)
def either_of_two_properties_is_enough_where_the_policy_says_or(sns):
    policy = {"source": ["shop"], "$or": [{"colour": ["blue"]}, {"order": {"total": [{"numeric": [">", 5]}]}}]}
    fine = [{"source": "shop", "colour": "blue"}, {"source": "shop", "order": {"total": 6}}]
    hears(sns, policy, fine, [{"source": "shop", "order": {"total": 5}}, {"colour": "blue"}])
