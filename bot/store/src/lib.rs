//! Pools, migrations, transactions, the learning-event log and its totals.
