#!/usr/bin/env python3
"""Look into a partitioned log: three shards, who owns which hashes, and what a split leaves behind.

Kofi's bikes write a trip at a time into `trips`. The log is cut into three shards; each owns a third of all
possible hashes. One of them is split, and you see that nothing moves: the old shard is closed and keeps its
records, its children take what comes next, and a reader has to walk the family in the right order.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where each shard costs money by the hour: end with --clean there.

Run     python m06_partitioned_log.py            a menu to experiment with
        python m06_partitioned_log.py --all      the whole exercise, from start to end
        python m06_partitioned_log.py --clean    delete what this program made
"""

import hashlib
import time

from workbench import client, delete_stream, make_stream, start  # workbench.py: keep it beside this file

STREAM = "trips"
TRIPS = [
    ("bike-5", "harbour to market"),
    ("bike-2", "school to park"),
    ("bike-1", "station to museum"),
    ("bike-7", "market to harbour"),
    ("bike-5", "harbour to station"),
]

kinesis = client("kinesis")


def wait_until_active():
    kinesis.get_waiter("stream_exists").wait(StreamName=STREAM, WaiterConfig={"Delay": 1, "MaxAttempts": 120})


def create():
    make_stream(STREAM, shards=3)
    structure()


def all_shards():
    """Every shard there ever was and whose records may still be read, the closed ones too."""
    page = kinesis.list_shards(StreamName=STREAM)
    shards = page["Shards"]
    while "NextToken" in page:
        page = kinesis.list_shards(NextToken=page["NextToken"])
        shards += page["Shards"]
    return shards


def is_open(shard):
    # A shard that was split or merged away has an end; one that still takes records does not know its own yet.
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def structure():
    """The picture of /stream describe, in text: each shard's hashes, as a part of all there are."""
    for shard in all_shards():
        first = int(shard["HashKeyRange"]["StartingHashKey"])
        last = int(shard["HashKeyRange"]["EndingHashKey"])
        width = 48
        start, end = round(first * width / 2**128), round((last + 1) * width / 2**128)
        bar = " " * start + ("=" if is_open(shard) else "-") * (end - start)
        parents = [shard[key][-2:] for key in ("ParentShardId", "AdjacentParentShardId") if key in shard]
        print(f"  {shard['ShardId'][-2:]} |{bar:{width}}| {'open' if is_open(shard) else 'closed'}",
              f"child of {' and '.join(parents)}" if parents else "")


def hash_of(key):
    """What Kinesis does with a key: MD5, read as one number of 128 bits."""
    return int(hashlib.md5(key.encode()).hexdigest(), 16)


def owner(key):
    """Guess the shard without asking: the open one whose range holds the key's hash."""
    for shard in all_shards():
        bounds = shard["HashKeyRange"]
        if is_open(shard) and int(bounds["StartingHashKey"]) <= hash_of(key) <= int(bounds["EndingHashKey"]):
            return shard["ShardId"]
    return None


def ride(bike, trip):
    guess = owner(bike)
    answer = kinesis.put_record(StreamName=STREAM, PartitionKey=bike, Data=trip.encode())
    right = "as computed" if answer["ShardId"] == guess else f"and not {guess}!"
    print(f"  {bike}  hash {hash_of(bike) / 2**128:5.1%} of the way  -> {answer['ShardId'][-2:]}, {right}   {trip}")


def trips():
    for bike, trip in TRIPS:
        ride(bike, trip)


def split():
    """Close the shard that owns bike-5 and open two in its place, each with half of its hashes."""
    parent = next(shard for shard in all_shards() if shard["ShardId"] == owner("bike-5"))
    first, last = (int(parent["HashKeyRange"][side]) for side in ("StartingHashKey", "EndingHashKey"))
    # The second child begins here. In the middle is a guess: if one key is what makes the shard hot, no cut helps.
    middle = (first + last + 1) // 2
    kinesis.split_shard(StreamName=STREAM, ShardToSplit=parent["ShardId"], NewStartingHashKey=str(middle))
    wait_until_active()
    structure()
    print("What you see: the parent is closed and keeps what it has; its children share its hashes, and take what comes next.")


def ride_on():
    """The same key, the same hash, and yet another shard: the parent takes nothing any more."""
    ride("bike-5", "station to school")
    ride("bike-7", "harbour to park")


def read():
    """All records, each shard's parents before itself. The other way round, bike-5 would arrive before it left."""
    done, waiting = set(), {shard["ShardId"]: shard for shard in all_shards()}
    while waiting:
        for id, shard in list(waiting.items()):
            parents = {shard.get("ParentShardId"), shard.get("AdjacentParentShardId")} & waiting.keys()
            if not parents - done:
                read_shard(id)
                done.add(id)
                del waiting[id]
    print("What you see: a parent before its children, so that each bike's trips come in their order.")


def read_shard(id):
    place = kinesis.get_shard_iterator(StreamName=STREAM, ShardId=id, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    print(id)
    while place:  # a closed shard, read to its end, answers without a next iterator
        got = kinesis.get_records(ShardIterator=place, Limit=100)
        for record in got["Records"]:
            print(f"  {record['PartitionKey']}  {record['Data'].decode(errors='replace')}")
        if got["MillisBehindLatest"] == 0 and not got["Records"]:
            break
        place = got.get("NextShardIterator")
        time.sleep(0.2)


def merge():
    """The season is over: put two neighbours together again. Their ranges must touch."""
    open_shards = sorted(filter(is_open, all_shards()), key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
    if len(open_shards) < 2:
        print("Only one shard is open.")
        return
    left, right = open_shards[:2]
    kinesis.merge_shards(StreamName=STREAM, ShardToMerge=left["ShardId"], AdjacentShardToMerge=right["ShardId"])
    wait_until_active()
    structure()


def clean():
    delete_stream(STREAM)


EXERCISE = [
    ("Create the stream and look at its shards", create),
    ("Ride: put trips, and compute their shards", trips),
    ("Split the shard of bike-5", split),
    ("Ride on", ride_on),
    ("Read everything, parents first", read),
]
EXPERIMENTS = [
    ("Look at the shards", structure),
    ("Merge the first two open shards", merge),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Put 1,000 trips of 1,000 bikes, and count the records per shard. How even is "even"?
#  2. Put 1,000 trips of one bike. Does a split help? (This is the hot key; the next module is about keys.)
#  3. Merge what you split, and read again. How many shards does a reader have to know of now, and for how long?
#  4. Read the children before their parent. Which of bike-5's trips seems to come first?
