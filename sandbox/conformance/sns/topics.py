"""Topics: created, described, listed, tagged, deleted."""

import json

from ..desk import refused, same
from .desk import api, signing


@api("CreateTopic")
def the_arn_of_a_topic_names_region_account_and_topic(sns):
    name = sns.name()
    parts = sns.topic(name).split(":")
    same(parts[:4] + parts[5:], ["arn", "aws", "sns", "us-east-1", name])
    assert len(parts[4]) == 12 and parts[4].isdigit(), parts


@api("CreateTopic")
def creating_a_topic_again_returns_its_arn(sns):
    name = sns.name()
    same(sns.topic(name), sns.topic(name))


@api("CreateTopic")
def creating_a_topic_again_with_the_same_attributes_returns_its_arn(sns):
    name = sns.name()
    same(sns.topic(name, DisplayName="News"), sns.topic(name, DisplayName="News"))


@api("CreateTopic")
def creating_a_topic_again_with_another_attribute_is_refused(sns):
    name = sns.name()
    sns.topic(name, DisplayName="News")
    with refused("InvalidParameter"):
        sns.topic(name, DisplayName="Weather")


@api("CreateTopic")
def creating_a_topic_again_with_other_tags_is_refused(sns):
    name = sns.name()
    sns.topic(name, tags={"team": "blue"})
    with refused("InvalidParameter"):
        sns.topic(name, tags={"team": "red"})


@api("CreateTopic")
def a_name_has_256_letters_digits_hyphens_and_underscores_at_most(sns):
    sns.topic(sns.name("_A-9").ljust(256, "x"))
    for wrong in ("x" * 257, "a b", "a.b", "a/b", ""):
        with refused("InvalidParameter"):
            sns.create_topic(Name=wrong)


@api("CreateTopic")
def a_fifo_topic_must_be_named_so(sns):
    with refused("InvalidParameter"):
        sns.topic(FifoTopic="true")


@api("CreateTopic")
def only_a_fifo_topic_is_named_so(sns):
    with refused("InvalidParameter"):
        sns.topic(sns.name(".fifo"))


@api("CreateTopic")
def an_unknown_attribute_is_refused(sns):
    with refused("InvalidParameter"):
        sns.topic(Colour="red")


@api("GetTopicAttributes")
def a_new_topic_has_its_defaults(sns):
    topic = sns.topic()
    seen = sns.attributes(topic)
    same((seen["TopicArn"], seen["Owner"]), (topic, topic.split(":")[4]))
    counts = [seen[f"Subscriptions{name}"] for name in ("Confirmed", "Pending", "Deleted")]
    same(counts, ["0", "0", "0"])
    same(seen["DisplayName"], "")
    assert "FifoTopic" not in seen or seen["FifoTopic"] == "false", seen


@api("GetTopicAttributes")
def a_new_topic_has_a_policy_for_its_owner(sns):
    topic = sns.topic()
    statement = json.loads(sns.attributes(topic)["Policy"])["Statement"][0]
    same((statement["Effect"], statement["Resource"]), ("Allow", topic))


@api("GetTopicAttributes")
def a_topic_tells_its_delivery_policy(sns):
    policy = json.loads(sns.attributes(sns.topic())["EffectiveDeliveryPolicy"])
    assert "defaultHealthyRetryPolicy" in policy["http"], policy


@api("SetTopicAttributes")
def a_topic_has_a_display_name(sns):
    topic = sns.topic()
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")
    same(sns.attributes(topic)["DisplayName"], "News")


@api("SetTopicAttributes")
def an_unknown_attribute_cannot_be_set(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Colour", AttributeValue="red")


@api("SetTopicAttributes")
def the_policy_of_a_topic_is_json(sns):
    topic = sns.topic()
    with refused("InvalidParameter"):
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue="everyone may")


@api("GetTopicAttributes")
def an_unknown_topic_is_not_found(sns):
    topic = sns.topic()
    with refused("NotFound", status=404):
        sns.attributes(topic + "-not")


