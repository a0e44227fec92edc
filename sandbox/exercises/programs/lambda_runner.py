#!/usr/bin/env python3
"""What Lambda does around a function, small enough to read: batches, checkpoints, retries, crashes, redelivery.

You write `handler(event, context)`, the way it will run on Lambda. This runner stands where Lambda's event source
mapping stands: it reads the stream shard by shard, hands your handler one batch after the other, writes down how far
it came once the handler returned, and tries again when it failed. On AWS you leave this file behind and upload the
other one unchanged, with workbench.py in the same zip.

It can also do to you what production does: die after N records, between the work and the checkpoint, or hand every
batch over twice. Both are what "at least once" means.

    from lambda_runner import Runner
    Runner(handler, "readings").run()

    python lambda_runner.py m12_filter_map_aggregate.py:aggregate --stream readings
    python lambda_runner.py m12_filter_map_aggregate.py:aggregate --stream readings --crash-after 3
    python lambda_runner.py m12_filter_map_aggregate.py:aggregate --stream readings --redeliver
    python lambda_runner.py m04_webhook_receiver.py:handler --http 8000

Needs boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
"""

import argparse
import base64
import http.server
import importlib.util
import inspect
import json
import pathlib
import sys
import time
import types
import uuid

from workbench import REGION, Trouble, client, in_plain_words, whose_sandbox  # workbench.py: keep it beside this file


class Crash(Trouble):
    """The process is gone: the work since the last checkpoint was done, and nobody wrote that down."""


class GaveUp(Trouble):
    """A batch that failed as often as it may. Nothing behind it in its shard is read until somebody sees to it."""


# --- What a handler gets --------------------------------------------------------------------------------------


def kinesis_event(records, shard, stream_arn):
    """The event of a Kinesis trigger. Mind that `data` is base64, and that a batch is of one shard only."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": record["PartitionKey"],
                    "sequenceNumber": record["SequenceNumber"],
                    "data": base64.b64encode(record["Data"]).decode(),
                    "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"{shard}:{record['SequenceNumber']}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::000000000000:role/lambda_runner",
                "awsRegion": REGION,
                "eventSourceARN": stream_arn,
            }
            for record in records
        ]
    }


def http_event(method, path, headers, body):
    """The event of an API Gateway HTTP API (payload format 2.0): header names in lower case, the body as text."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path.split("?")[0],
        "rawQueryString": path.partition("?")[2],
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"requestId": str(uuid.uuid4()), "http": {"method": method, "path": path.split("?")[0]}},
        "body": body,
        "isBase64Encoded": False,
    }


def context(name, seconds=30):
    """The part of Lambda's context that handlers use."""
    ends = time.monotonic() + seconds
    return types.SimpleNamespace(
        function_name=name,
        function_version="$LATEST",
        aws_request_id=str(uuid.uuid4()),
        memory_limit_in_mb=128,
        get_remaining_time_in_millis=lambda: max(0, int((ends - time.monotonic()) * 1000)),
    )


# --- The Kinesis trigger --------------------------------------------------------------------------------------


