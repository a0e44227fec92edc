"""Conditions: writes that happen only if the item is as expected."""

from ..desk import refused, same
from .desk import api, guide, plain, values

FAILED = "ConditionalCheckFailedException"
OPERATORS = "Expressions.OperatorsAndFunctions"
ITEM = {"id": "1", "n": 5, "word": "hello", "list": ["a", "b"], "set": {"x"}, "map": {"a": 1}, "yes": True}


def holds(db, table, condition, **more):
    """Whether a write with this condition happens."""
    try:
        db.put(table, ITEM, ConditionExpression=condition, **more)
    except db.exceptions.ConditionalCheckFailedException:
        return False
    return True


def judged(db, cases, **more):
    """Each condition on the item is true or false as said."""
    table = db.table()
    for condition, expected in cases.items():
        db.put(table, ITEM)
        used = {name: value for name, value in values(**more).items() if name in condition}
        seen = holds(db, table, condition, **({"ExpressionAttributeValues": used} if used else {}))
        same((condition, seen), (condition, expected))


@api("PutItem")
def a_put_may_be_for_new_items_alone(db):
    name = db.table()
    db.put(name, {"id": "1", "a": 1}, ConditionExpression="attribute_not_exists(id)")
    with refused(FAILED):
        db.put(name, {"id": "1", "a": 2}, ConditionExpression="attribute_not_exists(id)")
    same(db.get(name, {"id": "1"})["a"], 1)


@api("UpdateItem")
def an_update_may_be_for_items_that_are_there_alone(db):
    name = db.table()
    with refused(FAILED):
        db.update(
            name, {"id": "1"}, "SET a = :a", ConditionExpression="attribute_exists(id)",
            ExpressionAttributeValues=values(a=1),
        )
    same(db.get(name, {"id": "1"}), None)


@api("DeleteItem")
def a_delete_may_depend_on_the_item(db):
    name = db.table()
    db.put(name, {"id": "1", "n": 5})
    for limit, fine in ((4, False), (6, True)):
        more = {"ConditionExpression": "n < :limit", "ExpressionAttributeValues": values(limit=limit)}
        if fine:
            db.remove(name, {"id": "1"}, **more)
        else:
            with refused(FAILED):
                db.remove(name, {"id": "1"}, **more)
    same(db.get(name, {"id": "1"}), None)


@api("UpdateItem")
def a_version_is_counted_up_by_one_writer_alone(db):
    name = db.table()
    db.put(name, {"id": "1", "version": 1})

    def write():
        db.update(
            name, {"id": "1"}, "SET version = :new", ConditionExpression="version = :old",
            ExpressionAttributeValues=values(old=1, new=2),
        )

    write()
    with refused(FAILED):
        write()


@api("PutItem")
def the_item_in_the_way_is_told_where_asked(db):
    name = db.table()
    db.put(name, {"id": "1", "a": 1})
    more = {"ConditionExpression": "attribute_not_exists(id)"}
    with refused(FAILED) as refusal:
        db.put(name, {"id": "1"}, ReturnValuesOnConditionCheckFailure="ALL_OLD", **more)
    same(plain(refusal.response["Item"]), {"id": "1", "a": 1})
    with refused(FAILED) as refusal:
        db.put(name, {"id": "1"}, **more)
    assert "Item" not in refusal.response


@guide(OPERATORS)
def values_are_compared(db):
    cases = {"n = :five": True, "n <> :five": False, "n < :six": True, "n <= :five": True, "n > :five": False}
    judged(db, {**cases, "n >= :five": True, "word = :five": False}, five=5, six=6)


@guide(OPERATORS)
def a_value_lies_between_two_or_in_a_list(db):
    cases = {"n BETWEEN :four AND :five": True, "n BETWEEN :six AND :nine": False, "n IN (:four, :five)": True}
    judged(db, {**cases, "n IN (:six, :nine)": False}, four=4, five=5, six=6, nine=9)


@guide(OPERATORS)
def conditions_are_joined_and_turned_round(db):
    yes, no = "n = :five", "n = :six"
    cases = {f"{yes} AND {no}": False, f"{yes} OR {no}": True, f"NOT {no}": True}
    judged(db, {**cases, f"{no} AND {no} OR {yes}": True, f"{no} AND ({no} OR {yes})": False}, five=5, six=6)


@guide(OPERATORS)
def attributes_are_looked_for(db):
    cases = {"attribute_exists(n)": True, "attribute_exists(m)": False}
    judged(db, {**cases, "attribute_not_exists(m)": True, "attribute_not_exists(n)": False})


@guide(OPERATORS)
def the_type_of_an_attribute_is_asked(db):
    cases = {"attribute_type(n, :N)": True, "attribute_type(n, :S)": False, "attribute_type(word, :S)": True}
    judged(db, cases, N="N", S="S")


@guide(OPERATORS)
def the_beginning_of_a_string_is_asked(db):
    judged(db, {"begins_with(word, :he)": True, "begins_with(word, :lo)": False}, he="he", lo="lo")


@guide(OPERATORS)
def what_a_string_list_or_set_contains_is_asked(db):
    cases = {"contains(word, :ell)": True, "contains(word, :x)": False}
    table = db.table()
    for condition, expected in cases.items():
        db.put(table, ITEM)
        used = {name: it for name, it in values(ell="ell", x="x").items() if name in condition}
        same(holds(db, table, condition, ExpressionAttributeValues=used), expected)
    names = {"#l": "list", "#s": "set"}
    for name, value, expected in (("#l", "a", True), ("#l", "z", False), ("#s", "x", True), ("#s", "z", False)):
        more = {"ExpressionAttributeNames": {name: names[name]}, "ExpressionAttributeValues": values(v=value)}
        same((name, value, holds(db, table, f"contains({name}, :v)", **more)), (name, value, expected))


@guide(OPERATORS)
def the_size_of_an_attribute_is_asked(db):
    table = db.table()
    db.put(table, ITEM)
    for name, size in (("word", 5), ("list", 2), ("map", 1), ("set", 1)):
        for asked in (size, size + 1):
            more = {"ExpressionAttributeNames": {"#a": name}, "ExpressionAttributeValues": values(n=asked)}
            same((name, holds(db, table, "size(#a) = :n", **more)), (name, asked == size))


@guide(OPERATORS)
def a_condition_reaches_into_maps_and_lists(db):
    table = db.table()
    db.put(table, ITEM)
    names = {"ExpressionAttributeNames": {"#m": "map", "#l": "list"}}
    more = {**names, "ExpressionAttributeValues": values(one=1, b="b")}
    same(holds(db, table, "#m.a = :one AND #l[1] = :b", **more), True)


@guide(OPERATORS)
def a_condition_that_is_none_is_refused(db):
    table = db.table()
    for wrong in ("n =", "exists(n)", "n = n = n", "(n = n", "attribute_exists(n", ""):
        with refused("ValidationException"):
            db.put(table, ITEM, ConditionExpression=wrong)


@guide(OPERATORS)
def a_condition_on_an_item_that_is_not_there_sees_no_attributes(db):
    table = db.table()
    with refused(FAILED):
        db.put(table, ITEM, ConditionExpression="n <> :v AND attribute_exists(n)", ExpressionAttributeValues=values(v=1))
