"""Dead letters: after how many receives, where to, and back again."""

import json

from ..desk import eventually, refused, same
from .desk import api, guide

DEAD = "sqs-dead-letter-queues"


def receive_times(sqs, queue, times):
    for _ in range(times):
        sqs.take(queue, VisibilityTimeout=0)


@guide(DEAD)
def a_message_is_moved_after_exactly_as_many_receives_as_the_policy_says(sqs):
    url, dead = sqs.with_dead_letters(3)
    sent = sqs.send(url)
    receive_times(sqs, url, 3)
    same(sqs.receive(dead), [])
    same(sqs.receive(url), [])
    same(sqs.take(dead)["MessageId"], sent["MessageId"])


@guide(DEAD)
def a_dead_letter_names_the_queue_it_came_from(sqs):
    url, dead = sqs.with_dead_letters()
    sqs.send(url)
    receive_times(sqs, url, 1)
    sqs.receive(url)
    seen = sqs.take(dead, MessageSystemAttributeNames=["All"])["Attributes"]
    same(seen["DeadLetterQueueSourceArn"], sqs.arn(url))


@guide(DEAD)
def a_dead_letter_of_a_standard_queue_keeps_its_age(sqs):
    url, dead = sqs.with_dead_letters()
    sqs.send(url)
    ask = {"MessageSystemAttributeNames": ["SentTimestamp"]}
    before = sqs.take(url, VisibilityTimeout=0, **ask)["Attributes"]
    sqs.receive(url)
    same(sqs.take(dead, **ask)["Attributes"], before)


@guide(DEAD)
def a_dead_letter_keeps_its_attributes(sqs):
    url, dead = sqs.with_dead_letters()
    sqs.send(url, MessageAttributes={"colour": {"DataType": "String", "StringValue": "blue"}})
    receive_times(sqs, url, 1)
    sqs.receive(url)
    seen = sqs.take(dead, MessageAttributeNames=["All"])["MessageAttributes"]
    same(seen["colour"]["StringValue"], "blue")


@guide(DEAD)
def a_message_deleted_in_time_is_no_dead_letter(sqs):
    url, dead = sqs.with_dead_letters(2)
    sqs.send(url)
    receive_times(sqs, url, 1)
    sqs.drop(url, sqs.take(url))
    same(sqs.receive(url), [])
    same(sqs.counts(dead), (0, 0, 0))


@guide(DEAD)
def a_fifo_group_goes_on_after_its_poison_is_moved(sqs):
    url, dead = sqs.with_dead_letters(1, fifo=True)
    sqs.put(url, "poison")
    sqs.put(url, "fine")
    same(sqs.take(url, VisibilityTimeout=0)["Body"], "poison")
    same(sqs.take(url)["Body"], "fine")
    same(sqs.take(dead)["Body"], "poison")


@api("GetQueueAttributes")
def a_redrive_policy_is_told_as_json(sqs):
    url, dead = sqs.with_dead_letters(4)
    policy = json.loads(sqs.attribute(url, "RedrivePolicy"))
    same(policy, {"deadLetterTargetArn": sqs.arn(dead), "maxReceiveCount": 4})


@api("SetQueueAttributes")
def a_redrive_policy_is_removed_by_an_empty_one(sqs):
    url, _ = sqs.with_dead_letters()
    sqs.change(url, RedrivePolicy="")
    same(sqs.attribute(url, "RedrivePolicy"), None)


@api("SetQueueAttributes")
def a_redrive_policy_needs_a_queue_that_exists(sqs):
    url = sqs.queue()
    policy = sqs.redrive(url).replace(url.rsplit("/", 1)[1], sqs.name())
    with refused("InvalidParameterValue"):
        sqs.change(url, RedrivePolicy=policy)


