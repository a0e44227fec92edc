"""DynamoDB: what its API reference and developer guide say of tables, items, queries and transactions."""

from . import batches, conditions, indexes, items, queries, scans, tables, transactions, updates, values, wire  # noqa: F401
from .desk import SERVICE  # noqa: F401
