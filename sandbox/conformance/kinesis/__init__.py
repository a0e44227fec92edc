"""Kinesis Data Streams: what its API reference and developer guide say."""

from . import consumers, limits, putting, reading, retention, shards, streams, tags, wire  # noqa: F401
from .desk import SERVICE  # noqa: F401
