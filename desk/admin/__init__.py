"""管理: accounts, tokens, tables, the audit log."""
