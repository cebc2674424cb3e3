"""The two ways in which the log fails."""

from __future__ import annotations


class LogDown(Exception):
    """The brokers do not answer, for now: wait and try again. Plain Chinese."""


class LogError(Exception):
    """The brokers answer, and it will not work until a person mends it. Plain Chinese."""


class KeyLost(LogError):
    """A record cannot be opened, though its case was not erased."""
