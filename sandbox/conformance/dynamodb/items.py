"""Items: put, got and deleted."""

from ..desk import refused, same
from .desk import api, guide, plain, typed

EVERYTHING = {
    "id": "1",
    "text": "grüße",
    "number": 12,
    "binary": b"\x00\xff",
    "yes": True,
    "nothing": None,
    "list": ["a", 1, {"b": False}],
    "map": {"a": {"b": ["c"]}},
    "texts": {"a", "b"},
    "numbers": {1, 2},
    "binaries": {b"a", b"b"},
}


@guide("HowItWorks.NamingRulesDataTypes")
def values_of_every_type_come_back_as_they_were_put(db):
    name = db.table()
    db.put(name, EVERYTHING)
    seen = db.get(name, {"id": "1"})
    seen["binaries"] = {bytes(it.value if hasattr(it, "value") else it) for it in seen["binaries"]}
    same(seen, EVERYTHING)


@api("PutItem")
def a_put_replaces_the_whole_item(db):
    name = db.table()
    db.put(name, {"id": "1", "a": 1, "b": 2})
    db.put(name, {"id": "1", "a": 3})
    same(db.get(name, {"id": "1"}), {"id": "1", "a": 3})


@api("PutItem")
def a_put_returns_the_old_item_where_asked(db):
    name = db.table()
    assert "Attributes" not in db.put(name, {"id": "1", "a": 1}, ReturnValues="ALL_OLD")
    old = db.put(name, {"id": "1", "a": 2}, ReturnValues="ALL_OLD")["Attributes"]
    same(plain(old), {"id": "1", "a": 1})


@api("PutItem")
def a_put_returns_nothing_else(db):
    name = db.table()
    for wrong in ("ALL_NEW", "UPDATED_OLD", "SOME"):
        with refused("ValidationException"):
            db.put(name, {"id": "1"}, ReturnValues=wrong)


@api("GetItem")
def an_item_that_is_not_there_is_left_out(db):
    assert "Item" not in db.get_item(TableName=db.table(), Key=typed({"id": "1"}))


@api("GetItem")
def an_item_is_got_by_partition_and_sort_key(db):
    name = db.table(sort="N")
    for at in (1, 2):
        db.put(name, {"id": "1", "place": at, "text": str(at)})
    same(db.get(name, {"id": "1", "place": 2})["text"], "2")


@api("GetItem")
def only_the_attributes_asked_for_are_got(db):
    name = db.table()
    db.put(name, EVERYTHING)
    seen = db.get(
        name, {"id": "1"}, ProjectionExpression="#t, #m.a.b[0], #l[2]",
        ExpressionAttributeNames={"#t": "text", "#m": "map", "#l": "list"},
    )
    same(seen, {"text": "grüße", "map": {"a": {"b": ["c"]}}, "list": [{"b": False}]})


@api("GetItem")
def an_item_without_the_attributes_asked_for_is_empty(db):
    name = db.table()
    db.put(name, {"id": "1"})
    same(db.get(name, {"id": "1"}, ProjectionExpression="never"), {})


@api("PutItem")
def an_item_has_the_whole_key(db):
    name = db.table(sort="N")
    for wrong in ({"id": "1"}, {"place": 1}, {"id": "1", "place": "soon"}, {"id": 1, "place": 1}):
        with refused("ValidationException"):
            db.put(name, wrong)


@api("GetItem")
def a_key_has_the_parts_of_the_schema_and_no_more(db):
    name = db.table(sort="N")
    for wrong in ({"id": "1"}, {"id": "1", "place": 1, "more": 1}, {"id": "1", "place": "1"}):
        with refused("ValidationException"):
            db.get(name, wrong)


@guide("HowItWorks.NamingRulesDataTypes")
def a_key_is_not_empty(db):
    name = db.table()
    with refused("ValidationException"):
        db.put(name, {"id": ""})
    db.put(name, {"id": "1", "text": "", "binary": b""})


@api("DeleteItem")
def a_deleted_item_is_gone(db):
    name = db.table()
    db.put(name, {"id": "1", "a": 1})
    old = db.remove(name, {"id": "1"}, ReturnValues="ALL_OLD")["Attributes"]
    same((plain(old), db.get(name, {"id": "1"})), ({"id": "1", "a": 1}, None))


@api("DeleteItem")
def deleting_an_item_that_is_not_there_is_fine(db):
    name = db.table()
    assert "Attributes" not in db.remove(name, {"id": "1"}, ReturnValues="ALL_OLD")


@api("DeleteItem")
def a_delete_returns_the_old_item_or_nothing(db):
    name = db.table()
    for wrong in ("ALL_NEW", "UPDATED_NEW"):
        with refused("ValidationException"):
            db.remove(name, {"id": "1"}, ReturnValues=wrong)


@api("PutItem")
def an_unknown_table_has_no_items(db):
    name = db.name()
    with refused("ResourceNotFoundException"):
        db.put(name, {"id": "1"})
    with refused("ResourceNotFoundException"):
        db.get(name, {"id": "1"})
    with refused("ResourceNotFoundException"):
        db.remove(name, {"id": "1"})


@guide("Constraints")
def an_item_has_400_KB_at_most(db):
    name = db.table()
    db.put(name, {"id": "1", "x": "y" * (409_600 - 4)})
    with refused("ValidationException"):
        db.put(name, {"id": "2", "x": "y" * (409_600 - 3)})


@guide("Constraints")
def a_partition_key_has_2048_bytes_and_a_sort_key_1024_at_most(db):
    name = db.table(sort="S")
    db.put(name, {"id": "i" * 2_048, "place": "a" * 1_024})
    for wrong in ({"id": "i" * 2_049, "place": "a"}, {"id": "i", "place": "a" * 1_025}):
        with refused("ValidationException"):
            db.put(name, wrong)


@guide("read-write-operations")
def consumed_capacity_is_told_where_asked(db):
    name = db.table()
    ask = {"ReturnConsumedCapacity": "TOTAL"}
    wrote = db.put(name, {"id": "1", "x": "y" * 1_500}, **ask)["ConsumedCapacity"]
    same((wrote["TableName"], wrote["CapacityUnits"]), (name, 2.0))
    same(db.get_item(TableName=name, Key=typed({"id": "1"}), **ask)["ConsumedCapacity"]["CapacityUnits"], 0.5)
    strong = db.get_item(TableName=name, Key=typed({"id": "1"}), ConsistentRead=True, **ask)
    same(strong["ConsumedCapacity"]["CapacityUnits"], 1.0)
    assert "ConsumedCapacity" not in db.put(name, {"id": "1"})