@api("GetTopicAttributes")
def a_topic_of_another_region_is_not_found(sns):
    topic = sns.topic()
    elsewhere = topic.replace("us-east-1", "eu-west-1")
    with refused("NotFound", status=404):
        sns.elsewhere("eu-west-1").get_topic_attributes(TopicArn=elsewhere)


@api("GetTopicAttributes")
def a_malformed_arn_is_refused(sns):
    for wrong in ("not-an-arn", "arn:aws:sns:us-east-1", "arn:aws:sqs:us-east-1:123456789012:x"):
        with refused("InvalidParameter"):
            sns.attributes(wrong)


@api("ListTopics")
def topics_are_listed(sns):
    mine = {sns.topic(), sns.topic()}
    seen, token = set(), {}
    while True:
        page = sns.list_topics(**token)
        seen |= {it["TopicArn"] for it in page["Topics"]}
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert mine <= seen, seen


@api("DeleteTopic")
def a_deleted_topic_is_gone(sns):
    topic = sns.topic()
    sns.delete_topic(TopicArn=topic)
    with refused("NotFound", status=404):
        sns.attributes(topic)
    with refused("NotFound", status=404):
        sns.say(topic)


@api("DeleteTopic")
def deleting_a_topic_again_is_fine(sns):
    topic = sns.topic()
    sns.delete_topic(TopicArn=topic)
    sns.delete_topic(TopicArn=topic)


@api("DeleteTopic")
def a_deleted_topic_loses_its_subscriptions(sns):
    topic, _ = sns.listener()
    sns.delete_topic(TopicArn=topic)
    again = sns.topic(topic.rsplit(":", 1)[1])
    same(sns.list_subscriptions_by_topic(TopicArn=again)["Subscriptions"], [])


def tags(sns, topic):
    return {tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=topic)["Tags"]}


@api("TagResource")
def a_topic_is_tagged_and_the_tags_are_listed(sns):
    topic = sns.topic(tags={"team": "blue"})
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "team", "Value": "red"}, {"Key": "stage", "Value": "test"}])
    same(tags(sns, topic), {"team": "red", "stage": "test"})


@api("UntagResource")
def tags_are_removed_by_key(sns):
    topic = sns.topic(tags={"team": "blue", "stage": "test"})
    sns.untag_resource(ResourceArn=topic, TagKeys=["team", "never-there"])
    same(tags(sns, topic), {"stage": "test"})


@api("TagResource")
def a_topic_has_at_most_50_tags(sns):
    topic = sns.topic()
    with refused("TagLimitExceeded"):
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": f"key-{n}", "Value": "x"} for n in range(51)])


@api("TagResource")
def an_unknown_topic_cannot_be_tagged(sns):
    topic = sns.topic()
    with refused("ResourceNotFound", status=404):
        sns.tag_resource(ResourceArn=topic + "-not", Tags=[{"Key": "team", "Value": "blue"}])


@api("AddPermission")
def a_permission_becomes_a_statement_of_the_policy(sns):
    topic = sns.topic()
    sns.add_permission(TopicArn=topic, Label="friends", AWSAccountId=[topic.split(":")[4]], ActionName=["Publish"])
    sids = [it.get("Sid") for it in json.loads(sns.attributes(topic)["Policy"])["Statement"]]
    assert "friends" in sids, sids
    sns.remove_permission(TopicArn=topic, Label="friends")
    sids = [it.get("Sid") for it in json.loads(sns.attributes(topic)["Policy"])["Statement"]]
    assert "friends" not in sids, sids


@signing
def an_unknown_access_key_is_refused(sns):
    with refused("InvalidClientTokenId", status=403):
        sns.as_stranger().list_topics()


@signing
def a_wrong_secret_is_refused(sns):
    with refused("SignatureDoesNotMatch", status=403):
        sns.as_forger().list_topics()
