"""Updates: set, remove, add and delete; what is returned, and which expressions are wrong."""

from ..desk import refused, same
from .desk import api, guide, plain, values

SET = "Expressions.UpdateExpressions"


def updated(db, item, expression, **more):
    """The item after the update."""
    table = db.table()
    db.put(table, {"id": "1", **item})
    db.update(table, {"id": "1"}, expression, **more)
    seen = db.get(table, {"id": "1"})
    del seen["id"]
    return seen


def refuses(db, item, expression, **more):
    with refused("ValidationException"):
        updated(db, item, expression, **more)


@api("UpdateItem")
def an_update_makes_the_item_that_is_not_there(db):
    name = db.table()
    db.update(name, {"id": "1"}, "SET a = :a", ExpressionAttributeValues=values(a=5))
    same(db.get(name, {"id": "1"}), {"id": "1", "a": 5})


@api("UpdateItem")
def an_update_without_an_expression_makes_the_item(db):
    name = db.table()
    db.update_item(TableName=name, Key={"id": {"S": "1"}})
    same(db.get(name, {"id": "1"}), {"id": "1"})


@guide(SET)
def set_changes_some_attributes_and_leaves_the_others(db):
    same(updated(db, {"a": 1, "b": 2}, "SET a = :a", ExpressionAttributeValues=values(a="x")), {"a": "x", "b": 2})


@guide(SET)
def set_adds_and_subtracts(db):
    same(
        updated(db, {"a": 10, "b": 10}, "SET a = a + :n, b = b - :n", ExpressionAttributeValues=values(n=3)),
        {"a": 13, "b": 7},
    )


@guide(SET)
def set_may_keep_what_is_there(db):
    expression = "SET a = if_not_exists(a, :x), b = if_not_exists(b, :x)"
    same(updated(db, {"a": 1}, expression, ExpressionAttributeValues=values(x=9)), {"a": 1, "b": 9})


@guide(SET)
def set_appends_to_a_list(db):
    expression = "SET l = list_append(l, :end), m = list_append(:end, m)"
    same(
        updated(db, {"l": ["a"], "m": ["b"]}, expression, ExpressionAttributeValues=values(end=["z"])),
        {"l": ["a", "z"], "m": ["z", "b"]},
    )


@guide(SET)
def set_reaches_into_maps_and_lists(db):
    item = {"m": {"a": {"b": 1}}, "l": ["x", "y"]}
    more = {"ExpressionAttributeValues": values(v=2)}
    same(
        updated(db, item, "SET m.a.c = :v, l[1] = :v", **more), {"m": {"a": {"b": 1, "c": 2}}, "l": ["x", 2]}
    )


@guide(SET)
def set_beyond_the_end_of_a_list_appends(db):
    same(updated(db, {"l": ["a"]}, "SET l[9] = :v", ExpressionAttributeValues=values(v="b")), {"l": ["a", "b"]})


@guide(SET)
def every_part_of_an_update_sees_the_item_as_it_was(db):
    same(updated(db, {"a": 1, "b": 2}, "SET a = b, b = a"), {"a": 2, "b": 1})


@guide(SET)
def remove_takes_attributes_and_elements_away(db):
    item = {"a": 1, "m": {"x": 1, "y": 2}, "l": ["p", "q", "r"]}
    same(updated(db, item, "REMOVE a, m.x, l[0], l[2], never"), {"m": {"y": 2}, "l": ["q"]})


@guide(SET)
def add_counts_up_from_nothing(db):
    same(updated(db, {"a": 1}, "ADD a :n, b :n", ExpressionAttributeValues=values(n=2)), {"a": 3, "b": 2})


@guide(SET)
def add_puts_elements_into_a_set(db):
    more = {"ExpressionAttributeValues": values(s={"b", "c"})}
    same(updated(db, {"s": {"a", "b"}}, "ADD s :s, t :s", **more), {"s": {"a", "b", "c"}, "t": {"b", "c"}})


@guide(SET)
def delete_takes_elements_out_of_a_set(db):
    same(updated(db, {"s": {"a", "b"}}, "DELETE s :s", ExpressionAttributeValues=values(s={"a", "z"})), {"s": {"b"}})


