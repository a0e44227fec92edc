"""Tables: created, described, listed, changed, tagged, deleted."""

import time

from ..desk import eventually, refused, same
from .desk import api, guide, signing

ID = {"AttributeName": "id", "AttributeType": "S"}
HASH = {"AttributeName": "id", "KeyType": "HASH"}


def create(db, definitions, schema, **more):
    more.setdefault("BillingMode", "PAY_PER_REQUEST")
    name = db.name()
    db.later(db.delete_table, TableName=name)
    return db.create_table(TableName=name, AttributeDefinitions=definitions, KeySchema=schema, **more)


@api("CreateTable")
def a_table_becomes_active(db):
    name = db.name()
    made = db.create_table(
        TableName=name, AttributeDefinitions=[ID], KeySchema=[HASH], BillingMode="PAY_PER_REQUEST"
    )["TableDescription"]
    db.later(db.delete_table, TableName=name)
    assert made["TableStatus"] in ("CREATING", "ACTIVE"), made
    db.active(name)


@api("DescribeTable")
def a_table_is_described(db):
    name = db.table(sort="N")
    seen = db.described(name)
    same((seen["TableName"], seen["ItemCount"], seen["TableSizeBytes"]), (name, 0, 0))
    same(seen["KeySchema"], [HASH, {"AttributeName": "place", "KeyType": "RANGE"}])
    types = {it["AttributeName"]: it["AttributeType"] for it in seen["AttributeDefinitions"]}
    same(types, {"id": "S", "place": "N"})
    assert abs(seen["CreationDateTime"].timestamp() - time.time()) < 60, seen
    same(len(seen["TableId"]), 36)


@api("DescribeTable")
def the_arn_of_a_table_names_region_account_and_table(db):
    name = db.table()
    parts = db.arn(name).split(":")
    same(parts[:4] + parts[5:], ["arn", "aws", "dynamodb", "us-east-1", f"table/{name}"])
    assert len(parts[4]) == 12 and parts[4].isdigit(), parts


@api("DescribeTable")
def a_table_on_demand_says_so(db):
    seen = db.described(db.table())
    same(seen["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
    units = seen["ProvisionedThroughput"]
    same((units["ReadCapacityUnits"], units["WriteCapacityUnits"]), (0, 0))


@api("CreateTable")
def a_provisioned_table_says_its_throughput(db):
    name = db.table(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 3})
    seen = db.described(name)["ProvisionedThroughput"]
    same((seen["ReadCapacityUnits"], seen["WriteCapacityUnits"]), (5, 3))


@api("CreateTable")
def a_provisioned_table_needs_a_throughput(db):
    with refused("ValidationException"):
        create(db, [ID], [HASH], BillingMode="PROVISIONED")


@api("CreateTable")
def a_table_on_demand_has_no_throughput(db):
    with refused("ValidationException"):
        create(db, [ID], [HASH], ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 3})


@api("CreateTable")
def a_name_is_taken_once(db):
    name = db.table()
    with refused("ResourceInUseException"):
        db.table(name=name)


@api("CreateTable")
def a_name_has_3_to_255_letters_digits_dots_hyphens_and_underscores(db):
    db.table(name=db.name("_A.9").ljust(255, "x"))
    for wrong in ("ab", "x" * 256, "two words", "a/bc", ""):
        with refused("ValidationException"):
            db.create_table(
                TableName=wrong, AttributeDefinitions=[ID], KeySchema=[HASH], BillingMode="PAY_PER_REQUEST"
            )


@api("CreateTable")
def an_attribute_of_the_key_must_be_defined(db):
    with refused("ValidationException"):
        create(db, [ID], [{"AttributeName": "other", "KeyType": "HASH"}])


@api("CreateTable")
def an_attribute_that_is_in_no_key_is_not_defined(db):
    with refused("ValidationException"):
        create(db, [ID, {"AttributeName": "other", "AttributeType": "S"}], [HASH])


@api("CreateTable")
def a_key_is_a_string_a_number_or_binary(db):
    with refused("ValidationException"):
        create(db, [{"AttributeName": "id", "AttributeType": "BOOL"}], [HASH])


@api("CreateTable")
def a_key_has_its_partition_first(db):
    at = {"AttributeName": "place", "AttributeType": "S"}
    with refused("ValidationException"):
        create(db, [ID], [{"AttributeName": "id", "KeyType": "RANGE"}])
    with refused("ValidationException"):
        create(db, [ID, at], [HASH, {"AttributeName": "place", "KeyType": "HASH"}])


@api("DescribeTable")
def an_unknown_table_is_not_described(db):
    with refused("ResourceNotFoundException"):
        db.described(db.name())


