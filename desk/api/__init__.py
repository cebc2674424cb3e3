"""The HTTP interface for machines and for people who write programs: /api/v1."""
