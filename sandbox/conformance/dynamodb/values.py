"""Values: numbers of 38 digits, sets without doubles, and what is no value."""

from ..desk import refused, same
from .desk import guide

TYPES = "HowItWorks.NamingRulesDataTypes"


def stored(db, table, value):
    db.put_item(TableName=table, Item={"id": {"S": "1"}, "v": value})
    return db.get_item(TableName=table, Key={"id": {"S": "1"}}, ConsistentRead=True)["Item"]["v"]


def refuses(db, *wrong):
    table = db.table()
    for value in wrong:
        with refused("ValidationException"):
            db.put_item(TableName=table, Item={"id": {"S": "1"}, "v": value})


@guide(TYPES)
def a_number_keeps_38_digits(db):
    table = db.table()
    for number in ("12345678901234567890123456789012345678", "-0.00000000000000000001", "9007199254740993"):
        same(stored(db, table, {"N": number}), {"N": number})


@guide(TYPES)
def a_number_loses_its_needless_zeros(db):
    table = db.table()
    for written, kept in (("1.50", "1.5"), ("007", "7"), ("1e2", "100")):
        same(stored(db, table, {"N": written}), {"N": kept})


@guide(TYPES)
def a_number_of_more_than_38_digits_is_refused(db):
    refuses(db, {"N": "1" * 39}, {"N": "0." + "1" * 39})


@guide(TYPES)
def a_number_beyond_its_range_is_refused(db):
    refuses(db, {"N": "1e126"}, {"N": "1e-131"})


@guide(TYPES)
def what_is_no_number_is_refused(db):
    refuses(db, {"N": "ten"}, {"N": ""}, {"N": "NaN"}, {"N": "1 2"})


@guide(TYPES)
def a_set_is_not_empty(db):
    refuses(db, {"SS": []}, {"NS": []}, {"BS": []})


@guide(TYPES)
def a_set_has_nothing_twice(db):
    refuses(db, {"SS": ["a", "a"]}, {"NS": ["1", "1.0"]})


@guide(TYPES)
def a_value_has_one_type(db):
    refuses(db, {"S": "a", "N": "1"}, {})


@guide(TYPES)
def nothing_is_said_with_null_true(db):
    table = db.table()
    same(stored(db, table, {"NULL": True}), {"NULL": True})


@guide(TYPES)
def documents_are_32_levels_deep_at_most(db):
    def nested(depth):
        value = {"S": "x"}
        for _ in range(depth):
            value = {"L": [value]}
        return value

    table = db.table()
    stored(db, table, nested(31))
    refuses(db, nested(33))


@guide(TYPES)
def empty_lists_and_maps_are_values(db):
    table = db.table()
    same(stored(db, table, {"L": []}), {"L": []})
    same(stored(db, table, {"M": {}}), {"M": {}})
