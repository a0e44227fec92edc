"""SNS: what its API reference and developer guide say, with queues as the only subscribers."""

from . import batches, body_filters, delivery, fifo, filters, policies, publishing, subscriptions, topics, wire  # noqa: F401
from .desk import SERVICE  # noqa: F401
