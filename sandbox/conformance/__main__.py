"""The command line. Leaves with 1 if a behaviour fails at the endpoint, or at the playground where that is asked."""

import argparse
import importlib
import sys
import time
from contextlib import nullcontext

from . import cli, servers
from .endpoint import Account, Key
from .runner import run

SERVICES = ("sqs", "sns", "dynamodb", "streams", "kinesis")


def arguments():
    parser = argparse.ArgumentParser(prog="python -m conformance", description="Asks an endpoint what AWS documents.")
    where = parser.add_argument_group("where (one or more)")
    where.add_argument("--endpoint", metavar="URL", help="an AWS endpoint that runs already")
    where.add_argument("--play", metavar="PROGRAM", help="start this tributary's playground")
    where.add_argument("--moto", action="store_true", help="start moto's server")
    parser.add_argument("--key", metavar="ID:SECRET", action="append", help="an account at --endpoint; may be repeated")
    parser.add_argument("--rate", type=float, help="requests a second that an account at --endpoint allows")
    parser.add_argument("--service", choices=SERVICES, action="append", help="may be repeated; all where left out")
    parser.add_argument("--only", metavar="WORDS", help="behaviours whose sentence has these words")
    parser.add_argument("--cli", action="store_true", help="let the AWS CLI, installed beside boto3, do a round as well")
    parser.add_argument("--list", action="store_true", help="say the behaviours and their pages, ask nobody")
    parser.add_argument("--slow", type=float, metavar="SECONDS", help="name what took longer")
    return parser.parse_args()


def main():
    asked = arguments()
    services = [importlib.import_module(f"{__package__}.{name}").SERVICE for name in asked.service or SERVICES]
    if asked.list:
        return say(services)
    only = asked.only and asked.only.replace(" ", "_")
    results, rounds = {}, {}
    for where, server in places(asked):
        with server as accounts:
            results[where] = report(where, run(services, accounts, only), asked.slow)
            rounds[where] = not asked.cli or cli.run(accounts[0], [service.name for service in services])
    if not results:
        raise SystemExit("say where: --endpoint URL, --play PROGRAM or --moto")
    counts(services, results)
    # Moto is there to be compared with; it need not hold anything unless it is asked alone.
    judged = [where for where in results if where != "moto"] or ["moto"]
    return 0 if all(rounds[where] and all(it.holds for it in results[where]) for where in judged) else 1


def places(asked):
    """What is asked, each with a context that starts it and yields its accounts."""
    if asked.endpoint:
        keys = [Key.of(text) for text in asked.key or ["test:test"]]
        yield asked.endpoint, nullcontext([Account(asked.endpoint, key, asked.rate) for key in keys])
    if asked.play:
        yield "tributary", servers.playground(asked.play)
    if asked.moto:
        yield "moto", servers.moto()


def say(services):
    for service in services:
        for it in service.behaviours:
            print(f"{service.name:9} {it.sentence}\n{'':9} {it.page}")
    return 0


def report(where, outcomes, slow):
    print(f"== {where}")
    for outcome in outcomes:
        it = outcome.behaviour
        if not outcome.holds:
            print(f"  {it.service}: {it.sentence}\n      {outcome.why}\n      {it.page}")
        elif slow and outcome.seconds > slow:
            print(f"  {it.service}: {it.sentence}: {outcome.seconds:.1f} s")
    return outcomes


def counts(services, results):
    print(f"\n{'':10}" + "".join(f"{where:>28}" for where in results))
    for service in services:
        cells = []
        for outcomes in results.values():
            mine = [outcome for outcome in outcomes if outcome.behaviour.service == service.name]
            cells.append(f"{sum(outcome.holds for outcome in mine)} of {len(mine)}")
        print(f"{service.name:10}" + "".join(f"{cell:>28}" for cell in cells))


if __name__ == "__main__":
    begun = time.monotonic()
    status = main()
    print(f"{time.monotonic() - begun:.0f} s")
    sys.exit(status)
