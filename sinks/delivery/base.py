"""The seam between an approved reply and the door it leaves by.

A reply reaches the citizen at most once, whatever crashes:

- an intent is written down before anything is sent, and a receipt after;
- `NotTaken` means that certainly nothing was delivered, so it may be tried again;
- `Unclear` means that it may have been: a person looks, the program never repeats it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from cases.record.item import Item


class DeliveryError(Exception):
    """A door is set up wrongly. The text names file, key, found, expected, in plain Chinese."""


class Outgoing(Struct, frozen=True, kw_only=True):
    """An approved reply to one message."""

    delivery_id: str
    """Names this reply for ever (`delivery_id`): the same id is never sent twice."""
    item: Item
    """The citizen's message as it is known now; doors find address and thread in it."""
    text: str
    at: datetime
    unit: str = ""
    state: str = ""
    """办理状态 in the words of the platform, where it wants one."""
    fields: dict[str, str] = {}
    """What else a platform's form asks for, by the names its configuration uses."""

    @property
    def case_id(self) -> str:
        return self.item.case_id


class Receipt(Struct, frozen=True, kw_only=True, tag="receipt"):
    """The other side took the reply."""

    at: datetime
    via: str
    """Name of the door."""
    reference: str = ""
    """What the other side calls it: a number, a Message-ID."""
    proof: str = ""
    """What it said, or what a person recorded."""


class NotTaken(Struct, frozen=True, kw_only=True, tag="refused"):
    """Certainly not delivered."""

    reason: str
    """Stable name, e.g. "no_address", "rejected", "unreachable", "by_hand"."""
    detail: str
    """Plain Chinese: what was found and what to do."""
    retry: bool
    """True when the same attempt may work later."""


class Unclear(Struct, frozen=True, kw_only=True, tag="unclear"):
    """Perhaps delivered. A person finds out and settles it."""

    detail: str


Outcome: TypeAlias = Receipt | NotTaken | Unclear


@runtime_checkable
class Delivery(Protocol):
    """One door outward."""

    name: str

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> Outcome:
        """Send once and say what became of it. Never raises for what a server does;
        called through `once.deliver_once`, which remembers."""
        ...


class SecretReader(Protocol):
    """Where doors get passwords from (`streams.sources.seam.secrets.Secrets`)."""

    def require(self, name: str) -> str: ...


def delivery_id(case_id: str, seq: int) -> str:
    """The id of the reply that event `seq` of a case approved."""
    digest = hashlib.blake2b(f"{case_id}\x1f{seq}".encode("utf-8", "surrogatepass"), digest_size=10)
    return "d-" + digest.hexdigest()
