"""The menu of a case page: the forms that a person may fill in, and what is not possible now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cases.life.available_actions import AvailableAction
from desk.actions import areas
from desk.actions.fields import Form
from desk.actions.form_context import FormContext
from desk.actions.registry import ACTIONS, DeskAction

AREAS: Final = areas.AREAS
"""Every form is loaded before the first menu is made."""

ORDER: Final[tuple[DeskAction, ...]] = tuple(
    sorted((action for action in ACTIONS.values() if action.form), key=lambda action: action.place)
)
"""Actions with a form of their own, from the top of the menu."""

IN_REPLY: Final = frozenset(name for name, action in ACTIONS.items() if action.in_reply)
"""Commands whose forms stand in the reply itself."""

WORDS: Final[Mapping[str, str]] = {name: action.word for name, action in ACTIONS.items()}
"""The word for every command."""


def forms(context: FormContext, may: dict[str, AvailableAction]) -> tuple[Form, ...]:
    """The forms that the person may fill in now, in the order of the menu."""
    return tuple(
        action.form(context)
        for action in ORDER
        if action.form and action.name in may and may[action.name].possible
    )


def not_now(may: dict[str, AvailableAction]) -> tuple[tuple[str, str], ...]:
    """What the person may do at other times, with the reason, where that helps."""
    return tuple(
        (action.word, may[action.name].why_not)
        for action in ORDER
        if action.explained and action.name in may and not may[action.name].possible
    )
