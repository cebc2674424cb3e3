"""The ledger: its contract, and the one in SQLite."""
