"""Alerts on their way to the people they call. See docs/alerts.md."""
