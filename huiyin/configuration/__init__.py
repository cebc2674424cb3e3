"""The configuration tables: read, laid over one another, checked. Knows no table by its meaning."""
