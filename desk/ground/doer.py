"""Who does something at the desk, whichever way it was asked for, and what services answer
to those who may not."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from cases.words.actors import Actor

COMMAND_LINE: Final = "命令行"
"""How the name of who used the machine itself begins; the system's user follows."""


class Doer(Struct, frozen=True, kw_only=True):
    """A person at a page, a program with a token, or who uses the command line."""

    actor: Actor
    address: str = ""
    """Network address it came from; "" for the command line."""
    through: str = ""
    """Through whose token, or by whom on the machine, in words for the trail."""


class NotPermitted(Exception):
    """Not for this role; the text says so, and whom to ask."""


class NotThere(Exception):
    """There is none of that name, or not for this person: the answer is the same."""
