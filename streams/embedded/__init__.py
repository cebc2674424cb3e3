"""The runtime with nothing to install: one SQLite file holds log, ledger and alerts."""
