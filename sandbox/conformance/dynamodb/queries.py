"""Queries: one partition, in order, page by page."""

from ..desk import refused, same
from .desk import api, guide, plain, typed, values

KEYS = "Query.KeyConditionExpressions"


def filled(db, sort="N", ats=range(5), **more):
    """A table with items of one partition at these places, and one item of another."""
    name = db.table(sort=sort, **more)
    for at in ats:
        db.put(name, {"id": "1", "place": at, "even": "no" if isinstance(at, int) and at % 2 else "yes"})
    db.put(name, {"id": "2", "place": next(iter(ats))})
    return name


def ask(db, table, condition="id = :id", more_values=None, **more):
    used = values(id="1", **(more_values or {}))
    return db.query(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=used, **more)


def places(answer):
    return [plain(item)["place"] for item in answer["Items"]]


@api("Query")
def a_query_returns_a_partition_in_the_order_of_its_sort_key(db):
    answer = ask(db, filled(db, ats=(10, 9, -1, 100, 2)))
    same(places(answer), [-1, 2, 9, 10, 100])
    same((answer["Count"], answer["ScannedCount"]), (5, 5))


@api("Query")
def strings_are_ordered_by_their_bytes(db):
    same(places(ask(db, filled(db, "S", ("b", "a", "B", "10", "9", "ä")))), ["10", "9", "B", "a", "b", "ä"])


@api("Query")
def binary_is_ordered_by_its_bytes(db):
    answer = ask(db, filled(db, "B", (b"\xff", b"\x00", b"\x7f")))
    same([bytes(it.value if hasattr(it, "value") else it) for it in places(answer)], [b"\x00", b"\x7f", b"\xff"])


@api("Query")
def a_query_may_go_backwards(db):
    same(places(ask(db, filled(db), ScanIndexForward=False)), [4, 3, 2, 1, 0])


@guide(KEYS)
def a_sort_key_is_compared(db):
    table = filled(db)
    for condition, expected in (("= :x", [2]), ("< :x", [0, 1]), ("<= :x", [0, 1, 2]), ("> :x", [3, 4]), (">= :x", [2, 3, 4])):
        same((condition, places(ask(db, table, f"id = :id AND place {condition}", {"x": 2}))), (condition, expected))


@guide(KEYS)
def a_sort_key_lies_between_two(db):
    same(places(ask(db, filled(db), "id = :id AND place BETWEEN :a AND :b", {"a": 1, "b": 3})), [1, 2, 3])


@guide(KEYS)
def a_sort_key_has_a_beginning(db):
    table = filled(db, "S", ("2026-01-01", "2026-01-02", "2026-02-01"))
    seen = places(ask(db, table, "id = :id AND begins_with(place, :p)", {"p": "2026-01"}))
    same(seen, ["2026-01-01", "2026-01-02"])


@guide(KEYS)
def a_query_names_one_partition(db):
    table = filled(db)
    for wrong in ("id > :id", "place = :id", "begins_with(id, :id)", "id = :id OR id = :id", "id <> :id"):
        with refused("ValidationException"):
            ask(db, table, wrong)


@guide(KEYS)
def a_query_asks_of_the_key_alone(db):
    table = filled(db)
    with refused("ValidationException"):
        ask(db, table, "id = :id AND even = :e", {"e": "yes"})


@guide(KEYS)
def a_key_condition_has_the_type_of_the_key(db):
    table = filled(db)
    with refused("ValidationException"):
        ask(db, table, "id = :id AND place = :x", {"x": "two"})


@api("Query")
def a_query_needs_a_condition(db):
    table = filled(db)
    with refused("ValidationException"):
        db.query(TableName=table)


@api("Query")
def a_partition_that_is_not_there_is_empty(db):
    answer = db.query(
        TableName=filled(db), KeyConditionExpression="id = :id", ExpressionAttributeValues=values(id="9")
    )
    same((answer["Items"], answer["Count"]), ([], 0))
    assert "LastEvaluatedKey" not in answer, answer


@guide("Query.Pagination")
def a_query_goes_page_by_page(db):
    table = filled(db)
    first = ask(db, table, Limit=2)
    same((places(first), plain(first["LastEvaluatedKey"])), ([0, 1], {"id": "1", "place": 1}))
    second = ask(db, table, Limit=2, ExclusiveStartKey=first["LastEvaluatedKey"])
    third = ask(db, table, Limit=2, ExclusiveStartKey=second["LastEvaluatedKey"])
    same((places(second), places(third)), ([2, 3], [4]))
    assert "LastEvaluatedKey" not in third, third


@guide("Query.Pagination")
def a_page_backwards_goes_on_backwards(db):
    table = filled(db)
    first = ask(db, table, Limit=2, ScanIndexForward=False)
    rest = ask(db, table, ScanIndexForward=False, ExclusiveStartKey=first["LastEvaluatedKey"])
    same((places(first), places(rest)), ([4, 3], [2, 1, 0]))


@guide("Query.Pagination")
def a_page_has_1_MB_at_most(db):
    table = db.table(sort="N")
    for place in range(8):
        db.put(table, {"id": "1", "place": place, "x": "y" * 300_000})
    pages, more = [], {}
    while True:
        page = ask(db, table, **more)
        pages.append(places(page))
        if "LastEvaluatedKey" not in page:
            break
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    # The item that reaches the limit may still be in.
    assert all(len(page) <= 4 for page in pages), pages
    same(sum(pages, []), list(range(8)))


@guide("Query.FilterExpression")
def a_filter_looks_at_what_was_read(db):
    answer = ask(db, filled(db), FilterExpression="even = :e", more_values={"e": "yes"})
    same((places(answer), answer["Count"], answer["ScannedCount"]), ([0, 2, 4], 3, 5))


@guide("Query.FilterExpression")
def a_limit_counts_what_was_read(db):
    answer = ask(db, filled(db), Limit=2, FilterExpression="even = :e", more_values={"e": "yes"})
    same((places(answer), answer["ScannedCount"]), ([0], 2))
    assert answer["LastEvaluatedKey"], answer


@guide("Query.FilterExpression")
def a_filter_does_not_ask_of_the_key(db):
    table = filled(db)
    with refused("ValidationException"):
        ask(db, table, FilterExpression="place > :x", more_values={"x": 1})


@api("Query")
def a_query_may_only_count(db):
    answer = ask(db, filled(db), Select="COUNT")
    same(answer["Count"], 5)
    assert "Items" not in answer, answer


@api("Query")
def a_query_returns_only_the_attributes_asked_for(db):
    answer = ask(db, filled(db, ats=(1,)), ProjectionExpression="even")
    same([plain(item) for item in answer["Items"]], [{"even": "no"}])


@api("Query")
def a_limit_is_one_at_least(db):
    table = filled(db)
    with refused("ValidationException"):
        ask(db, table, Limit=0)


@api("Query")
def a_page_begins_at_a_key_of_the_table(db):
    table = filled(db)
    with refused("ValidationException"):
        ask(db, table, ExclusiveStartKey=typed({"id": "1"}))


@api("Query")
def an_unknown_table_cannot_be_queried(db):
    with refused("ResourceNotFoundException"):
        ask(db, db.name())
