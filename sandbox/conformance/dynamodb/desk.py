"""A desk for DynamoDB: active tables with fresh names; items as plain Python values."""

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from ..behaviour import Service
from ..desk import Desk, eventually

WRITER, READER = TypeSerializer(), TypeDeserializer()


def typed(item):
    """An item as the API writes it."""
    return {name: WRITER.serialize(value) for name, value in item.items()}


def plain(item):
    """An item as Python has it; numbers are decimals."""
    return {name: unwrapped(READER.deserialize(value)) for name, value in item.items()}


def unwrapped(value):
    return value.value if isinstance(value, Binary) else value


def values(**named):
    """Values for an expression: `a=1` becomes `:a`."""
    return {f":{name}": WRITER.serialize(value) for name, value in named.items()}


class DynamoDb(Desk):
    service = "dynamodb"

    def table(self, sort=None, key="S", name=None, **more):
        """A new table's name, once it is active. Its partition key is `id`; its sort key, if of a type, is `place`."""
        name = name or self.name()
        definitions = [{"AttributeName": "id", "AttributeType": key}]
        schema = [{"AttributeName": "id", "KeyType": "HASH"}]
        if sort:
            definitions.append({"AttributeName": "place", "AttributeType": sort})
            schema.append({"AttributeName": "place", "KeyType": "RANGE"})
        definitions += more.pop("definitions", [])
        if "ProvisionedThroughput" not in more:
            more.setdefault("BillingMode", "PAY_PER_REQUEST")
        self.create_table(TableName=name, AttributeDefinitions=definitions, KeySchema=schema, **more)
        self.later(self.delete_table, TableName=name)
        self.active(name)
        return name

    def described(self, table):
        return self.describe_table(TableName=table)["Table"]

    def active(self, table):
        def settled():
            seen = self.described(table)
            indexes = seen.get("GlobalSecondaryIndexes", [])
            return seen["TableStatus"] == "ACTIVE" and all(it["IndexStatus"] == "ACTIVE" for it in indexes)

        eventually(settled)

    def gone(self, table):
        try:
            self.described(table)
        except ClientError as error:
            return error.response["Error"]["Code"] == "ResourceNotFoundException"
        return False

    def arn(self, table):
        return self.described(table)["TableArn"]

    def put(self, table, item, **more):
        return self.put_item(TableName=table, Item=typed(item), **more)

    def get(self, table, key, **more):
        """The item, or None."""
        item = self.get_item(TableName=table, Key=typed(key), ConsistentRead=True, **more).get("Item")
        return item and plain(item)

    def update(self, table, key, expression, **more):
        return self.update_item(TableName=table, Key=typed(key), UpdateExpression=expression, **more)

    def remove(self, table, key, **more):
        return self.delete_item(TableName=table, Key=typed(key), **more)

    def all(self, table):
        return [plain(item) for item in self.scan(TableName=table, ConsistentRead=True)["Items"]]


SERVICE = Service(
    "dynamodb",
    DynamoDb,
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_{}.html",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/{}.html",
)
api, guide, signing = SERVICE.api, SERVICE.guide, SERVICE.signing
