"""A behaviour: one function whose name is the sentence it proves, and the AWS page that says so.

A service names its desk (what a behaviour is handed: a client with fresh names) and its pages. A behaviour holds if
its function returns, and fails if it raises.
"""

from collections.abc import Callable
from dataclasses import dataclass, field


# What every service says of requests that are not signed as they should be.
SIGNING = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"


@dataclass(frozen=True)
class Behaviour:
    """One thing that AWS documents."""

    service: str
    page: str
    check: Callable

    @property
    def name(self):
        return self.check.__name__

    @property
    def sentence(self):
        return self.name.replace("_", " ")


@dataclass
class Service:
    """A service's behaviours, in the order in which they are written."""

    name: str
    desk: Callable
    api_page: str
    guide_page: str
    # How many behaviours one account bears at once: what each creates counts against its quotas.
    at_once: int = 4
    behaviours: list[Behaviour] = field(default_factory=list)

    def api(self, action):
        """Marks a behaviour that the API reference's page on this action documents."""
        return self._marked(self.api_page.format(action))

    def guide(self, page):
        """Marks a behaviour that this page of the developer guide documents."""
        return self._marked(self.guide_page.format(page))

    def signing(self, check):
        """Marks a behaviour that is the same for every service: who may send a request at all."""
        return self._marked(SIGNING)(check)

    def _marked(self, page):
        def mark(check):
            if any(known.name == check.__name__ for known in self.behaviours):
                raise ValueError(f"{self.name} has two behaviours named {check.__name__}")
            self.behaviours.append(Behaviour(self.name, page, check))
            return check

        return mark
