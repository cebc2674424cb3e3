"""自动邮件: mails set aside because a program wrote them, for a person to look over.

Nothing set aside is answered. One press takes a mail in as the letter it is after all; another
says that the chosen ones are none, and they leave the list.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.privacy.masking import mask
from cases.record.item import Item
from desk.admin.area import BOTH, Posted, show
from desk.dead_letters.sight import MAIL_BEGINNING, LetterSight, secrecy_of
from desk.files.uploads import Uploads
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.settings import SettingsError
from desk.http.authentication import only, person_of
from desk.http.form_input import note
from desk.ledger.filter_input import read_page
from sinks.ledger.base import Ledger
from streams.dead_letters import SET_ASIDE, DeadLetter, StoredLetter
from streams.sources.mail.text import read_mail
from streams.sources.seam.base import Batch, Rejected, SourceError
from streams.stored_originals import NotHere, whole_original

HREF: Final = "/set-aside"
_PAGE: Final = 50
_SHOWN: Final = 80


@runtime_checkable
class Admitting(Protocol):
    """A source that can take a mail in because a person says that it is a letter."""

    def admit(self, original: bytes, *, now: datetime) -> Item | Rejected: ...


class Line(Struct, frozen=True):
    """What this role may see of one mail."""

    letter: DeadLetter
    times: int
    sender: str
    subject: str
    text: str
    why: str


class _SetAside:
    """What the page and its buttons share."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office

    def page(
        self, request: Request, said: str = "", problem: str = "", status: int = 200
    ) -> HTMLResponse:
        only(request, *BOTH)
        number = read_page(request.query_params)
        with self._office.readers.reader() as store:
            if said:
                store.catch_up()
            stored = store.letters_aside(_PAGE, (number - 1) * _PAGE)
            counts = store.aside_counts()
            lines = [self._line(request, one, store.ledger) for one in stored]
        total = sum(counts.values())
        return show(
            self._office,
            request,
            "set_aside",
            status,
            lines=lines,
            counts=sorted(counts.items()),
            total=total,
            number=number,
            pages=max(1, -(-total // _PAGE)),
            said=said,
            problem=problem,
        )

    def _line(self, request: Request, stored: StoredLetter, ledger: Ledger) -> Line:
        letter, files = stored.letter, self._office.get(Uploads).kept
        sight = LetterSight(person_of(request).role, secrecy_of(letter, files, ledger))
        why = sight.detail(letter.detail)
        try:
            beginning = whole_original(letter.original, files)[:MAIL_BEGINNING]
        except NotHere as problem:
            return Line(letter, stored.times, "", "", str(problem), why)
        mail = read_mail(beginning, cut=True)
        return Line(
            letter,
            stored.times,
            sight.name(mail.author or mail.address),
            sight.words(mail.subject),
            sight.words(" ".join(mail.text.split()))[:_SHOWN],
            why,
        )

    def admit(self, request: Request, letter_id: str) -> HTMLResponse:
        office = self._office
        with office.readers.reader() as store:
            stored = store.letter(letter_id)
        if (
            stored is None
            or stored.replayed_at is not None
            or stored.letter.reason not in SET_ASIDE
        ):
            problem = "这封邮件已经不在列表里，可能已由别人处理。"
            return self.page(request, problem=problem, status=409)
        letter = stored.letter
        try:
            source = wiring.build_sources(office.settings).get(letter.source)
            if not isinstance(source, Admitting):
                problem = f"来源 {letter.source} 已不在 sources.toml 里，或不是邮箱，无法收下。"
                return self.page(request, problem=problem, status=409)
            found = source.admit(
                whole_original(letter.original, office.get(Uploads).kept), now=office.clock()
            )
        except (SettingsError, SourceError, NotHere) as error:
            return self.page(request, problem=str(error), status=400)
        if isinstance(found, Rejected):
            return self.page(request, problem=mask(found.detail), status=409)
        with office.acts.apart() as runner:
            runner.take(letter.source, Batch(found=(found,)))
            with runner.store.transaction():
                runner.store.mark_replayed(letter_id, office.clock())
            runner.pump_all()
        note(office, request, AuditAction.LETTER, letter_id, f"作为来信收下：{found.case_id}")
        return self.page(request, f"已收下，编号 {found.case_id}。")

    def dismiss(self, request: Request, chosen: list[str]) -> HTMLResponse:
        if not chosen:
            return self.page(request, problem="请先勾选邮件。", status=400)
        office = self._office
        with office.acts.borrowed() as runner:
            for letter_id in chosen:
                with runner.store.transaction():
                    runner.store.mark_replayed(letter_id, office.clock())
                note(office, request, AuditAction.LETTER, letter_id, "确认不是来信")
        return self.page(request, f"已确认 {len(chosen)} 封不是来信，原文仍保留。")


def add_set_aside(app: FastAPI, office: DeskContext) -> None:
    aside = _SetAside(office)

    @app.get(HREF)
    def set_aside(request: Request) -> HTMLResponse:
        return aside.page(request)

    @app.post(HREF)
    def act(request: Request, form: Posted) -> HTMLResponse:
        only(request, *BOTH)
        if admitted := str(form.get("admit", "")):
            return aside.admit(request, admitted)
        ticked = {str(each) for each in form.getlist("letter")}
        with office.readers.reader() as store:
            waiting = store.letters_aside(max(1, sum(store.aside_counts().values())))
        chosen = [one.letter.letter_id for one in waiting if one.letter.letter_id in ticked]
        return aside.dismiss(request, chosen)
