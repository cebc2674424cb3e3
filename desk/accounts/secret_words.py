"""Random words that prove who comes back: of sessions, devices, tokens and second steps.

The desk's file holds a digest of each word: who reads the file comes in nowhere. A word is long
and random, so a plain SHA-256 is enough, and nothing needs to be slow.
"""

from __future__ import annotations

import hashlib
import secrets


def new_word() -> str:
    """43 letters that nobody guesses (256 bits)."""
    return secrets.token_urlsafe(32)


def digest_of(word: str) -> str:
    """What the file holds of a word: 64 hexadecimal digits. Any text may have been sent."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()
