"""SQS: what its API reference and developer guide say."""

from . import attributes, batches, dead_letters, delays, fifo, messages, permissions, polling, queues, tags, visibility, wire  # noqa: F401
from .desk import SERVICE  # noqa: F401
