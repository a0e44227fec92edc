"""The command line. Leaves with 1 if a behaviour fails at the endpoint, or at the playground where that is asked."""

import argparse
import importlib
import sys
import time

from . import servers
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
    parser.add_argument("--list", action="store_true", help="say the behaviours and their pages, ask nobody")
    parser.add_argument("--slow", type=float, metavar="SECONDS", help="name what took longer")
    return parser.parse_args()


def main():
    asked = arguments()
    services = [importlib.import_module(f"{__package__}.{name}").SERVICE for name in asked.service or SERVICES]
    if asked.list:
        return say(services)
    only = asked.only and asked.only.replace(" ", "_")
    results = {}
    if asked.endpoint:
        keys = [Key.of(text) for text in asked.key or ["test:test"]]
        accounts = [Account(asked.endpoint, key, asked.rate) for key in keys]
        results[asked.endpoint] = report(asked.endpoint, run(services, accounts, only), asked.slow)
    if asked.play:
        with servers.playground(asked.play) as accounts:
            results["tributary"] = report("tributary", run(services, accounts, only), asked.slow)
    if asked.moto:
        with servers.moto() as accounts:
            results["moto"] = report("moto", run(services, accounts, only), asked.slow)
    if not results:
        raise SystemExit("say where: --endpoint URL, --play PROGRAM or --moto")
    counts(services, results)
    # Moto is there to be compared with; it need not hold anything unless it is asked alone.
    judged = [outcomes for where, outcomes in results.items() if where != "moto"] or list(results.values())
    return 0 if all(outcome.holds for outcomes in judged for outcome in outcomes) else 1


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
