"""Replies on their way to the citizen."""