@api("SetQueueAttributes")
def a_redrive_policy_needs_both_of_its_parts(sqs):
    url, dead = sqs.queue(), sqs.queue()
    for part in ({"maxReceiveCount": 3}, {"deadLetterTargetArn": sqs.arn(dead)}):
        with refused("InvalidParameterValue"):
            sqs.change(url, RedrivePolicy=json.dumps(part))
    with refused("InvalidParameterValue", "InvalidAttributeValue"):
        sqs.change(url, RedrivePolicy="three times")


@api("SetQueueAttributes")
def a_message_is_received_1_to_1000_times_before_it_is_dead(sqs):
    url, dead = sqs.queue(), sqs.queue()
    sqs.change(url, RedrivePolicy=sqs.redrive(dead, 1_000))
    for wrong in (0, 1_001, -1, "many"):
        with refused("InvalidParameterValue"):
            sqs.change(url, RedrivePolicy=sqs.redrive(dead, wrong))


@guide(DEAD)
def the_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue(sqs):
    url, dead = sqs.fifo(), sqs.queue()
    with refused("InvalidParameterValue"):
        sqs.change(url, RedrivePolicy=sqs.redrive(dead))


@guide(DEAD)
def the_dead_letters_of_a_standard_queue_go_to_a_standard_queue(sqs):
    url, dead = sqs.queue(), sqs.fifo()
    with refused("InvalidParameterValue"):
        sqs.change(url, RedrivePolicy=sqs.redrive(dead))


@api("SetQueueAttributes")
def a_queue_may_refuse_to_take_dead_letters(sqs):
    url, dead = sqs.queue(), sqs.queue()
    sqs.change(dead, RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
    with refused("InvalidParameterValue"):
        sqs.change(url, RedrivePolicy=sqs.redrive(dead))


@api("SetQueueAttributes")
def a_queue_may_take_dead_letters_of_certain_queues_alone(sqs):
    friend, stranger, dead = sqs.queue(), sqs.queue(), sqs.queue()
    policy = {"redrivePermission": "byQueue", "sourceQueueArns": [sqs.arn(friend)]}
    sqs.change(dead, RedriveAllowPolicy=json.dumps(policy))
    sqs.change(friend, RedrivePolicy=sqs.redrive(dead))
    with refused("InvalidParameterValue"):
        sqs.change(stranger, RedrivePolicy=sqs.redrive(dead))
    same(json.loads(sqs.attribute(dead, "RedriveAllowPolicy")), policy)


@api("SetQueueAttributes")
def a_redrive_permission_is_one_of_three_and_names_ten_queues_at_most(sqs):
    url = sqs.queue()
    arn = sqs.arn(url)
    many = {"redrivePermission": "byQueue", "sourceQueueArns": [f"{arn}{n}" for n in range(11)]}
    for wrong in ({"redrivePermission": "perhaps"}, {"redrivePermission": "byQueue"}, many):
        with refused("InvalidParameterValue"):
            sqs.change(url, RedriveAllowPolicy=json.dumps(wrong))


@api("ListDeadLetterSourceQueues")
def a_queue_of_dead_letters_lists_its_sources(sqs):
    url, dead = sqs.with_dead_letters()
    other = sqs.queue(RedrivePolicy=sqs.redrive(dead))
    seen = sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"]
    same(sorted(seen), sorted([url, other]))
    same(sqs.list_dead_letter_source_queues(QueueUrl=url).get("queueUrls", []), [])


@api("ListDeadLetterSourceQueues")
def the_sources_of_dead_letters_are_listed_page_by_page(sqs):
    dead = sqs.queue()
    mine = {sqs.queue(RedrivePolicy=sqs.redrive(dead)) for _ in range(3)}
    first = sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2)
    rest = sqs.list_dead_letter_source_queues(QueueUrl=dead, MaxResults=2, NextToken=first["NextToken"])
    same(len(first["queueUrls"]), 2)
    same(set(first["queueUrls"] + rest["queueUrls"]), mine)
    assert "NextToken" not in rest, rest


def two_dead_letters(sqs):
    url, dead = sqs.with_dead_letters()
    for n in range(2):
        sqs.send(url, str(n))
        receive_times(sqs, url, 1)
        same(sqs.receive(url), [])
    sqs.has(dead, 2, 0, 0)
    return url, dead


