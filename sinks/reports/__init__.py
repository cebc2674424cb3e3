"""The ledger and the papers as files: xlsx, docx, csv, jsonl, and issued editions."""
