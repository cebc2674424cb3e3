"""死信: what could not be taken in; another try, or the end of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.privacy.masking import mask
from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.admin.area import BOTH, Posted, show, show_as
from desk.dead_letters.service import LONGEST_REASON, DeadLetters, GivenUp, replayed_text
from desk.dead_letters.sight import LetterSight, secrecy_of
from desk.files.uploads import Uploads
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.settings import SettingsError
from desk.ground.sight import LEAST_REASON
from desk.http.authentication import doer_of, only, person_of
from desk.http.form_input import note
from desk.http.waiting import WaitingCounts
from desk.ledger.filter_input import read_page
from sinks.ledger.base import Ledger
from streams.dead_letters import DeadLetter, StoredLetter
from streams.sources.seam.base import SourceError
from streams.stored_originals import NotHere, whole_original

_PAGE: Final = 50
_MOST: Final = 20_000
"""Characters of an original that a page shows."""
_BINARY: Final = 2_000
"""Bytes shown of what is no text."""
HREF: Final = "/dead-letters"


class Line(Struct, frozen=True):
    letter: DeadLetter
    times: int
    origin: str
    detail: str
    given_up: str
    """Why it was given up before it came again; "" where it was not."""


class _Letters:
    """What the pages and their buttons share."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office
        self._service = office.get(DeadLetters)
        self._after = ""
        """Where the last retry stopped, when it was more than one page waits for."""

    def page(
        self,
        request: Request,
        said: str = "",
        problem: str = "",
        status: int = 200,
    ) -> HTMLResponse:
        only(request, *BOTH)
        number = read_page(request.query_params)
        with self._office.readers.reader() as store:
            if said:
                store.catch_up()
            stored = store.newest_letters(_PAGE, (number - 1) * _PAGE)
            total = store.letters_waiting()
            lines = [
                self._line(one, self._sight(request, one.letter, store.ledger)) for one in stored
            ]
        first = {one.letter.reason: one.detail[:30] for one in reversed(lines)}
        return show(
            self._office,
            request,
            "letters",
            status,
            lines=lines,
            reasons=sorted(first.items()),
            total=total,
            number=number,
            pages=max(1, -(-total // _PAGE)),
            said=said,
            problem=problem,
        )

    def replay(self, request: Request, chosen: Collection[str]) -> HTMLResponse:
        try:
            done = self._service.replay(doer_of(request), only=chosen, after=self._after)
        except (NotAllowed, SettingsError, SourceError) as error:
            return self.page(request, problem=str(error), status=400)
        # Also round the corner: letters that came before the place are tried again.
        self._after = done.after if done.tried else ""
        left = f"；还有 {done.left} 条没有试，请再点一次" if done.left else ""
        return self.page(request, f"{replayed_text(done)}{left}。")

    def give_up(self, request: Request, chosen: Collection[str], reason: str) -> HTMLResponse:
        try:
            self._service.give_up(doer_of(request), chosen, reason)
        except NotAllowed as problem:
            return self.page(request, problem=str(problem), status=400)
        return self.page(request, f"已放弃 {len(chosen)} 条，原文仍保留，不再等待处理。")

    def one(self, letter_id: str) -> StoredLetter:
        """Raises `HTTPException` 404."""
        with self._office.readers.reader() as store:
            found = store.letter(letter_id)
        if found is None:
            raise HTTPException(404, "没有这条死信，可能已经清理。")
        return found

    def detail(
        self, request: Request, stored: StoredLetter, *, masked: bool, problem: str = ""
    ) -> HTMLResponse:
        with self._office.readers.reader() as store:
            sight = self._sight(request, stored.letter, store.ledger, unmasked=not masked)
        text, how = self._original(stored.letter, sight)
        return show_as(
            self._office,
            request,
            "letters",
            "admin_letter.html",
            status=422 if problem else 200,
            one=self._line(stored, sight),
            problem=problem,
            waiting=stored.replayed_at is None,
            original=text,
            how=how,
            masked=masked,
            withheld=sight.withheld,
            may_unmask=sight.desk,
        )

    def _original(self, letter: DeadLetter, sight: LetterSight) -> tuple[str, str]:
        try:
            whole = whole_original(letter.original, self._office.get(Uploads).kept)
            return readable(whole, sight.text)
        except NotHere as problem:
            return str(problem), "无法显示"

    def _line(self, stored: StoredLetter, sight: LetterSight) -> Line:
        letter = stored.letter
        entries = self._service.book.load(letter.letter_id)
        reason = msgspec.json.decode(entries[-1].body, type=GivenUp).reason if entries else ""
        return Line(
            letter,
            stored.times,
            sight.origin(letter.origin),
            sight.detail(letter.detail),
            mask(reason),
        )

    def _sight(
        self, request: Request, letter: DeadLetter, ledger: Ledger, *, unmasked: bool = False
    ) -> LetterSight:
        secrecy = secrecy_of(letter, self._office.get(Uploads).kept, ledger)
        return LetterSight(person_of(request).role, secrecy, unmasked=unmasked)


def add_letters(app: FastAPI, office: DeskContext) -> None:
    letters = _Letters(office)
    office.get(WaitingCounts).register("admin", lambda store, _actor: store.letters_waiting())

    @app.get(HREF)
    def dead_letters(request: Request) -> HTMLResponse:
        return letters.page(request)

    @app.post(HREF)
    def act(request: Request, form: Posted) -> HTMLResponse:
        with office.readers.reader() as store:
            waiting = store.waiting_reasons()
        chosen = _chosen(form, waiting)
        if form.get("do") == "give-up":
            why = str(form.get("why", "")).strip()[:LONGEST_REASON]
            return letters.give_up(request, chosen, why)
        return letters.replay(request, chosen)

    @app.get(HREF + "/{letter_id}")
    def letter_page(request: Request, letter_id: str) -> HTMLResponse:
        only(request, *BOTH)
        return letters.detail(request, letters.one(letter_id), masked=True)

    @app.post(HREF + "/{letter_id}/original")
    def original(request: Request, letter_id: str, form: Posted) -> HTMLResponse:
        only(request, Role.DESK)
        stored = letters.one(letter_id)
        reason = str(form.get("reason", "")).strip()[:LONGEST_REASON]
        if len(reason) < LEAST_REASON:
            problem = "请写明为什么需要查看完整原文。"
            return letters.detail(request, stored, masked=True, problem=problem)
        note(office, request, AuditAction.UNMASK, letter_id, f"查看死信原文：{reason}")
        return letters.detail(request, stored, masked=False)


def readable(original: bytes, shown: Callable[[str], str] = str) -> tuple[str, str]:
    """As much of the bytes as a page shows, and how they were read. `shown`: hides what may
    not be seen; it is given the whole text, for a piece of it says less of what it is."""
    for coding in ("utf-8", "gb18030"):
        try:
            text = original.decode(coding)
        except UnicodeDecodeError:
            continue
        if all(char.isprintable() or char in "\r\n\t\f\v\ufeff" for char in text[:_MOST]):
            how = f"按 {coding.upper()} 显示" + _cut(len(text), _MOST, "字")
            return shown(text)[:_MOST], how
    how = "不是文字，按十六进制显示" + _cut(len(original), _BINARY, "字节")
    return shown(original[:_BINARY].hex(" ", 1)), how


def _cut(length: int, most: int, unit: str) -> str:
    return f"，共 {length:,} {unit}，只显示前 {most:,}" if length > most else ""


def _chosen(form: FormData, waiting: list[tuple[str, str]]) -> set[str]:
    """The letters that were ticked, or all of one reason; only such as still wait."""
    if form.get("do") == "replay-reason":
        wanted = str(form.get("reason", ""))
        return {letter_id for letter_id, reason in waiting if reason == wanted}
    ticked = {str(each) for each in form.getlist("letter")}
    return {letter_id for letter_id, _ in waiting if letter_id in ticked}
