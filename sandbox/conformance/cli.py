"""The AWS CLI, one round per service: what a member types into a terminal, with nothing but their credentials.

`--cli` does this after the behaviours; the CLI must be installed beside boto3.
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .desk import eventually, same
from .endpoint import REGION


class Terminal:
    """A terminal with the credentials in its environment, as `/sandbox credentials` tells."""

    def __init__(self, account, folder):
        self.program, self.url = Path(sys.executable).parent / "aws", account.url
        # A folder of its own as home: no one's settings are read.
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "AWS_ACCESS_KEY_ID": account.key.id,
            "AWS_SECRET_ACCESS_KEY": account.key.secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __call__(self, line, **values):
        """What a command answers; `{name}` in the line stands for a value, whatever is in it."""
        # Said here, not in the environment: version 1 of the AWS CLI does not look there for SQS.
        words = ["--endpoint-url", self.url, *(word.format(**values) for word in line.split())]
        done = subprocess.run(
            [self.program, *words], env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"aws {line}: {done.stderr.strip()[-300:]}"
        return json.loads(done.stdout) if done.stdout.strip() else {}


def sqs(aws):
    url = aws("sqs create-queue --queue-name cli-orders --attributes VisibilityTimeout=5")["QueueUrl"]
    sent = aws("sqs send-message --queue-url {url} --message-body {body}", url=url, body="two words")
    seen = aws("sqs receive-message --queue-url {url} --wait-time-seconds 5", url=url)["Messages"][0]
    same((seen["Body"], seen["MessageId"]), ("two words", sent["MessageId"]))
    aws("sqs delete-message --queue-url {url} --receipt-handle {it}", url=url, it=seen["ReceiptHandle"])
    aws("sqs delete-queue --queue-url {url}", url=url)


def sns(aws):
    topic = aws("sns create-topic --name cli-news")["TopicArn"]
    url = aws("sqs create-queue --queue-name cli-readers")["QueueUrl"]
    arn = aws("sqs get-queue-attributes --queue-url {url} --attribute-names QueueArn", url=url)["Attributes"]["QueueArn"]
    subscribe = "sns subscribe --topic-arn {topic} --protocol sqs --notification-endpoint {arn} --attributes {raw}"
    aws(subscribe, topic=topic, arn=arn, raw="RawMessageDelivery=true")
    aws("sns publish --topic-arn {topic} --message {text}", topic=topic, text="good news")
    seen = aws("sqs receive-message --queue-url {url} --wait-time-seconds 5", url=url)["Messages"]
    same([it["Body"] for it in seen], ["good news"])
    aws("sns delete-topic --topic-arn {topic}", topic=topic)
    aws("sqs delete-queue --queue-url {url}", url=url)


def kinesis(aws):
    aws("kinesis create-stream --stream-name cli-clicks --shard-count 1")
    aws("kinesis wait stream-exists --stream-name cli-clicks")
    put = "kinesis put-record --stream-name cli-clicks --partition-key ana --data {data}"
    shard = aws(put, data="aGVsbG8=")["ShardId"]
    ask = "kinesis get-shard-iterator --stream-name cli-clicks --shard-id {shard} --shard-iterator-type TRIM_HORIZON"
    iterator = aws(ask, shard=shard)["ShardIterator"]

    def records():
        return aws("kinesis get-records --shard-iterator {it}", it=iterator)["Records"]

    same([it["PartitionKey"] for it in eventually(records, within=20)], ["ana"])
    aws("kinesis delete-stream --stream-name cli-clicks")


def dynamodb(aws):
    create = (
        "dynamodb create-table --table-name cli-people --billing-mode PAY_PER_REQUEST"
        " --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"
        " --stream-specification StreamEnabled=true,StreamViewType=NEW_IMAGE"
    )
    stream = aws(create)["TableDescription"]["LatestStreamArn"]
    aws("dynamodb wait table-exists --table-name cli-people")
    item = json.dumps({"id": {"S": "ana"}, "age": {"N": "30"}})
    aws("dynamodb put-item --table-name cli-people --item {item}", item=item)
    same(aws("dynamodb scan --table-name cli-people")["Items"], [json.loads(item)])
    shard = aws("dynamodbstreams describe-stream --stream-arn {it}", it=stream)["StreamDescription"]["Shards"][0]
    ask = "dynamodbstreams get-shard-iterator --stream-arn {it} --shard-id {shard} --shard-iterator-type TRIM_HORIZON"
    iterator = aws(ask, it=stream, shard=shard["ShardId"])["ShardIterator"]
    seen = eventually(lambda: aws("dynamodbstreams get-records --shard-iterator {it}", it=iterator)["Records"])
    same([it["dynamodb"]["NewImage"] for it in seen], [json.loads(item)])
    aws("dynamodb delete-table --table-name cli-people")


ROUNDS = {"sqs": sqs, "sns": sns, "kinesis": kinesis, "dynamodb": dynamodb}


def run(account, services):
    """Whether the round of every service that has one went well; says how each went."""

    def went(name):
        with tempfile.TemporaryDirectory() as folder:
            try:
                ROUNDS[name](Terminal(account, folder))
            except Exception as error:
                return str(error) or repr(error)
        return "fine"

    names = [name for name in services if name in ROUNDS]
    with ThreadPoolExecutor() as pool:
        results = dict(zip(names, pool.map(went, names)))
    for name, result in results.items():
        print(f"  the AWS CLI, {name}: {result}")
    return all(result == "fine" for result in results.values())
