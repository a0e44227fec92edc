"""Filter policies on message attributes: which messages a subscriber hears."""

from ..desk import same
from .desk import attributes, guide

EXACT = "string-value-matching"
NUMBERS = "numeric-value-matching"
KEYS = "attribute-key-matching"
LOGIC = "and-or-logic"


def hears(sns, policy, fine, other):
    """A subscriber with this policy hears messages with each of the fine attributes, and none with the others."""
    topic, queue = sns.listener(FilterPolicy=policy)
    for n, values in enumerate([*other, *fine]):
        sns.say(topic, str(n), MessageAttributes=attributes(**values))
    wanted = [str(n) for n in range(len(other), len(other) + len(fine))]
    same(sorted(map(int, sns.sqs.bodies(sns.heard(queue, len(fine))))), sorted(map(int, wanted)))
    if not fine:
        sns.silent(queue)


@guide(EXACT)
def a_string_is_matched_exactly(sns):
    hears(sns, {"colour": ["blue"]}, [{"colour": "blue"}], [{"colour": "Blue"}, {"colour": "blues"}])


@guide(LOGIC)
def one_of_several_values_is_enough(sns):
    hears(sns, {"colour": ["blue", "red"]}, [{"colour": "blue"}, {"colour": "red"}], [{"colour": "green"}])


@guide(LOGIC)
def every_key_must_match(sns):
    policy = {"colour": ["blue"], "size": ["s"]}
    hears(sns, policy, [{"colour": "blue", "size": "s", "more": "x"}], [{"colour": "blue", "size": "m"}, {"size": "s"}])


@guide("sns-subscription-filter-policies")
def a_message_without_the_attribute_does_not_match(sns):
    hears(sns, {"colour": ["blue"]}, [{"colour": "blue"}], [{}, {"size": "blue"}])


@guide(EXACT)
def a_string_is_matched_by_its_beginning(sns):
    hears(sns, {"team": [{"prefix": "bl"}]}, [{"team": "blue"}, {"team": "bl"}], [{"team": "able"}, {"team": "b"}])


@guide(EXACT)
def a_string_is_matched_by_its_end(sns):
    hears(sns, {"file": [{"suffix": ".png"}]}, [{"file": "a.png"}], [{"file": "a.png.txt"}, {"file": "png"}])


@guide(EXACT)
def a_string_is_matched_whatever_its_case(sns):
    policy = {"team": [{"equals-ignore-case": "Blue"}]}
    hears(sns, policy, [{"team": "blue"}, {"team": "BLUE"}], [{"team": "blues"}])


@guide(EXACT)
def anything_but_one_value_is_matched(sns):
    hears(sns, {"team": [{"anything-but": "blue"}]}, [{"team": "red"}], [{"team": "blue"}, {}])


@guide(EXACT)
def anything_but_several_values_is_matched(sns):
    policy = {"team": [{"anything-but": ["blue", "red"]}]}
    hears(sns, policy, [{"team": "green"}], [{"team": "blue"}, {"team": "red"}])


@guide(EXACT)
def anything_but_a_beginning_is_matched(sns):
    policy = {"event": [{"anything-but": {"prefix": "order-"}}]}
    hears(sns, policy, [{"event": "data"}], [{"event": "order-new"}])


@guide(EXACT)
def anything_but_an_end_is_matched(sns):
    policy = {"event": [{"anything-but": {"suffix": "-done"}}]}
    hears(sns, policy, [{"event": "done-not"}], [{"event": "order-done"}])


@guide(EXACT)
def an_address_is_matched_by_its_network(sns):
    policy = {"source": [{"cidr": "10.0.0.0/24"}]}
    hears(sns, policy, [{"source": "10.0.0.255"}], [{"source": "10.0.1.0"}, {"source": "not an address"}])


@guide(NUMBERS)
def a_number_is_matched_by_its_value(sns):
    hears(sns, {"price": [{"numeric": ["=", 10]}]}, [{"price": 10}, {"price": 10.0}], [{"price": 10.1}, {"price": "10"}])


