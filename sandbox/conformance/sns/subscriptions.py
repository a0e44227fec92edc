"""Subscriptions: made, described, changed, listed, ended; what cannot subscribe."""

from ..desk import refused, same
from .desk import api, guide


@api("Subscribe")
def a_queue_of_ones_own_is_subscribed_without_confirmation(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    assert arn.startswith(f"{topic}:") and len(arn.rsplit(":", 1)[1]) == 36, arn
    same(sns.subscription(arn)["PendingConfirmation"], "false")


@api("Subscribe")
def subscribing_again_returns_the_same_subscription(sns):
    topic, queue = sns.topic(), sns.queue()
    same(sns.subscribed(topic, queue), sns.subscribed(topic, queue))
    same(len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]), 1)


@api("Subscribe")
def subscribing_again_with_other_attributes_is_refused(sns):
    topic, queue = sns.topic(), sns.queue()
    sns.subscribed(topic, queue, RawMessageDelivery="true")
    with refused("InvalidParameter"):
        sns.subscribed(topic, queue, RawMessageDelivery="false")


@api("GetSubscriptionAttributes")
def a_subscription_is_described(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    seen = sns.subscription(arn)
    same((seen["SubscriptionArn"], seen["TopicArn"]), (arn, topic))
    same((seen["Protocol"], seen["Endpoint"]), ("sqs", sns.sqs.arn(queue)))
    same((seen["Owner"], seen["RawMessageDelivery"]), (topic.split(":")[4], "false"))
    same(seen["ConfirmationWasAuthenticated"], "true")
    assert "FilterPolicy" not in seen, seen


@api("GetSubscriptionAttributes")
def an_unknown_subscription_is_not_found(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    sns.unsubscribe(SubscriptionArn=arn)
    with refused("NotFound", status=404):
        sns.subscription(arn)


@api("SetSubscriptionAttributes")
def a_subscription_becomes_raw(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")
    same(sns.subscription(arn)["RawMessageDelivery"], "true")
    sns.say(topic, "plain")
    same(sns.heard(queue, 1)[0]["Body"], "plain")


@api("SetSubscriptionAttributes")
def raw_is_true_or_false(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    with refused("InvalidParameter"):
        sns.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="perhaps"
        )


@api("SetSubscriptionAttributes")
def an_unknown_attribute_of_a_subscription_is_refused(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    with refused("InvalidParameter"):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="Colour", AttributeValue="red")
    with refused("InvalidParameter"):
        sns.subscribed(topic, sns.queue(), Colour="red")


@api("ListSubscriptionsByTopic")
def the_subscriptions_of_a_topic_are_listed(sns):
    topic = sns.topic()
    queues = [sns.queue(), sns.queue()]
    arns = {sns.subscribed(topic, queue) for queue in queues}
    seen = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    same({it["SubscriptionArn"] for it in seen}, arns)
    same({it["Endpoint"] for it in seen}, {sns.sqs.arn(queue) for queue in queues})
    same({(it["Protocol"], it["TopicArn"]) for it in seen}, {("sqs", topic)})


@api("ListSubscriptions")
def all_subscriptions_are_listed(sns):
    topic, queue = sns.topic(), sns.queue()
    arn = sns.subscribed(topic, queue)
    seen, token = set(), {}
    while True:
        page = sns.list_subscriptions(**token)
        seen |= {it["SubscriptionArn"] for it in page["Subscriptions"]}
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert arn in seen, seen


@api("ListSubscriptionsByTopic")
def an_unknown_topic_has_no_subscriptions(sns):
    topic = sns.topic()
    with refused("NotFound", status=404):
        sns.list_subscriptions_by_topic(TopicArn=topic + "-not")


@api("GetTopicAttributes")
def a_topic_counts_its_subscriptions(sns):
    topic = sns.topic()
    for _ in range(2):
        sns.subscribed(topic, sns.queue())
    same(sns.attributes(topic)["SubscriptionsConfirmed"], "2")


@api("Unsubscribe")
def who_has_unsubscribed_hears_nothing(sns):
    topic, queue = sns.topic(), sns.queue()
    sns.unsubscribe(SubscriptionArn=sns.subscribed(topic, queue))
    sns.say(topic)
    sns.silent(queue)
    same(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"], [])


@api("Subscribe")
def nobody_subscribes_to_an_unknown_topic(sns):
    topic, queue = sns.topic(), sns.queue()
    with refused("NotFound", status=404):
        sns.subscribed(topic + "-not", queue)


@api("Subscribe")
def an_unknown_protocol_is_refused(sns):
    topic, queue = sns.topic(), sns.queue()
    with refused("InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol="pigeon", Endpoint=sns.sqs.arn(queue))


@api("Subscribe")
def the_endpoint_of_a_queue_is_its_arn(sns):
    topic, queue = sns.topic(), sns.queue()
    for wrong in (queue, "not-an-arn", topic):
        with refused("InvalidParameter"):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=wrong)


@guide("sns-create-subscribe-endpoint-to-topic")
def a_fifo_queue_does_not_subscribe_to_a_standard_topic(sns):
    topic, queue = sns.topic(), sns.queue(fifo=True)
    with refused("InvalidParameter"):
        sns.subscribed(topic, queue)


@guide("fifo-message-delivery")
def a_standard_queue_may_subscribe_to_a_fifo_topic(sns):
    topic, queue = sns.fifo(), sns.queue()
    sns.subscribed(topic, queue, RawMessageDelivery="true")
    sns.say(topic, "one", MessageGroupId="g", MessageDeduplicationId="1")
    same(sns.heard(queue, 1)[0]["Body"], "one")


@guide("fifo-message-delivery")
def people_do_not_subscribe_to_a_fifo_topic(sns):
    topic = sns.fifo()
    with refused("InvalidParameter"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ana@example.com")
