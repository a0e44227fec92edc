"""Scans: a whole table, page by page or side by side."""

from ..desk import refused, same
from .desk import api, guide, plain, values


def filled(db, count=20):
    name = db.table()
    for n in range(count):
        db.put(name, {"id": str(n), "n": n})
    return name


def ids(answer):
    return {plain(item)["id"] for item in answer["Items"]}


@api("Scan")
def a_scan_returns_every_item(db):
    answer = db.scan(TableName=filled(db))
    same((ids(answer), answer["Count"]), ({str(n) for n in range(20)}, 20))


@api("Scan")
def a_scan_goes_page_by_page(db):
    table, seen, more = filled(db), [], {}
    while True:
        page = db.scan(TableName=table, Limit=7, **more)
        assert len(page["Items"]) <= 7, page
        seen += [plain(item)["id"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    same(sorted(seen), sorted(str(n) for n in range(20)))


@api("Scan")
def a_filter_looks_at_what_was_scanned(db):
    answer = db.scan(TableName=filled(db), FilterExpression="n >= :n", ExpressionAttributeValues=values(n=15))
    same((ids(answer), answer["Count"], answer["ScannedCount"]), ({"15", "16", "17", "18", "19"}, 5, 20))


@api("Scan")
def a_filter_of_a_scan_may_ask_of_the_key(db):
    answer = db.scan(TableName=filled(db), FilterExpression="id = :id", ExpressionAttributeValues=values(id="7"))
    same(ids(answer), {"7"})


@guide("Scan")
def segments_together_are_the_whole_table(db):
    table = filled(db)
    parts = [ids(db.scan(TableName=table, Segment=n, TotalSegments=4)) for n in range(4)]
    same(sum(map(len, parts)), 20)
    same(set().union(*parts), {str(n) for n in range(20)})


@api("Scan")
def a_segment_is_one_of_them_all(db):
    table = filled(db, 1)
    for wrong in ({"Segment": 4, "TotalSegments": 4}, {"Segment": 0}, {"TotalSegments": 2}):
        with refused("ValidationException"):
            db.scan(TableName=table, **wrong)


@api("Scan")
def a_scan_may_only_count(db):
    answer = db.scan(TableName=filled(db), Select="COUNT")
    same(answer["Count"], 20)
    assert "Items" not in answer, answer


@api("Scan")
def a_scan_returns_only_the_attributes_asked_for(db):
    answer = db.scan(TableName=filled(db, 1), ProjectionExpression="n")
    same([plain(item) for item in answer["Items"]], [{"n": 0}])


@api("Scan")
def an_unknown_table_cannot_be_scanned(db):
    with refused("ResourceNotFoundException"):
        db.scan(TableName=db.name())
