"""Replies on their way to the citizen. See docs/delivery.md."""