@guide(NUMBERS)
def a_number_is_matched_by_a_bound(sns):
    hears(sns, {"price": [{"numeric": [">", 10]}]}, [{"price": 10.5}], [{"price": 10}, {"price": 9}])
    hears(sns, {"price": [{"numeric": ["<=", 10]}]}, [{"price": 10}, {"price": -3}], [{"price": 10.01}])


@guide(NUMBERS)
def a_number_is_matched_by_a_range(sns):
    policy = {"price": [{"numeric": [">=", 10, "<", 20]}]}
    hears(sns, policy, [{"price": 10}, {"price": 19.99}], [{"price": 20}, {"price": 9.99}])


@guide(NUMBERS)
def a_plain_number_is_matched_exactly(sns):
    hears(sns, {"price": [10, 12.5]}, [{"price": 10}, {"price": 12.5}], [{"price": 11}])


@guide(NUMBERS)
def anything_but_a_number_is_matched(sns):
    hears(sns, {"price": [{"anything-but": [100, 500]}]}, [{"price": 101}], [{"price": 100}, {"price": 500}])


@guide(KEYS)
def an_attribute_that_must_exist_may_be_anything(sns):
    hears(sns, {"store": [{"exists": True}]}, [{"store": "x"}, {"store": 5}], [{"shop": "x"}])


@guide(KEYS)
def an_attribute_that_must_not_exist_keeps_a_message_back(sns):
    hears(sns, {"store": [{"exists": False}]}, [{"shop": "x"}], [{"store": "x", "shop": "x"}])


@guide(EXACT)
def one_element_of_an_array_is_enough(sns):
    hears(sns, {"sizes": ["m"]}, [{"sizes": ["s", "m"]}], [{"sizes": ["s", "l"]}, {"sizes": []}])


@guide(EXACT)
def an_array_matches_anything_but_where_one_element_does(sns):
    policy = {"sizes": [{"anything-but": ["s", "m"]}]}
    hears(sns, policy, [{"sizes": ["s", "l"]}], [{"sizes": ["s", "m"]}])


@guide(NUMBERS)
def an_array_of_numbers_is_matched_by_its_numbers(sns):
    hears(sns, {"prices": [{"numeric": [">", 10]}]}, [{"prices": [1, 11]}], [{"prices": [1, 2]}])


@guide(LOGIC)
def either_of_two_keys_is_enough_where_the_policy_says_or(sns):
    policy = {"source": ["shop"], "$or": [{"colour": ["blue"]}, {"size": [{"numeric": [">", 5]}]}]}
    fine = [{"source": "shop", "colour": "blue"}, {"source": "shop", "size": 6}]
    hears(sns, policy, fine, [{"source": "shop", "size": 5}, {"colour": "blue"}])


@guide(LOGIC)
def values_of_several_kinds_stand_side_by_side(sns):
    policy = {"team": ["red", {"prefix": "bl"}, {"anything-but": ["green", "black"]}]}
    hears(sns, policy, [{"team": "red"}, {"team": "blue"}, {"team": "white"}], [{"team": "green"}])


@guide("message-filtering-apply")
def an_empty_policy_hears_everything(sns):
    topic, queue = sns.listener(FilterPolicy={})
    sns.say(topic, "one", MessageAttributes=attributes(colour="blue"))
    sns.say(topic, "two")
    same(sorted(sns.sqs.bodies(sns.heard(queue, 2))), ["one", "two"])


@guide("sns-message-filtering")
def each_subscriber_has_its_own_policy(sns):
    topic = sns.topic()
    _, blue = sns.listener(topic, FilterPolicy={"colour": ["blue"]})
    _, red = sns.listener(topic, FilterPolicy={"colour": ["red"]})
    _, every = sns.listener(topic)
    for colour in ("blue", "red"):
        sns.say(topic, colour, MessageAttributes=attributes(colour=colour))
    heard = [sorted(sns.sqs.bodies(sns.heard(queue, n))) for queue, n in ((blue, 1), (red, 1), (every, 2))]
    same(heard, [["blue"], ["red"], ["blue", "red"]])
