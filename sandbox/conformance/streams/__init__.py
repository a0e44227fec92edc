"""DynamoDB Streams: what its API reference and DynamoDB's developer guide say of a table's changes."""

from . import changes, reading, streams  # noqa: F401
from .desk import SERVICE  # noqa: F401
