"""Transactions: everything or nothing."""

from ..desk import refused, same
from .desk import api, guide, plain, typed, values

CANCELLED = "TransactionCanceledException"


def put(table, item, **more):
    return {"Put": {"TableName": table, "Item": typed(item), **more}}


def update(table, key, expression, **named):
    return {
        "Update": {
            "TableName": table, "Key": typed(key), "UpdateExpression": expression,
            "ExpressionAttributeValues": values(**named),
        }
    }


def check(table, key, condition):
    return {"ConditionCheck": {"TableName": table, "Key": typed(key), "ConditionExpression": condition}}


NEW = {"ConditionExpression": "attribute_not_exists(id)"}


@api("TransactWriteItems")
def a_transaction_writes_all_its_parts(db):
    name, other = db.table(), db.table()
    db.put(name, {"id": "old"})
    db.put(other, {"id": "count", "n": 1})
    delete = {"Delete": {"TableName": name, "Key": typed({"id": "old"})}}
    parts = [put(name, {"id": "1"}), delete, update(other, {"id": "count"}, "SET n = n + :one", one=1)]
    db.transact_write_items(TransactItems=parts)
    same((db.all(name), db.all(other)), ([{"id": "1"}], [{"id": "count", "n": 2}]))


@api("TransactWriteItems")
def a_transaction_writes_nothing_where_a_condition_fails(db):
    name = db.table()
    db.put(name, {"id": "2"})
    with refused(CANCELLED) as refusal:
        db.transact_write_items(TransactItems=[put(name, {"id": "1"}), put(name, {"id": "2", "a": 1}, **NEW)])
    same(db.all(name), [{"id": "2"}])
    same([it["Code"] for it in refusal.response["CancellationReasons"]], ["None", "ConditionalCheckFailed"])


@api("TransactWriteItems")
def a_cancelled_transaction_says_why_in_its_message(db):
    name = db.table()
    with refused(CANCELLED) as refusal:
        db.transact_write_items(TransactItems=[check(name, {"id": "1"}, "attribute_exists(id)")])
    assert "[ConditionalCheckFailed]" in refusal.message, refusal.message


@api("TransactWriteItems")
def the_item_in_the_way_of_a_transaction_is_told_where_asked(db):
    name = db.table()
    db.put(name, {"id": "1", "a": 5})
    with refused(CANCELLED) as refusal:
        part = put(name, {"id": "1"}, ReturnValuesOnConditionCheckFailure="ALL_OLD", **NEW)
        db.transact_write_items(TransactItems=[part])
    same(plain(refusal.response["CancellationReasons"][0]["Item"]), {"id": "1", "a": 5})


@api("TransactWriteItems")
def a_transaction_may_check_an_item_that_it_does_not_write(db):
    name = db.table()
    parts = [check(name, {"id": "account"}, "attribute_exists(id)"), put(name, {"id": "order"})]
    with refused(CANCELLED):
        db.transact_write_items(TransactItems=parts)
    db.put(name, {"id": "account"})
    db.transact_write_items(TransactItems=parts)
    same(len(db.all(name)), 2)


@api("TransactWriteItems")
def a_transaction_names_an_item_once(db):
    name = db.table()
    with refused("ValidationException"):
        parts = [put(name, {"id": "1"}), update(name, {"id": "1"}, "SET a = :a", a=1)]
        db.transact_write_items(TransactItems=parts)


@guide("transaction-apis")
def a_transaction_has_1_to_100_parts(db):
    name = db.table()
    db.transact_write_items(TransactItems=[put(name, {"id": str(n)}) for n in range(100)])
    for wrong in (0, 101):
        with refused("ValidationException"):
            db.transact_write_items(TransactItems=[put(name, {"id": str(n)}) for n in range(wrong)])


@api("TransactWriteItems")
def a_transaction_repeated_with_its_token_happens_once(db):
    name = db.table()
    db.put(name, {"id": "1", "n": 0})
    more = {"TransactItems": [update(name, {"id": "1"}, "ADD n :one", one=1)], "ClientRequestToken": db.name()}
    for _ in range(3):
        db.transact_write_items(**more)
    same(db.get(name, {"id": "1"})["n"], 1)


@api("TransactWriteItems")
def a_token_is_for_one_transaction(db):
    name, token = db.table(), db.name()
    db.transact_write_items(TransactItems=[put(name, {"id": "1"})], ClientRequestToken=token)
    with refused("IdempotentParameterMismatchException"):
        db.transact_write_items(TransactItems=[put(name, {"id": "2"})], ClientRequestToken=token)


@api("TransactWriteItems")
def a_transaction_with_an_unknown_table_is_refused(db):
    name = db.table()
    with refused("ResourceNotFoundException"):
        db.transact_write_items(TransactItems=[put(name, {"id": "1"}), put(db.name(), {"id": "1"})])
    same(db.all(name), [])


@api("TransactGetItems")
def a_transaction_gets_items_in_the_order_asked(db):
    name, other = db.table(), db.table()
    db.put(name, {"id": "1", "a": 1, "b": 2})
    db.put(other, {"id": "2"})
    asked = [(other, "2", {}), (name, "never", {}), (name, "1", {"ProjectionExpression": "a"})]
    parts = [{"Get": {"TableName": table, "Key": typed({"id": id}), **more}} for table, id, more in asked]
    seen = [it.get("Item") for it in db.transact_get_items(TransactItems=parts)["Responses"]]
    same([it and plain(it) for it in seen], [{"id": "2"}, None, {"a": 1}])


@api("TransactGetItems")
def a_transaction_gets_100_items_at_most(db):
    name = db.table()
    parts = [{"Get": {"TableName": name, "Key": typed({"id": str(n)})}} for n in range(101)]
    with refused("ValidationException"):
        db.transact_get_items(TransactItems=parts)
