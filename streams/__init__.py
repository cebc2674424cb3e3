"""What flows: sources into the inbox, the inbox through `process` into ledger and journal."""
