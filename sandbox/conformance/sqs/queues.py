"""Queues: created, found, listed and deleted."""

from ..desk import refused, same
from .desk import GONE, api, guide, signing


@api("CreateQueue")
def the_url_of_a_queue_ends_with_its_account_and_name(sqs):
    name = sqs.name()
    url = sqs.queue(name)
    account, last = url.split("/")[-2:]
    same(last, name)
    assert len(account) == 12 and account.isdigit(), url


@api("GetQueueAttributes")
def the_arn_of_a_queue_names_region_account_and_queue(sqs):
    url = sqs.queue()
    account, name = url.split("/")[-2:]
    same(sqs.arn(url), f"arn:aws:sqs:us-east-1:{account}:{name}")


@api("GetQueueUrl")
def a_queue_is_found_by_its_name(sqs):
    name = sqs.name()
    url = sqs.queue(name)
    same(sqs.get_queue_url(QueueName=name)["QueueUrl"], url)


@api("GetQueueUrl")
def a_queue_is_found_by_its_name_and_its_own_account(sqs):
    url = sqs.queue()
    account, name = url.split("/")[-2:]
    same(sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"], url)


@api("GetQueueUrl")
def the_url_of_an_unknown_name_is_refused(sqs):
    with refused(GONE):
        sqs.get_queue_url(QueueName=sqs.name())


@api("GetQueueUrl")
def a_queue_that_does_not_exist_raises_the_exception_that_sdks_model(sqs):
    try:
        sqs.get_queue_url(QueueName=sqs.name())
    except sqs.exceptions.QueueDoesNotExist:
        return
    raise AssertionError("no exception")


@guide("sqs-json-faqs")
def an_error_carries_its_old_code_in_the_query_error_header(sqs):
    with refused(GONE) as refusal:
        sqs.get_queue_url(QueueName=sqs.name())
    same(refusal.headers.get("x-amzn-query-error"), f"{GONE};Sender")


@api("GetQueueUrl")
def a_queue_of_another_region_is_not_found(sqs):
    name = sqs.name()
    sqs.queue(name)
    with refused(GONE):
        sqs.elsewhere("eu-west-1").get_queue_url(QueueName=name)


@api("CreateQueue")
def creating_a_queue_again_with_the_same_attributes_returns_its_url(sqs):
    name = sqs.name()
    url = sqs.queue(name, VisibilityTimeout="45", DelaySeconds="2")
    same(sqs.queue(name, VisibilityTimeout="45", DelaySeconds="2"), url)


@api("CreateQueue")
def creating_a_queue_again_without_attributes_returns_its_url(sqs):
    name = sqs.name()
    url = sqs.queue(name, VisibilityTimeout="45")
    same(sqs.queue(name), url)


@api("CreateQueue")
def creating_a_queue_again_with_another_attribute_is_refused(sqs):
    name = sqs.name()
    sqs.queue(name, VisibilityTimeout="45")
    with refused("QueueAlreadyExists"):
        sqs.queue(name, VisibilityTimeout="46")


@api("CreateQueue")
def a_queue_changed_since_is_not_the_queue_that_was_created(sqs):
    name = sqs.name()
    url = sqs.queue(name, VisibilityTimeout="45")
    sqs.change(url, VisibilityTimeout="50")
    with refused("QueueAlreadyExists"):
        sqs.queue(name, VisibilityTimeout="45")


@api("CreateQueue")
def a_name_of_80_characters_is_fine(sqs):
    name = sqs.name().ljust(80, "x")
    assert sqs.queue(name).endswith("/" + name)


@api("CreateQueue")
def a_name_of_81_characters_is_refused(sqs):
    with refused("InvalidParameterValue"):
        sqs.queue(sqs.name().ljust(81, "x"))


@api("CreateQueue")
def a_name_may_have_letters_digits_hyphens_and_underscores_alone(sqs):
    sqs.queue(sqs.name("_A-9"))
    for character in " .!/é":
        with refused("InvalidParameterValue"):
            sqs.queue(sqs.name(f"{character}x"))


@api("CreateQueue")
def a_queue_needs_a_name(sqs):
    with refused("InvalidParameterValue", "MissingParameter"):
        sqs.create_queue(QueueName="")


@api("CreateQueue")
def names_differ_by_case(sqs):
    name = sqs.name()
    assert sqs.queue(name) != sqs.queue(name.upper())


@api("CreateQueue")
def a_fifo_queue_must_be_named_so(sqs):
    with refused("InvalidParameterValue"):
        sqs.queue(FifoQueue="true")


@api("CreateQueue")
def only_a_fifo_queue_is_named_so(sqs):
    with refused("InvalidParameterValue"):
        sqs.queue(sqs.name(".fifo"))


@api("ListQueues")
def queues_are_listed_by_prefix(sqs):
    prefix = sqs.name()
    mine = {sqs.queue(prefix + "-a"), sqs.queue(prefix + "-b")}
    sqs.queue()
    same(set(sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"]), mine)


@api("ListQueues")
def a_list_of_no_queues_is_empty(sqs):
    same(sqs.list_queues(QueueNamePrefix=sqs.name()).get("QueueUrls", []), [])


@api("ListQueues")
def queues_are_listed_page_by_page(sqs):
    prefix = sqs.name()
    mine = {sqs.queue(f"{prefix}-{n}") for n in range(5)}
    first = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=2)
    same(len(first["QueueUrls"]), 2)
    second = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=2, NextToken=first["NextToken"])
    third = sqs.list_queues(QueueNamePrefix=prefix, MaxResults=2, NextToken=second["NextToken"])
    assert "NextToken" not in third, third
    same(sorted(first["QueueUrls"] + second["QueueUrls"] + third["QueueUrls"]), sorted(mine))


@api("ListQueues")
def a_page_token_comes_only_where_a_page_size_was_asked(sqs):
    prefix = sqs.name()
    sqs.queue(prefix + "-a")
    sqs.queue(prefix + "-b")
    assert "NextToken" not in sqs.list_queues(QueueNamePrefix=prefix)


@api("ListQueues")
def a_page_has_at_most_1000_queues(sqs):
    with refused("InvalidParameterValue"):
        sqs.list_queues(MaxResults=1001)


@api("DeleteQueue")
def a_deleted_queue_is_gone_with_its_messages(sqs):
    name = sqs.name()
    url = sqs.queue(name)
    sqs.send(url)
    sqs.delete_queue(QueueUrl=url)
    with refused(GONE):
        sqs.get_queue_url(QueueName=name)
    with refused(GONE):
        sqs.receive(url)
    assert url not in sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", [])


@api("CreateQueue")
def a_deleted_queue_cannot_be_created_within_60_seconds(sqs):
    name = sqs.name()
    sqs.delete_queue(QueueUrl=sqs.queue(name))
    with refused("AWS.SimpleQueueService.QueueDeletedRecently"):
        sqs.queue(name)


@api("SendMessage")
def nothing_is_sent_to_a_queue_that_does_not_exist(sqs):
    url = sqs.queue()
    with refused(GONE):
        sqs.send(url + "-not")


@api("ReceiveMessage")
def nothing_is_received_from_a_queue_that_does_not_exist(sqs):
    url = sqs.queue()
    with refused(GONE):
        sqs.receive(url + "-not")


@api("GetQueueAttributes")
def a_queue_that_does_not_exist_has_no_attributes(sqs):
    url = sqs.queue()
    with refused(GONE):
        sqs.attributes(url + "-not")


@signing
def an_unknown_access_key_is_refused(sqs):
    with refused("InvalidClientTokenId", status=403):
        sqs.as_stranger().list_queues()


@signing
def a_wrong_secret_is_refused(sqs):
    with refused("SignatureDoesNotMatch", status=403):
        sqs.as_forger().list_queues()
