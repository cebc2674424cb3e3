"""The list of attacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.attack.target import Target


class Kind(StrEnum):
    """What the attack is after."""

    PROCESSOR = "processor"
    MEMORY = "memory"
    CONNECTIONS = "connections"
    DISK = "disk"
    ERRORS = "errors"
    """An answer of 500, a traceback, or something told that should not be."""
    SLOTS = "slots"
    """A place among few that is never given back."""
    LOSS = "loss"
    """Something acknowledged that is gone, or comes in twice, or never."""
    SECRECY = "secrecy"
    """A text, a name or a figure read by who may not."""
    RIGHTS = "rights"
    """Something done by who may not, or a right owner shut out."""


class Size(StrEnum):
    QUICK = "quick"
    FULL = "full"


@dataclass(frozen=True)
class Result:
    status: str
    """What the desk answered, for the table."""
    wrong: list[str] = field(default_factory=list)
    """What did not hold; empty when the desk held."""
    kept: str = ""
    """A figure of the attack's own."""


Run = Callable[["Target", Random, Size], Result]


@dataclass(frozen=True)
class Attack:
    name: str
    kind: Kind
    run: Run
    issue: tuple[int, ...] = ()
    """Numbers of the review that it repeats (docs/threat-model.md)."""
    before: str = ""
    """What the review saw, where `before.json` has no figures of it."""


_attacks: dict[str, Attack] = {}


def attack(
    name: str, *, kind: Kind, issue: tuple[int, ...] = (), before: str = ""
) -> Callable[[Run], Run]:
    """Registers a function as an attack."""

    def register(run: Run) -> Run:
        if name in _attacks:
            raise ValueError(f"two attacks are called {name!r}")
        _attacks[name] = Attack(name, kind, run, issue, before)
        return run

    return register


def all_attacks() -> list[Attack]:
    """Of every module `on_*.py` of this package, by module and place."""
    for path in sorted(Path(__file__).parent.glob("on_*.py")):
        import_module(f"tests.attack.{path.stem}")
    return list(_attacks.values())
