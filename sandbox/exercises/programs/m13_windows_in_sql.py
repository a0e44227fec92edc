#!/usr/bin/env python3
"""Count a stream in windows of event time, in SQL, and let a late event correct the past.

Sofía's taxis report rides with the time at which each began. One comes late, out of a tunnel. The rides are read
from the stream into SQLite and counted in tumbling and in hopping windows; the results go to two tables, where a

from workbench import (  # workbench.py: keep it beside this file
    client, delete_stream, delete_table, events, make_stream, make_table, moment, resource, start,
)

late ride replaces the number of its minute.

Needs   boto3, workbench.py beside this file, and the four values of /sandbox credentials in your environment.
        With --aws it runs on AWS instead, where a stream costs money by the hour: end with --clean there.
        (AWS's own SQL over streams is Managed Service for Apache Flink. The questions are the same: which clock,
        which window, how late is too late.)

Run     python m13_windows_in_sql.py              a menu to experiment with
        python m13_windows_in_sql.py --all        the whole exercise, from start to end
        python m13_windows_in_sql.py --only 5 6   only count again what is in the stream
        python m13_windows_in_sql.py --clean      delete what this program made
"""

import json
import sqlite3
from datetime import timedelta
from decimal import Decimal

from workbench import (  # workbench.py: keep it beside this file
    client, delete_stream, delete_table, events, make_stream, make_table, moment, resource, start,
)

STREAM = "rides"
TUMBLING, HOPPING = "rides_per_minute", "rides_hopping"

kinesis = client("kinesis")
dynamodb = resource("dynamodb")


def create():
    make_stream(STREAM)


# --- The rides ------------------------------------------------------------------------------------------------


def ride(number, taxi, clock, fare):
    event = {"ride": f"r{number}", "at": f"2026-11-23T09:{clock}Z", "fare": fare}
    kinesis.put_record(StreamName=STREAM, PartitionKey=taxi, Data=json.dumps(event).encode())
    print(f"  {event}")


def morning():
    rides = [
        ("taxi-1", "00:12", 12),
        ("taxi-2", "00:40", 8),
        ("taxi-1", "01:05", 20),
        ("taxi-3", "01:50", 9),
        ("taxi-2", "02:10", 15),
        ("taxi-3", "02:20", 7),
        ("taxi-1", "03:15", 30),
    ]
    for number, (taxi, clock, fare) in enumerate(rides, 1):
        ride(number, taxi, clock, fare)


def tunnel():
    """It began at 09:01:30, and arrives after a ride of 09:03."""
    ride(8, "taxi-2", "01:30", 11)
    print("What you see: the last in the log, and of a minute that was counted already. Count again, and compare.")


def arrivals():
    """All rides, in the order in which they arrived."""
    for event, record in events(STREAM, "ride", "at", "fare"):
        yield event, record["ApproximateArrivalTimestamp"]


# --- The windows, in SQL --------------------------------------------------------------------------------------

# The lab's SQL has tumble() and hops() for this. In plain SQLite, strftime cuts a moment down to its minute.
TUMBLING_SQL = """
    SELECT strftime('%Y-%m-%dT%H:%M', at) AS minute, count(*) AS rides, sum(fare) AS fares
    FROM rides GROUP BY minute ORDER BY minute
"""
# A window of two minutes that begins each minute: every ride lies in the one that begins with its own minute, and
# in the one before.
HOPPING_SQL = """
    SELECT strftime('%Y-%m-%dT%H:%M', at, back) AS begins, count(*) AS rides
    FROM rides, (SELECT '-0 minutes' AS back UNION ALL SELECT '-1 minutes')
    GROUP BY begins ORDER BY begins
"""
# Sliding: not on the minute, but the two minutes up to each ride.
SLIDING_SQL = """
    SELECT ride, at, count(*) OVER (ORDER BY moment RANGE BETWEEN 120 PRECEDING AND CURRENT ROW) AS rides
    FROM (SELECT *, CAST(strftime('%s', at) AS INTEGER) AS moment FROM rides) ORDER BY moment
"""
# A session: rides with less than 30 seconds between them belong together.
SESSION_SQL = """
    SELECT min(at) AS begins, max(at) AS ends, count(*) AS rides
    FROM (SELECT at, sum(fresh) OVER (ORDER BY moment) AS session
          FROM (SELECT *, coalesce(moment - lag(moment) OVER (ORDER BY moment) >= 30, 1) AS fresh
                FROM (SELECT *, CAST(strftime('%s', at) AS INTEGER) AS moment FROM rides)))
    GROUP BY session ORDER BY begins
"""


