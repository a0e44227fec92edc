"""What the exercises' programs all need, and none is about: clients, the menu, making and deleting, words for trouble.

It comes with each program of /exercise program: keep it in the same folder, and on Lambda upload it with your handler.
Nothing in here is to be learned; the lesson is in the other file.
"""

import argparse
import json
import os
import sys
import time
from datetime import datetime, timezone

try:
    import boto3
    from botocore import exceptions as botocore
    from botocore.config import Config
except ModuleNotFoundError:
    sys.exit(f"boto3, the AWS SDK for Python, is not installed:  {sys.executable} -m pip install boto3")

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL")
# boto3 alone would look for AWS_DEFAULT_REGION only.
REGION = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
# A shard answers five reads and takes 1,000 records a second. Asked too fast it refuses, and boto3 asks again, later.
PATIENT = Config(retries={"mode": "standard", "max_attempts": 8})


class Trouble(Exception):
    """Something to be told in its own words, and not as a traceback."""


# --- Clients --------------------------------------------------------------------------------------------------


def client(service, config=PATIENT):
    """Such as client("kinesis"): for your sandbox, or for AWS where AWS_ENDPOINT_URL is not set."""
    return made(boto3.client, service, config)


def resource(service):
    """The same in boto3's handier form: resource("dynamodb").Table("stock")."""
    return made(boto3.resource, service, PATIENT)


def made(make, service, config):
    try:
        return make(service, region_name=REGION, endpoint_url=ENDPOINT, config=config)
    except botocore.InvalidRegionError:
        sys.exit(f"AWS_REGION is {REGION!r}, and that is no region. Your sandbox has us-east-1.")
    except ValueError:
        sys.exit(f"AWS_ENDPOINT_URL is {ENDPOINT!r}, and that is no address. /sandbox credentials shows yours.")


# --- Streams, tables and queues --------------------------------------------------------------------------------


def make_stream(name, shards=1):
    """Creates a stream and waits until it is ACTIVE (on AWS about half a minute): before that, a put is refused."""
    kinesis = client("kinesis")
    try:
        kinesis.create_stream(StreamName=name, ShardCount=shards)
    except kinesis.exceptions.ResourceInUseException:
        found = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        if found["StreamStatus"] == "DELETING":
            print(f"The old {name} is still being deleted; waiting.")
            kinesis.get_waiter("stream_not_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            kinesis.create_stream(StreamName=name, ShardCount=shards)
        else:
            print(f"{name} exists already, with {found['OpenShardCount']} open shard(s); going on with it.")
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    print(f"{name} is ACTIVE.")


def delete_stream(name):
    kinesis = client("kinesis")
    try:
        kinesis.delete_stream(StreamName=name)
        print(f"The stream {name} and all its records are being deleted.")
    except kinesis.exceptions.ResourceNotFoundException:
        print(f"There is no stream {name}.")


def events(stream, *fields):
    """Every record of a stream from its oldest on, shard by shard, as (what its JSON says, the record). One that is no
    JSON or lacks one of the fields is passed over, and that is said: /stream put lets anything in."""
    kinesis = client("kinesis")
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        place = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while place:
            got = kinesis.get_records(ShardIterator=place, Limit=1000)
            for record in got["Records"]:
                event = as_event(record["Data"])
                if event is not None and set(fields) <= event.keys():
                    yield event, record
                else:
                    print(f"  (passed over: {record['Data'].decode(errors='replace')[:80]!r})")
            if got["MillisBehindLatest"] == 0:
                break
            place = got.get("NextShardIterator")
            time.sleep(0.2)  # a shard answers five reads a second


def as_event(data):
    """What JSON data says; None where it is something else, such as the hello of another exercise."""
    try:
        event = json.loads(data)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def moment(text):
    """2026-11-23T09:00:12Z as a datetime in UTC."""
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Trouble(f"{text!r} is no time. Write it as 2026-11-23T09:00:12Z") from None
    return at.astimezone(timezone.utc) if at.tzinfo else at.replace(tzinfo=timezone.utc)


def make_table(name, *keys, **more):
    """Creates a table with a partition key, and a sort key where two are named, and waits until it is ACTIVE."""
    dynamodb = client("dynamodb")

    def create():
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
            **more,
        )

    try:
        create()
    except dynamodb.exceptions.ResourceInUseException:
        if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "DELETING":
            dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
            create()
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def delete_table(name):
    dynamodb = client("dynamodb")
    try:
        dynamodb.delete_table(TableName=name)
        print(f"The table {name} is being deleted.")
    except dynamodb.exceptions.ResourceNotFoundException:
        print(f"There is no table {name}.")


def delete_queue(name):
    sqs = client("sqs")
    try:
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
        print(f"The queue {name} is deleted. (On AWS its name is free again after 60 seconds.)")
    except sqs.exceptions.QueueDoesNotExist:
        print(f"There is no queue {name}.")