class Runner:
    """Feeds a stream to a handler.

    handler        handler(event, context); a return of {"batchItemFailures": [{"itemIdentifier": number}]} says "from
                   this one on, again" (on Lambda: with ReportBatchItemFailures)
    batch_size     how many records one call gets at most
    retries        how often a batch that failed is tried again, before the runner gives up. (Lambda's own default is
                   to go on until the records expire: a single poisonous record then blocks its shard for a day)
    crash_after    die once so many records were handled, before the checkpoint
    redeliver      hand every batch over twice
    remember       a folder for the checkpoints; None keeps them in memory, so each run begins at the oldest record
    """

    def __init__(self, handler, stream, batch_size=100, retries=3, crash_after=None, redeliver=False, remember=None):
        self.handler, self.stream = handler, stream
        self.batch_size, self.retries = batch_size, retries
        self.crash_after, self.redeliver = crash_after, redeliver
        self.handled = 0
        self.kinesis = client("kinesis")
        summary = self.kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
        self.arn = summary["StreamARN"]
        # A stream that was deleted and made again has other numbers: its checkpoints are not this one's.
        born = int(summary["StreamCreationTimestamp"].timestamp())
        name = f"{getattr(handler, '__name__', 'handler')}-{stream}-{born}.checkpoint"
        self.file = pathlib.Path(remember) / name if remember is not None else None
        self.checkpoints = json.loads(self.file.read_text()) if self.file and self.file.exists() else {}

    def run(self, follow=False):
        """Everything there is, and with `follow` everything that comes. Returns how many records were handled."""
        while True:
            for shard in self.shards():
                self.run_shard(shard)
            if not follow:
                return self.handled
            time.sleep(1)

    def shards(self):
        """Parents before their children: that is what keeps a key's order through splits and merges."""
        page = self.kinesis.list_shards(StreamName=self.stream)
        shards = page["Shards"]
        while "NextToken" in page:
            page = self.kinesis.list_shards(NextToken=page["NextToken"])
            shards += page["Shards"]
        waiting = {shard["ShardId"]: {shard.get("ParentShardId"), shard.get("AdjacentParentShardId")} for shard in shards}
        while waiting:
            for id in [id for id, parents in waiting.items() if not parents & waiting.keys()]:
                del waiting[id]
                yield id

    def run_shard(self, shard):
        if shard in self.checkpoints:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": self.checkpoints[shard]}
        else:
            where = {"ShardIteratorType": "TRIM_HORIZON"}
        place = self.kinesis.get_shard_iterator(StreamName=self.stream, ShardId=shard, **where)["ShardIterator"]
        while place:
            got = self.kinesis.get_records(ShardIterator=place, Limit=self.batch_size)
            if got["Records"]:
                self.deliver(shard, got["Records"])
            if got["MillisBehindLatest"] == 0:
                return
            place = got.get("NextShardIterator")
            time.sleep(0.2)  # a shard answers five reads a second, for all its readers together

    def deliver(self, shard, records):
        """One batch, until it is done or given up. Only then the checkpoint moves: whatever happens in between, the
        records come again. Never the other way round, or a crash loses them."""
        attempts = 0
        while records:
            try:
                self.die_halfway(shard, records)
                for _ in range(2 if self.redeliver else 1):
                    answer = self.handler(kinesis_event(records, shard, self.arn), context(self.stream))
                failed = first_failure(answer, records)
            except Crash:
                raise
            except Exception as error:  # the handler is the learner's: whatever it raises fails its batch
                print(f"  the handler failed: {type(error).__name__}: {error}", file=sys.stderr)
                failed = 0
            done, records = (records, []) if failed is None else (records[:failed], records[failed:])
            if done:
                self.handled += len(done)
                self.checkpoint(shard, done[-1]["SequenceNumber"])
            if records:
                attempts += 1
                if attempts > self.retries:
                    raise GaveUp(
                        f"Giving up: a batch of {len(records)} failed {attempts} times. It begins with record number\n"
                        f"{records[0]['SequenceNumber']} of {shard}: {records[0]['Data'].decode(errors='replace')[:80]!r}.\n"
                        "Until your handler can take it, or passes it over, nothing behind it in this shard is read."
                    )
                time.sleep(min(2 ** attempts / 10, 2))

    def die_halfway(self, shard, records):
        """With crash_after: do the work up to there, and then be gone before anything is written down."""
        if self.crash_after is None or self.handled + len(records) < self.crash_after:
            return
        part = records[: max(1, self.crash_after - self.handled)]
        self.handler(kinesis_event(part, shard, self.arn), context(self.stream))
        raise Crash(f"died after {self.handled + len(part)} records, {len(part)} of them not checkpointed")

    def checkpoint(self, shard, number):
        self.checkpoints[shard] = number
        if self.file:
            # First beside it, then in its place: a crash leaves the old file or the new one, never half of one.
            draft = self.file.with_suffix(".draft")
            draft.write_text(json.dumps(self.checkpoints))
            draft.replace(self.file)


