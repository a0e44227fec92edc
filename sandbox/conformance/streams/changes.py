"""What a stream says of each write: once, in order, with the images that its view has."""

import time

from ..desk import same
from ..dynamodb.desk import typed, values
from .desk import api, guide, image

GUIDE = "Streams"


def lived(streams, view):
    """An item's insertion, change and removal, as a stream of this view tells them."""
    name, arn = streams.table(view)
    streams.db.put(name, {"id": "1", "a": 1})
    streams.db.update(name, {"id": "1"}, "SET a = :a", ExpressionAttributeValues=values(a=2))
    streams.db.remove(name, {"id": "1"})
    records = streams.records(arn, 3)
    same([it["dynamodb"]["StreamViewType"] for it in records], [view] * 3)
    same([image(it, "Keys") for it in records], [{"id": "1"}] * 3)
    return [(image(it, "OldImage"), image(it, "NewImage")) for it in records]


FIRST, SECOND = {"id": "1", "a": 1}, {"id": "1", "a": 2}


@guide(GUIDE)
def a_view_of_keys_has_no_images(streams):
    same(lived(streams, "KEYS_ONLY"), [(None, None)] * 3)


@guide(GUIDE)
def a_view_of_new_images_has_items_as_they_became(streams):
    same(lived(streams, "NEW_IMAGE"), [(None, FIRST), (None, SECOND), (None, None)])


@guide(GUIDE)
def a_view_of_old_images_has_items_as_they_were(streams):
    same(lived(streams, "OLD_IMAGE"), [(None, None), (FIRST, None), (SECOND, None)])


@guide(GUIDE)
def a_view_of_both_images_has_both(streams):
    same(lived(streams, "NEW_AND_OLD_IMAGES"), [(None, FIRST), (FIRST, SECOND), (SECOND, None)])


@api("Record")
def a_record_says_what_happened(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "1", "a": 1})
    streams.db.put(name, {"id": "1", "a": 2})
    streams.db.remove(name, {"id": "1"})
    same([it["eventName"] for it in streams.records(arn, 3)], ["INSERT", "MODIFY", "REMOVE"])


@api("Record")
def a_record_says_where_it_comes_from(streams):
    name, arn = streams.table()
    for n in range(2):
        streams.db.put(name, {"id": str(n)})
    records = streams.records(arn, 2)
    for record in records:
        same((record["eventSource"], record["awsRegion"]), ("aws:dynamodb", "us-east-1"))
        assert record["eventVersion"].startswith("1."), record
    same(len({record["eventID"] for record in records}), 2)


@api("StreamRecord")
def a_record_has_its_time_size_and_sequence_number(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "1"})
    seen = streams.records(arn, 1)[0]["dynamodb"]
    assert abs(seen["ApproximateCreationDateTime"].timestamp() - time.time()) < 60, seen
    assert seen["SizeBytes"] > 0 and seen["SequenceNumber"].isdigit(), seen
    assert 21 <= len(seen["SequenceNumber"]) <= 40, seen


@api("StreamRecord")
def the_keys_of_a_record_are_partition_and_sort_key(streams):
    name, arn = streams.table(sort="N")
    streams.db.put(name, {"id": "1", "place": 7, "a": 1})
    same(image(streams.records(arn, 1)[0], "Keys"), {"id": "1", "place": 7})


@guide(GUIDE)
def a_write_that_changes_nothing_is_not_in_the_stream(streams):
    name, arn = streams.table()
    for _ in range(2):
        streams.db.put(name, {"id": "1", "a": 1})
    streams.db.update(name, {"id": "1"}, "SET a = :a", ExpressionAttributeValues=values(a=1))
    streams.db.remove(name, {"id": "never"})
    streams.db.put(name, {"id": "last"})
    same([image(it, "Keys")["id"] for it in streams.records(arn, 2)], ["1", "last"])


@guide(GUIDE)
def a_write_whose_condition_fails_is_not_in_the_stream(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "1"})
    try:
        streams.db.put(name, {"id": "1", "a": 1}, ConditionExpression="attribute_not_exists(id)")
    except streams.db.exceptions.ConditionalCheckFailedException:
        pass
    streams.records(arn, 1)


@guide(GUIDE)
def an_update_that_makes_an_item_is_an_insertion(streams):
    name, arn = streams.table()
    streams.db.update(name, {"id": "1"}, "SET a = :a", ExpressionAttributeValues=values(a=1))
    record = streams.records(arn, 1)[0]
    same((record["eventName"], image(record, "NewImage")), ("INSERT", {"id": "1", "a": 1}))


@guide(GUIDE)
def every_write_of_a_batch_is_in_the_stream_once(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "old"})
    puts = [{"PutRequest": {"Item": typed({"id": str(n)})}} for n in range(5)]
    streams.db.batch_write_item(RequestItems={name: [*puts, {"DeleteRequest": {"Key": typed({"id": "old"})}}]})
    seen = sorted((it["eventName"], image(it, "Keys")["id"]) for it in streams.records(arn, 7))
    same(seen, sorted([("INSERT", "old"), *(("INSERT", str(n)) for n in range(5)), ("REMOVE", "old")]))


@guide(GUIDE)
def every_write_of_a_transaction_is_in_the_stream_once(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "n", "n": 1})
    add = {"TableName": name, "Key": typed({"id": "n"}), "UpdateExpression": "ADD n :one"}
    parts = [
        {"Put": {"TableName": name, "Item": typed({"id": "1"})}},
        {"Update": {**add, "ExpressionAttributeValues": values(one=1)}},
    ]
    streams.db.transact_write_items(TransactItems=parts)
    seen = sorted((it["eventName"], image(it, "Keys")["id"]) for it in streams.records(arn, 3))
    same(seen, [("INSERT", "1"), ("INSERT", "n"), ("MODIFY", "n")])


@guide(GUIDE)
def a_cancelled_transaction_is_not_in_the_stream(streams):
    name, arn = streams.table()
    streams.db.put(name, {"id": "2"})
    new = {"ConditionExpression": "attribute_not_exists(id)"}
    parts = [{"Put": {"TableName": name, "Item": typed({"id": it}), **new}} for it in ("1", "2")]
    try:
        streams.db.transact_write_items(TransactItems=parts)
    except streams.db.exceptions.TransactionCanceledException:
        pass
    same(image(streams.records(arn, 1)[0], "Keys"), {"id": "2"})


@guide(GUIDE)
def the_changes_of_an_item_come_in_order(streams):
    name, arn = streams.table()
    for n in range(20):
        streams.db.update(name, {"id": "1"}, "SET n = :n", ExpressionAttributeValues=values(n=n))
    records = streams.records(arn, 20)
    same([image(it, "NewImage")["n"] for it in records], list(range(20)))
    numbers = [int(it["dynamodb"]["SequenceNumber"]) for it in records]
    same(numbers, sorted(set(numbers)))


@guide(GUIDE)
def the_images_have_values_of_every_type(streams):
    name, arn = streams.table()
    item = {"id": "1", "n": 5, "b": b"\x00", "yes": True, "none": None, "l": ["a", 1], "m": {"x": "y"}, "s": {"p", "q"}}
    streams.db.put(name, item)
    same(image(streams.records(arn, 1)[0], "NewImage"), item)


@guide(GUIDE)
def a_stream_has_the_changes_of_its_own_table_alone(streams):
    (name, arn), (other, _) = streams.table(), streams.table()
    streams.db.put(other, {"id": "other"})
    streams.db.put(name, {"id": "mine"})
    same(image(streams.records(arn, 1)[0], "Keys"), {"id": "mine"})