# --- From the command line ------------------------------------------------------------------------------------


def start(about, exercise, experiments, clean):
    """A program's command line: `exercise` and `experiments` are lists of (title, function) for the menu."""
    choices = exercise + experiments
    parser = argparse.ArgumentParser(description=about.splitlines()[0], epilog="Without any of these: a menu.")
    parser.add_argument("--all", action="store_true", help="do the whole exercise, without asking")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", choices=range(1, len(choices) + 1),
                        help=f"do these entries of the menu (1 to {len(choices)}), without asking")
    parser.add_argument("--clean", action="store_true", help="delete what this program made")
    parser.add_argument("--aws", action="store_true", help="run on AWS itself, where it may cost money")
    chosen = parser.parse_args()
    # A terminal that lacks a sign such as … shall show another, and not end the program.
    sys.stdout.reconfigure(errors="replace")

    def main():
        whose_sandbox(chosen.aws)
        if chosen.all or chosen.only:
            for title, step in [choices[number - 1] for number in chosen.only or range(1, len(exercise) + 1)]:
                print(f"\n== {title}", flush=True)
                step()
        elif chosen.clean:
            clean()
        else:
            menu([*choices, ("Delete what this program made", clean)])

    in_plain_words(main)


def menu(choices):
    while True:
        print()
        for number, (title, _) in enumerate(choices, 1):
            print(f"{number:3}  {title}")
        chosen = input("Which one (Enter to leave)? ").strip()
        if not chosen:
            return
        if not chosen.isdecimal() or not 1 <= int(chosen) <= len(choices):
            print(f"{chosen} is none of them: type a number from 1 to {len(choices)}.")
            continue
        try:
            choices[int(chosen) - 1][1]()
        except KeyboardInterrupt:
            print("\nStopped.")
        except (botocore.BotoCoreError, botocore.ClientError, Trouble) as error:
            print(in_words(error))


def in_plain_words(main):
    """Calls `main`. What AWS or the network refuses on the way is told in words and ends the program; a mistake in
    your own changes is still a traceback, with its line."""
    try:
        main()
    except (botocore.BotoCoreError, botocore.ClientError, Trouble) as error:
        sys.exit(in_words(error))
    except (KeyboardInterrupt, EOFError):
        print()


def whose_sandbox(on_aws):
    """Asks one small thing before anything is made: a wrong address or key is said now, and not after a minute."""
    if on_aws:
        return
    if not ENDPOINT:
        raise Trouble(
            "AWS_ENDPOINT_URL is not set, so this would run on AWS itself, in whatever account your keys belong to.\n"
            "/sandbox credentials shows what to set for your sandbox. If you do mean AWS, say so: --aws"
        )
    answer = client("kinesis", Config(connect_timeout=5, retries={"total_max_attempts": 1})).list_streams(Limit=1)
    if "StreamNames" not in answer:
        raise Trouble(f"What answers at {ENDPOINT} is no sandbox. /sandbox credentials shows the address of yours.")


# --- Words for trouble ----------------------------------------------------------------------------------------

KEYS = {
    "InvalidClientTokenId", "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException", "IncompleteSignatureException", "AccessDeniedException",
}
NOT_THERE = {"ResourceNotFoundException", "NotFound", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
TOO_FAST = {"ProvisionedThroughputExceededException", "ThrottlingException", "Throttling", "RequestThrottled"}


def in_words(error):
    if isinstance(error, Trouble):
        return str(error)
    if isinstance(error, botocore.ClientError):
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        if code in KEYS:
            return f"The keys are refused: {message}\n/sandbox credentials shows those that count now. Set all four values again."
        if code in NOT_THERE:
            return f"It is not there: {message}\nThe first entry of the menu makes what the others use."
        if code in TOO_FAST:
            return f"Too fast: {message}\nWait a second and try again; that is what a producer does too."
        if code in ("QueueAlreadyExists", "QueueNameExists", "InvalidParameter") and "xist" in message:
            return f"It is there already, made differently: {message}\nDelete it (--clean), and begin anew."
        if code == "LimitExceededException":
            return f"No room: {message}\nDelete what an exercise left that you are done with (its program with --clean)."
        return f"{error.operation_name} was refused ({code}): {message}"
    if isinstance(error, (botocore.NoCredentialsError, botocore.PartialCredentialsError)):
        return "No keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as /sandbox credentials shows them."
    if isinstance(error, (botocore.ConnectionError, botocore.HTTPClientError)):
        return (
            f"Nothing answers at {ENDPOINT or 'AWS'}. Is the bot running, and is that the address that\n"
            "/sandbox credentials shows now?"
        )
    return f"That did not work: {error}"
