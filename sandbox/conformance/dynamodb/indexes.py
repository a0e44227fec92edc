"""Indexes: global and local, what they hold and how they are asked."""

from ..desk import refused, same
from .desk import api, guide, plain, values

GLOBAL, LOCAL = "GSI", "LSI"
TEAM = {"AttributeName": "team", "AttributeType": "S"}


def index(name="by-team", hash="team", range=None, projection="ALL", **more):
    schema = [{"AttributeName": hash, "KeyType": "HASH"}]
    if range:
        schema.append({"AttributeName": range, "KeyType": "RANGE"})
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": projection, **more}}


def teams(db, **more):
    """A table of people, with an index by their team."""
    table = db.table(definitions=[TEAM], GlobalSecondaryIndexes=[index(**more)])
    for n, team in enumerate(("blue", "red", "blue")):
        db.put(table, {"id": str(n), "team": team, "age": 30 + n})
    return table


def blue(db, table, **more):
    return db.query(
        TableName=table, IndexName="by-team", KeyConditionExpression="team = :t",
        ExpressionAttributeValues=values(t="blue"), **more,
    )


@guide(GLOBAL)
def a_global_index_is_asked_by_its_own_key(db):
    seen = [plain(item) for item in blue(db, teams(db))["Items"]]
    same(sorted(it["id"] for it in seen), ["0", "2"])
    same({it["age"] for it in seen}, {30, 32})


@guide(GLOBAL)
def an_index_holds_what_it_projects(db):
    keys = blue(db, teams(db, projection="KEYS_ONLY"))["Items"]
    same({frozenset(item) for item in keys}, {frozenset({"id", "team"})})
    some = blue(db, teams(db, projection="INCLUDE", NonKeyAttributes=["age"]))["Items"]
    same({frozenset(item) for item in some}, {frozenset({"id", "team", "age"})})


@guide(GLOBAL)
def an_item_without_the_key_of_an_index_is_not_in_it(db):
    table = teams(db)
    db.put(table, {"id": "9"})
    same(db.scan(TableName=table, IndexName="by-team")["Count"], 3)


@guide(GLOBAL)
def an_index_follows_its_table(db):
    table = teams(db)
    db.update(table, {"id": "0"}, "SET team = :t", ExpressionAttributeValues=values(t="red"))
    db.remove(table, {"id": "2"})
    same(blue(db, table)["Count"], 0)


@guide(GLOBAL)
def a_global_index_is_not_read_consistently(db):
    table = teams(db)
    with refused("ValidationException"):
        blue(db, table, ConsistentRead=True)


@guide(GLOBAL)
def the_key_of_an_index_has_its_type(db):
    table = teams(db)
    with refused("ValidationException"):
        db.put(table, {"id": "1", "team": 5})


@api("Query")
def an_unknown_index_is_refused(db):
    table = db.table()
    with refused("ValidationException"):
        blue(db, table)


@guide(GLOBAL)
def a_page_of_an_index_names_both_keys(db):
    page = blue(db, teams(db), Limit=1)
    same(set(page["LastEvaluatedKey"]), {"id", "team"})


@api("DescribeTable")
def indexes_are_described(db):
    seen = db.described(teams(db))["GlobalSecondaryIndexes"][0]
    same((seen["IndexName"], seen["IndexStatus"]), ("by-team", "ACTIVE"))
    same(seen["Projection"], {"ProjectionType": "ALL"})
    assert seen["IndexArn"].endswith("/index/by-team"), seen


@api("UpdateTable")
def a_global_index_is_added_and_filled(db):
    table = db.table()
    db.put(table, {"id": "1", "team": "blue"})
    db.update_table(
        TableName=table, AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, TEAM],
        GlobalSecondaryIndexUpdates=[{"Create": index()}],
    )
    db.active(table)
    same(blue(db, table)["Count"], 1)


@api("UpdateTable")
def a_global_index_is_removed(db):
    table = teams(db)
    db.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-team"}}])
    db.active(table)
    with refused("ValidationException"):
        blue(db, table)


def aged(db):
    """A table with a sort key, and a local index by age."""
    local = index("by-age", "id", "age")
    age = {"AttributeName": "age", "AttributeType": "N"}
    table = db.table(sort="N", definitions=[age], LocalSecondaryIndexes=[local])
    for at, years in ((1, 40), (2, 30), (3, 35)):
        db.put(table, {"id": "1", "place": at, "age": years})
    return table


@guide(LOCAL)
def a_local_index_orders_a_partition_otherwise(db):
    answer = db.query(
        TableName=aged(db), IndexName="by-age", KeyConditionExpression="id = :id AND age > :a",
        ExpressionAttributeValues=values(id="1", a=30), ConsistentRead=True,
    )
    same([plain(item)["place"] for item in answer["Items"]], [3, 1])


@guide(LOCAL)
def a_local_index_needs_a_table_with_a_sort_key(db):
    with refused("ValidationException"):
        db.table(definitions=[TEAM], LocalSecondaryIndexes=[index("by-team", "id", "team")])


@guide(LOCAL)
def a_local_index_has_the_partition_key_of_its_table(db):
    with refused("ValidationException"):
        db.table(sort="N", definitions=[TEAM], LocalSecondaryIndexes=[index("by-team", "team", "place")])


@guide("Constraints")
def a_table_has_five_local_indexes_at_most(db):
    more = [{"AttributeName": f"a{n}", "AttributeType": "S"} for n in range(6)]
    local = [index(f"by-{n}", "id", f"a{n}") for n in range(6)]
    with refused("ValidationException"):
        db.table(sort="N", definitions=more, LocalSecondaryIndexes=local)


@api("CreateTable")
def the_name_of_an_index_is_taken_once(db):
    with refused("ValidationException"):
        db.table(definitions=[TEAM], GlobalSecondaryIndexes=[index(), index()])