@api("DescribeTable")
def a_table_of_another_region_is_unknown(db):
    name = db.table()
    with refused("ResourceNotFoundException"):
        db.elsewhere("eu-west-1").describe_table(TableName=name)


@api("DescribeTable")
def a_table_is_described_by_its_arn(db):
    name = db.table()
    same(db.describe_table(TableName=db.arn(name))["Table"]["TableName"], name)


def listed(db, **more):
    """All names, page by page."""
    names, start = [], {}
    while True:
        page = db.list_tables(**start, **more)
        names += page["TableNames"]
        if "LastEvaluatedTableName" not in page:
            return names
        start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}


@api("ListTables")
def tables_are_listed(db):
    mine = {db.table(), db.table()}
    assert mine <= set(listed(db))


@api("ListTables")
def tables_are_listed_page_by_page(db):
    mine = {db.table(), db.table()}
    page = db.list_tables(Limit=1)
    same((len(page["TableNames"]), page["LastEvaluatedTableName"]), (1, page["TableNames"][0]))
    assert mine <= set(listed(db, Limit=2))


@api("ListTables")
def a_page_has_1_to_100_tables(db):
    for wrong in (0, 101):
        with refused("ValidationException"):
            db.list_tables(Limit=wrong)


@api("DeleteTable")
def a_deleted_table_is_gone_with_its_items(db):
    name = db.table()
    db.put(name, {"id": "1"})
    same(db.delete_table(TableName=name)["TableDescription"]["TableName"], name)
    eventually(lambda: db.gone(name))
    db.table(name=name)
    same(db.all(name), [])


@api("DeleteTable")
def an_unknown_table_cannot_be_deleted(db):
    with refused("ResourceNotFoundException"):
        db.delete_table(TableName=db.name())


@api("UpdateTable")
def a_protected_table_cannot_be_deleted(db):
    name = db.table(DeletionProtectionEnabled=True)
    with refused("ValidationException"):
        db.delete_table(TableName=name)
    db.update_table(TableName=name, DeletionProtectionEnabled=False)
    same(db.described(name)["DeletionProtectionEnabled"], False)


@api("UpdateTable")
def a_table_changes_its_throughput(db):
    name = db.table(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 3})
    db.update_table(TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3})
    db.active(name)
    same(db.described(name)["ProvisionedThroughput"]["ReadCapacityUnits"], 7)


@api("UpdateTable")
def a_change_of_throughput_changes_something(db):
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 3}
    name = db.table(ProvisionedThroughput=units)
    with refused("ValidationException"):
        db.update_table(TableName=name, ProvisionedThroughput=units)


@api("UpdateTable")
def a_table_changes_to_on_demand(db):
    name = db.table(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 3})
    db.update_table(TableName=name, BillingMode="PAY_PER_REQUEST")
    db.active(name)
    same(db.described(name)["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")


@api("UpdateTable")
def an_unknown_table_cannot_be_changed(db):
    with refused("ResourceNotFoundException"):
        db.update_table(TableName=db.name(), BillingMode="PAY_PER_REQUEST")


@api("TagResource")
def a_table_is_tagged_and_the_tags_are_listed(db):
    name = db.table(Tags=[{"Key": "team", "Value": "blue"}])
    arn = db.arn(name)
    db.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "red"}, {"Key": "stage", "Value": "test"}])
    db.untag_resource(ResourceArn=arn, TagKeys=["stage"])
    same(db.list_tags_of_resource(ResourceArn=arn)["Tags"], [{"Key": "team", "Value": "red"}])


@api("UpdateTimeToLive")
def a_table_has_a_time_to_live_once_it_is_switched_on(db):
    name = db.table()
    same(db.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"], "DISABLED")
    wanted = {"Enabled": True, "AttributeName": "until"}
    answer = db.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    same(answer["TimeToLiveSpecification"], wanted)
    seen = db.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert seen["TimeToLiveStatus"] in ("ENABLING", "ENABLED"), seen
    same(seen["AttributeName"], "until")


@api("UpdateTimeToLive")
def a_time_to_live_is_switched_on_once(db):
    name = db.table()
    wanted = {"Enabled": True, "AttributeName": "until"}
    db.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
    with refused("ValidationException"):
        db.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)


@guide("TTL")
def an_item_whose_time_is_not_over_stays(db):
    name = db.table()
    db.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    db.put(name, {"id": "1", "until": int(time.time()) + 3_600})
    db.put(name, {"id": "2", "until": "never"})
    same(len(db.all(name)), 2)


@signing
def an_unknown_access_key_is_refused(db):
    with refused("UnrecognizedClientException"):
        db.as_stranger().list_tables()


@signing
def a_wrong_secret_is_refused(db):
    with refused("InvalidSignatureException"):
        db.as_forger().list_tables()