@api("StartMessageMoveTask")
def a_move_task_brings_dead_letters_back_to_where_they_came_from(sqs):
    url, dead = two_dead_letters(sqs)
    assert sqs.start_message_move_task(SourceArn=sqs.arn(dead))["TaskHandle"]
    sqs.has(url, 2, 0, 0)
    sqs.has(dead, 0, 0, 0)


@api("StartMessageMoveTask")
def a_move_task_may_have_another_destination(sqs):
    _, dead = two_dead_letters(sqs)
    elsewhere = sqs.queue()
    sqs.start_message_move_task(SourceArn=sqs.arn(dead), DestinationArn=sqs.arn(elsewhere))
    sqs.has(elsewhere, 2, 0, 0)


@guide("sqs-configure-dead-letter-queue-redrive")
def a_moved_message_begins_anew(sqs):
    url, dead = two_dead_letters(sqs)
    sqs.start_message_move_task(SourceArn=sqs.arn(dead))
    seen = sqs.take(url, MessageSystemAttributeNames=["All"])["Attributes"]
    same(seen["ApproximateReceiveCount"], "1")


@api("ListMessageMoveTasks")
def a_finished_move_task_is_listed_with_its_counts(sqs):
    _, dead = two_dead_letters(sqs)
    arn = sqs.arn(dead)
    sqs.start_message_move_task(SourceArn=arn)

    def finished():
        tasks = sqs.list_message_move_tasks(SourceArn=arn).get("Results", [])
        return tasks if tasks and tasks[0]["Status"] == "COMPLETED" else None

    task = eventually(finished)[0]
    same((task["SourceArn"], task["ApproximateNumberOfMessagesMoved"]), (arn, 2))
    assert "TaskHandle" not in task, task


@api("StartMessageMoveTask")
def a_queue_that_nobody_sends_dead_letters_to_has_nothing_to_move(sqs):
    url = sqs.queue()
    with refused("InvalidParameterValue", "AWS.SimpleQueueService.UnsupportedOperation"):
        sqs.start_message_move_task(SourceArn=sqs.arn(url))


@api("StartMessageMoveTask")
def a_move_task_needs_a_queue_that_exists(sqs):
    arn = sqs.arn(sqs.queue())
    with refused("ResourceNotFoundException"):
        sqs.start_message_move_task(SourceArn=arn + "-not")


@api("StartMessageMoveTask")
def a_move_task_moves_1_to_500_messages_a_second(sqs):
    _, dead = sqs.with_dead_letters()
    arn = sqs.arn(dead)
    for wrong in (0, 501):
        with refused("InvalidParameterValue"):
            sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=wrong)


@api("StartMessageMoveTask")
def a_queue_has_one_move_task_at_a_time(sqs):
    _, dead = two_dead_letters(sqs)
    arn = sqs.arn(dead)
    handle = sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    with refused("InvalidParameterValue", "AWS.SimpleQueueService.UnsupportedOperation"):
        sqs.start_message_move_task(SourceArn=arn)
    sqs.later(sqs.cancel_message_move_task, TaskHandle=handle)


@api("CancelMessageMoveTask")
def a_running_move_task_is_cancelled(sqs):
    url, dead = sqs.with_dead_letters()
    for n in range(5):
        sqs.send(url, str(n))
        receive_times(sqs, url, 1)
        sqs.receive(url)
    arn = sqs.arn(dead)
    handle = sqs.start_message_move_task(SourceArn=arn, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    assert sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"] < 5
    ended = ("CANCELLING", "CANCELLED")
    eventually(lambda: sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] in ended)


@api("CancelMessageMoveTask")
def an_unknown_move_task_cannot_be_cancelled(sqs):
    with refused("ResourceNotFoundException", "InvalidParameterValue"):
        sqs.cancel_message_move_task(TaskHandle="bm90LWEtdGFzaw==")