def database():
    """The stream as a table. The ride's id is its key: one that was delivered twice is counted once."""
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    db.execute("CREATE TABLE rides (ride TEXT PRIMARY KEY, at TEXT, fare NUMERIC)")
    for event, _ in arrivals():
        db.execute("INSERT OR IGNORE INTO rides VALUES (:ride, :at, :fare)", event)
    return db


def answer(sql):
    rows = [dict(row) for row in database().execute(sql)]
    for row in rows:
        print("  " + "   ".join(f"{name} {value}" for name, value in row.items()))
    return rows


def keep(name, rows):
    """One item per window, under the window's start: counting again replaces the old number. That is the simplest
    way to let late events in, and it is why a result needs a key."""
    for row in rows:
        dynamodb.Table(name).put_item(Item={column: as_number(value) for column, value in row.items()})


def as_number(value):
    return Decimal(str(value)) if isinstance(value, float) else value


def tumbling():
    make_table(TUMBLING, "minute")
    keep(TUMBLING, answer(TUMBLING_SQL))


def hopping():
    make_table(HOPPING, "begins")
    keep(HOPPING, answer(HOPPING_SQL))
    print("What you see: the windows overlap, so their counts add up to twice the number of rides.")


def sliding():
    answer(SLIDING_SQL)


def sessions():
    answer(SESSION_SQL)


def by_arrival():
    """The other clock: all of it arrived within seconds, just now. Nothing in here says anything about taxis."""
    minutes = {}
    for _, arrived in arrivals():
        minute = arrived.strftime("%Y-%m-%dT%H:%M")
        minutes[minute] = minutes.get(minute, 0) + 1
    for minute, rides in sorted(minutes.items()):
        print(f"  {minute}  {rides} rides arrived")


def watermark():
    """A processor that may not wait for ever: it declares a window complete once the watermark, which trails the
    newest event time by the lateness we allow, has passed its end. What comes after that is too late."""
    for lateness in (30, 120):
        newest, counts, dropped = None, {}, 0
        for event, _ in arrivals():
            at = moment(event["at"])
            newest = max(newest or at, at)
            window = at.replace(second=0)
            if window + timedelta(minutes=1) <= newest - timedelta(seconds=lateness):
                dropped += 1
                continue
            counts[window] = counts.get(window, 0) + 1
        shown = ", ".join(f"{window:%H:%M} {count}" for window, count in sorted(counts.items()))
        print(f"  {lateness:3} s of lateness allowed: {shown}; too late: {dropped}")
    print("What you see: waiting longer loses fewer rides, and makes every answer later. There is no third choice.")


def clean():
    delete_stream(STREAM)
    delete_table(TUMBLING)
    delete_table(HOPPING)


EXERCISE = [
    ("Create the stream", create),
    ("Seven rides", morning),
    ("Count, before the tunnel", tumbling),
    ("A ride comes out of the tunnel", tunnel),
    ("Count in tumbling windows", tumbling),
    ("Count in hopping windows", hopping),
]
EXPERIMENTS = [
    ("Count by arrival, for comparison", by_arrival),
    ("Sliding windows", sliding),
    ("Sessions", sessions),
    ("A watermark: how late is too late?", watermark),
]


if __name__ == "__main__":
    start(__doc__, EXERCISE, EXPERIMENTS, clean)

# Things to change and try:
#  1. Put a ride with tomorrow's date. What does it do to the watermark, and to all honest rides after it?
#  2. Make the windows five minutes long, one beginning each minute. In how many does each ride lie?
#  3. A taxi's clock is two hours fast. How could the processor notice? (Compare `at` with the arrival.)
#  4. Keep a column `updated` in rides_per_minute. Who must be told when a number changes that was already shown?
