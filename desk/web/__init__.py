"""The web desk: pages that read the ledger. Wired together in `desk.serve`."""
