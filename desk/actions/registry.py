"""What people read of every command and every event, by its name: the command's word, its form and
the form's place in the menu; the event's sentence.

The areas are those of `cases.life`, a module each. `desk.actions.areas` names them, and does not
load when a command or an event of the closed lists is missing here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar, get_args

from msgspec import Struct
from msgspec.structs import replace

from cases.life.available_actions import OFFERED
from cases.record import commands as do
from cases.record import events as ev
from desk.actions.fields import Field, Form
from desk.actions.form_context import FormContext
from desk.phrasing.phrases import Phrases, Said

E = TypeVar("E", bound=ev.EventBody)
Maker = Callable[[FormContext], Form]
Sentence = Callable[[ev.EventBody, Phrases], Said]


class DeskAction(Struct, frozen=True, kw_only=True):
    """A command as people meet it."""

    kind: type[do.Command]
    word: str
    form: Maker | None = None
    place: int = 0
    """In the menu of forms, from the top; meaningless without a form."""
    in_reply: bool = False
    """What it asks stands in the reply itself."""
    explained: bool = False
    """Where it may not be done now the page says why: people would look for it."""

    @property
    def name(self) -> str:
        """As on the wire."""
        return str(self.kind.__struct_config__.tag)


ACTIONS: dict[str, DeskAction] = {}
"""By the command's name on the wire."""
SENTENCES: dict[type[ev.EventBody], Sentence] = {}


class RegistryError(Exception):
    """A command or an event lacks what people read of it, or has it twice. Raised when the desk
    is loaded."""


def form(
    kind: type[do.Command], *, word: str, place: int, explained: bool = False
) -> Callable[[Maker], Maker]:
    """Registers what makes the form of a command. A title or button that the form leaves open is
    the command's word. Raises `RegistryError`."""

    def register(make: Maker) -> Maker:
        def finished(context: FormContext) -> Form:
            made = make(context)
            title = made.title or word
            return replace(
                made,
                command=str(kind.__struct_config__.tag),
                title=title,
                button=made.button or title,
            )

        _add(DeskAction(kind=kind, word=word, form=finished, place=place, explained=explained))
        return make

    return register


def plain(
    kind: type[do.Command],
    *fields: Field,
    word: str,
    place: int,
    title: str = "",
    button: str = "",
    warning: str = "",
    explained: bool = False,
) -> None:
    """Registers a form that is the same for every case. Raises `RegistryError`."""
    made = Form(title=title, button=button, fields=fields, warning=warning)
    form(kind, word=word, place=place, explained=explained)(lambda _context: made)


def in_reply(kind: type[do.Command], word: str) -> None:
    """Registers a command that is given in the reply itself. Raises `RegistryError`."""
    _add(DeskAction(kind=kind, word=word, in_reply=True))


def word_only(kind: type[do.Command], word: str) -> None:
    """Registers a command that only the system gives. Raises `RegistryError`."""
    _add(DeskAction(kind=kind, word=word))


def sentence(
    kind: type[E],
) -> Callable[[Callable[[E, Phrases], Said]], Callable[[E, Phrases], Said]]:
    """Registers the sentence that tells an event. Raises `RegistryError`."""

    def register(tell: Callable[[E, Phrases], Said]) -> Callable[[E, Phrases], Said]:
        if kind in SENTENCES:
            raise RegistryError(f"two sentences for event {kind.__name__}")
        SENTENCES[kind] = tell  # type: ignore[index, assignment]
        return tell

    return register


def word_of(name: str) -> str:
    """The word for a command; a name that no command has stays as it is."""
    action = ACTIONS.get(name)
    return action.word if action else name


def check_complete() -> None:
    """Every command has its word, every one that people are offered also a form or a place in the
    reply, every event its sentence. Raises `RegistryError` with the names of those that have
    not."""
    kinds = {action.kind: action for action in ACTIONS.values()}
    _refuse(
        "no word for command",
        [kind for kind in get_args(do.AnyCommand) if kind not in kinds],
        "register it with @form, plain, in_reply or word_only",
    )
    _refuse(
        "no form for command",
        [kind for kind in OFFERED if not (kinds[kind].form or kinds[kind].in_reply)],
        "it has a probe, so people are offered it: register it with @form, plain or in_reply",
    )
    _refuse(
        "never offered, though it has a form: command",
        [kind for kind, action in kinds.items() if action.form and kind not in OFFERED],
        "give its rule a probe with @decides(..., probe=...), or register it with word_only",
    )
    _refuse(
        "no sentence for event",
        [kind for kind in get_args(ev.EventBody) if kind not in SENTENCES],
        "write one with @sentence",
    )
    forms = [action for action in ACTIONS.values() if action.form]
    places = Counter(action.place for action in forms)
    _refuse(
        "two forms at one place of the menu: command",
        [action.kind for action in forms if places[action.place] > 1],
        "give each a place of its own",
    )


def _add(action: DeskAction) -> None:
    if action.name in ACTIONS:
        raise RegistryError(f"two words for command {action.kind.__name__}")
    ACTIONS[action.name] = action


def _refuse(what: str, kinds: list[type], remedy: str) -> None:
    if kinds:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise RegistryError(
            f"{what} {names}: {remedy}, in a module of desk/actions that desk/actions/areas.py "
            "names"
        )
