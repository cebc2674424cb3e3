"""The alert work of one process, and its commands."""
