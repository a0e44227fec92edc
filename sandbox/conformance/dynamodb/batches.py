"""Batches: many items written or got at once."""

from ..desk import refused, same
from .desk import api, plain, typed


def put(item):
    return {"PutRequest": {"Item": typed(item)}}


def delete(key):
    return {"DeleteRequest": {"Key": typed(key)}}


@api("BatchWriteItem")
def items_are_put_and_deleted_at_once(db):
    name, other = db.table(), db.table()
    db.put(name, {"id": "old"})
    requests = {name: [put({"id": "1"}), delete({"id": "old"})], other: [put({"id": "2"})]}
    same(db.batch_write_item(RequestItems=requests)["UnprocessedItems"], {})
    same((db.all(name), db.all(other)), ([{"id": "1"}], [{"id": "2"}]))


@api("BatchWriteItem")
def a_batch_writes_25_items_at_most(db):
    name = db.table()
    db.batch_write_item(RequestItems={name: [put({"id": str(n)}) for n in range(25)]})
    same(len(db.all(name)), 25)
    with refused("ValidationException"):
        db.batch_write_item(RequestItems={name: [put({"id": str(n)}) for n in range(26)]})


@api("BatchWriteItem")
def a_batch_writes_an_item_once(db):
    name = db.table()
    with refused("ValidationException"):
        db.batch_write_item(RequestItems={name: [put({"id": "1"}), delete({"id": "1"})]})


@api("BatchWriteItem")
def a_batch_writes_something(db):
    name = db.table()
    for wrong in ({}, {name: []}):
        with refused("ValidationException"):
            db.batch_write_item(RequestItems=wrong)


@api("BatchWriteItem")
def a_batch_with_a_wrong_item_writes_nothing(db):
    name = db.table()
    with refused("ValidationException"):
        db.batch_write_item(RequestItems={name: [put({"id": "1"}), put({"name": "no key"})]})
    same(db.all(name), [])


@api("BatchWriteItem")
def a_batch_to_an_unknown_table_is_refused(db):
    with refused("ResourceNotFoundException"):
        db.batch_write_item(RequestItems={db.name(): [put({"id": "1"})]})


@api("BatchGetItem")
def items_are_got_at_once(db):
    name = db.table()
    for n in range(3):
        db.put(name, {"id": str(n), "n": n, "more": "x"})
    keys = [typed({"id": it}) for it in ("0", "2", "never")]
    answer = db.batch_get_item(RequestItems={name: {"Keys": keys, "ProjectionExpression": "id, n"}})
    seen = sorted((plain(it) for it in answer["Responses"][name]), key=lambda it: it["id"])
    same((seen, answer["UnprocessedKeys"]), ([{"id": "0", "n": 0}, {"id": "2", "n": 2}], {}))


@api("BatchGetItem")
def a_batch_gets_100_items_at_most(db):
    name = db.table()
    db.batch_get_item(RequestItems={name: {"Keys": [typed({"id": str(n)}) for n in range(100)]}})
    with refused("ValidationException"):
        db.batch_get_item(RequestItems={name: {"Keys": [typed({"id": str(n)}) for n in range(101)]}})


@api("BatchGetItem")
def a_batch_gets_an_item_once(db):
    name = db.table()
    with refused("ValidationException"):
        db.batch_get_item(RequestItems={name: {"Keys": [typed({"id": "1"})] * 2}})


@api("BatchGetItem")
def a_batch_from_an_unknown_table_is_refused(db):
    with refused("ResourceNotFoundException"):
        db.batch_get_item(RequestItems={db.name(): {"Keys": [typed({"id": "1"})]}})