@guide(SET)
def a_set_whose_last_element_goes_is_gone(db):
    same(updated(db, {"s": {"a"}}, "DELETE s :s", ExpressionAttributeValues=values(s={"a"})), {})


@guide(SET)
def all_four_clauses_stand_side_by_side(db):
    expression = "SET a = :n REMOVE b ADD c :n DELETE d :s"
    item = {"b": 1, "c": 1, "d": {"x", "y"}}
    more = {"ExpressionAttributeValues": values(n=2, s={"x"})}
    same(updated(db, item, expression, **more), {"a": 2, "c": 3, "d": {"y"}})


@guide("Expressions.ExpressionAttributeNames")
def a_name_may_be_written_with_a_placeholder(db):
    more = {"ExpressionAttributeNames": {"#s": "size", "#d": "a.b"}, "ExpressionAttributeValues": values(v=1)}
    same(updated(db, {}, "SET #s = :v, #d = :v", **more), {"size": 1, "a.b": 1})


def returned(db, what):
    table = db.table()
    db.put(table, {"id": "1", "a": 1, "b": 1})
    answer = db.update(
        table, {"id": "1"}, "SET a = :v, c = :v", ExpressionAttributeValues=values(v=2), ReturnValues=what
    )
    return plain(answer["Attributes"]) if "Attributes" in answer else None


@api("UpdateItem")
def an_update_returns_what_is_asked(db):
    same(returned(db, "NONE"), None)
    same(returned(db, "ALL_OLD"), {"id": "1", "a": 1, "b": 1})
    same(returned(db, "ALL_NEW"), {"id": "1", "a": 2, "b": 1, "c": 2})
    same(returned(db, "UPDATED_OLD"), {"a": 1})
    same(returned(db, "UPDATED_NEW"), {"a": 2, "c": 2})


@api("UpdateItem")
def the_key_cannot_be_updated(db):
    refuses(db, {}, "SET id = :v", ExpressionAttributeValues=values(v="2"))


@guide(SET)
def add_is_for_numbers_and_sets(db):
    refuses(db, {"a": "text"}, "ADD a :n", ExpressionAttributeValues=values(n=1))
    refuses(db, {}, "ADD a :n", ExpressionAttributeValues=values(n="text"))


@guide(SET)
def arithmetic_is_for_numbers(db):
    refuses(db, {"a": "text"}, "SET a = a + :n", ExpressionAttributeValues=values(n=1))


@guide(SET)
def what_is_not_there_is_not_read(db):
    refuses(db, {}, "SET a = b")


@guide(SET)
def a_path_leads_through_what_is_there(db):
    refuses(db, {}, "SET m.a = :v", ExpressionAttributeValues=values(v=1))


@guide(SET)
def paths_of_an_update_do_not_overlap(db):
    more = {"ExpressionAttributeValues": values(v=1)}
    refuses(db, {"m": {"a": 1}}, "SET m.a = :v, m = :v", **more)
    refuses(db, {"a": 1}, "SET a = :v REMOVE a", **more)


@guide("Expressions.ExpressionAttributeValues")
def a_value_that_is_named_must_be_given(db):
    refuses(db, {}, "SET a = :v")


@guide("Expressions.ExpressionAttributeValues")
def a_value_that_is_given_must_be_used(db):
    refuses(db, {}, "SET a = :v", ExpressionAttributeValues=values(v=1, w=2))


@guide("Expressions.ExpressionAttributeNames")
def a_name_that_is_given_must_be_used(db):
    more = {"ExpressionAttributeNames": {"#n": "x"}, "ExpressionAttributeValues": values(v=1)}
    refuses(db, {}, "SET a = :v", **more)


@guide("ReservedWords")
def a_reserved_word_needs_a_placeholder(db):
    refuses(db, {}, "SET size = :v", ExpressionAttributeValues=values(v=1))


@guide(SET)
def an_expression_that_is_none_is_refused(db):
    for wrong in ("", "PUT a = :v", "SET a", "SET a = :v,", "SET a = :v SET b = :v"):
        refuses(db, {}, wrong, ExpressionAttributeValues=values(v=1))
