"""What is not done, and why: the one way in which rules and registers say no."""

from __future__ import annotations


class NotAllowed(Exception):
    """The rules do not allow it, or not in this state. The text says why and what to do, in
    plain Chinese, and is shown to the person or program that asked."""
