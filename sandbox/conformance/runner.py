"""Runs behaviours at an endpoint, many at once, and tells what failed and where."""

import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Outcome:
    """How a behaviour went; `why` is empty where it holds."""

    behaviour: object
    why: str
    seconds: float

    @property
    def holds(self):
        return not self.why


def run(services, accounts, only=None):
    """The outcome of every behaviour of these services, or of those whose name has `only` in it."""
    pools, tasks = [], []
    for service in services:
        pool = ThreadPoolExecutor(service.at_once * len(accounts))
        chosen = [it for it in service.behaviours if not only or only in it.name]
        pools.append(pool)
        tasks += [pool.submit(_try, service, it, accounts[n % len(accounts)]) for n, it in enumerate(chosen)]
    outcomes = [task.result() for task in tasks]
    for pool in pools:
        pool.shutdown()
    return outcomes


def _try(service, behaviour, account):
    begun = time.monotonic()
    why = ""
    try:
        with service.desk(account) as desk:
            behaviour.check(desk)
    except Exception:
        why = _told(sys.exc_info())
    return Outcome(behaviour, why, time.monotonic() - begun)


def _told(info):
    """The error, and the last line of a behaviour on the way to it."""
    kind, error, trace = info
    ours = [frame for frame in traceback.extract_tb(trace) if HERE in Path(frame.filename).parents]
    ours = [frame for frame in ours if Path(frame.filename).parent != HERE] or ours
    last = ours[-1]
    place = f"{Path(last.filename).relative_to(HERE)}:{last.lineno}"
    words = str(error) if isinstance(error, AssertionError) and str(error) else f"{kind.__name__}: {error}"
    return f"{words[:600]}\n      {place}: {last.line}"