def first_failure(answer, records):
    """Where in the batch the handler wants to be called again; None if it is content."""
    failures = (answer or {}).get("batchItemFailures") or []
    numbers = {failure.get("itemIdentifier") for failure in failures}
    for index, record in enumerate(records):
        if record["SequenceNumber"] in numbers:
            return index
    return 0 if failures else None


# --- The HTTP trigger -----------------------------------------------------------------------------------------


def serve(handler, port=0):
    """An HTTP server on this machine in API Gateway's place. Returns it; call serve_forever() or use a thread."""

    class Gateway(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
            try:
                answer = handler(http_event(self.command, self.path, self.headers, body), context("http"))
            except Exception as error:  # as API Gateway answers for a function that failed
                print(f"  the handler failed: {type(error).__name__}: {error}", file=sys.stderr)
                answer = {"statusCode": 500, "body": '{"message":"Internal Server Error"}'}
            said = (answer.get("body") or "").encode()
            try:
                self.send_response(answer["statusCode"])
                for name, value in answer.get("headers", {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except OSError:
                print("  the caller had hung up before the answer", file=sys.stderr)

        do_GET = do_PUT = do_POST

        def log_message(self, *_):
            pass

    return http.server.ThreadingHTTPServer(("127.0.0.1", port), Gateway)


# --- From the command line ------------------------------------------------------------------------------------


def load(spec):
    """`file.py` or `file.py:function` as a handler."""
    path, _, name = spec.rpartition(":")
    if not name.isidentifier():  # no colon, or that of C:\\
        path, name = spec, "handler"
    if not pathlib.Path(path).is_file():
        raise Trouble(f"There is no file {path} here. Write file.py:function, such as m11_materialized_view.py:fold_stock")
    module = importlib.util.module_from_spec(found := importlib.util.spec_from_file_location("function", path))
    found.loader.exec_module(module)
    try:
        return getattr(module, name)
    except AttributeError:
        functions = {name: it for name, it in vars(module).items() if inspect.isfunction(it)}
        handlers = [name for name, it in functions.items() if [*inspect.signature(it).parameters] == ["event", "context"]]
        raise Trouble(f"{path} has no function {name}. It has {', '.join(handlers) or 'no handler'}.") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("handler", help="file.py:function")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--stream", help="the Kinesis stream to read")
    source.add_argument("--http", type=int, metavar="PORT", help="serve HTTP on this port instead")
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--retries", type=int, default=3)
    parser.add_argument("--crash-after", type=int, metavar="N", help="die after N records, before the checkpoint")
    parser.add_argument("--redeliver", action="store_true", help="hand every batch over twice")
    parser.add_argument("--from-start", action="store_true", help="forget the checkpoints and begin at the oldest record")
    parser.add_argument("--follow", action="store_true", help="go on waiting for new records")
    parser.add_argument("--aws", action="store_true", help="run against AWS itself, where it may cost money")
    in_plain_words(lambda chosen=parser.parse_args(): run(chosen))


def run(chosen):
    handler = load(chosen.handler)
    whose_sandbox(chosen.aws)
    if chosen.http is not None:
        wait_for_calls(handler, chosen.http)
        return
    runner = Runner(
        handler, chosen.stream, chosen.batch_size, chosen.retries, chosen.crash_after, chosen.redeliver, remember="."
    )
    if chosen.from_start:
        runner.checkpoints.clear()
    try:
        print(f"{runner.run(chosen.follow)} records handled.")
    except Crash as crash:
        raise Trouble(f"Crashed: {crash}. Start again, and see what comes twice.") from None


def wait_for_calls(handler, port):
    try:
        server = serve(handler, port)
    except OSError as error:
        raise Trouble(f"Port {port} can't be had ({error.strerror}). Another program has it; take another port.") from None
    print(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C stops)", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
