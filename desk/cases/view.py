"""The whole page of a case for one person: what stands on it and what that person may do."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from uuid import uuid4

from fastapi import Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from cases.life.available_actions import AvailableAction, available_actions
from cases.life.next_step import next_step
from cases.privacy.visibility import Eyes
from cases.record.case import Case
from cases.record.events import Recorded
from cases.words.actors import Actor, Role
from classifiers.base import Text
from classifiers.reply.secrecy import SecrecyTable
from classifiers.rules.tables import RuleTables
from desk.actions.fields import Choices, Form
from desk.actions.form_context import FormContext
from desk.actions.menu import IN_REPLY, WORDS, forms, not_now
from desk.actions.reply_flow import Looked, look_over
from desk.cases.aside import same_matter, similar_answers
from desk.cases.course import history_text
from desk.cases.instant import InstantAnswers, instant_answers
from desk.cases.looks import Looks
from desk.cases.page import case_page
from desk.cases.replies import Replies, replies
from desk.disclosure.register import asked_before
from desk.emerging.begun import begun_with
from desk.exchange.lines import upward_lines
from desk.exchange.service import SETTLERS
from desk.exclusions.service import word_for
from desk.files.attachments import file_lines
from desk.files.pages import upload_form
from desk.ground import wiring
from desk.ground.context import DeskContext
from desk.ground.sight import Unmasking, find_case
from desk.http.authentication import person_of
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.matters.service import Matters
from desk.papers.prints import print_links
from desk.phrasing.phrases import Phrases
from desk.qa.book import Book, Suggestion


class Trouble(Struct, frozen=True, kw_only=True):
    """Why the action was not done; the text stays where it was typed."""

    text: str
    command: str = ""
    """Whose form stays open."""
    since: tuple[Recorded, ...] = ()
    """What others did meanwhile."""
    form: Form | None = None
    """With what was typed."""
    reply: str | None = None
    """The text of the reply as typed."""
    advised: bool = False
    """The text may be submitted all the same."""


class Next(Struct, frozen=True):
    command: str
    words: str
    in_reply: bool


class CaseViews:
    """Makes the page. What it needs of the configuration is read with the first one."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office

    @cached_property
    def _secrecy(self) -> SecrecyTable:
        return wiring.build_secrecy(self._office.settings)

    @cached_property
    def _tables(self) -> RuleTables:
        return wiring.build_tables(self._office.settings)

    @cached_property
    def _topics(self) -> tuple[tuple[str, Choices], ...]:
        return _topic_choices(self._tables)

    def around(
        self, case: Case, actor: Actor, now: datetime, *, unmasked: bool = False
    ) -> FormContext:
        return FormContext(
            case=case,
            actor=actor,
            eyes=Eyes(case, actor, unmasked=unmasked),
            office=self._office,
            now=now,
            topics=self._topics,
            risks=tuple(risk.name for risk in self._tables.risk.risk),
            services={
                danger.name: danger.services[0]
                for danger in self._tables.risk.danger
                if danger.services
            },
            asked_before=lambda: self._asked_before(case),
        )

    def _asked_before(self, case: Case) -> int:
        with self._office.readers.reader() as store:
            return asked_before(store.ledger, case)

    def page(
        self,
        request: Request,
        case_id: str,
        *,
        status: int = 200,
        grant: str = "",
        trouble: Trouble | None = None,
        done: str = "",
        wanted: str = "",
    ) -> HTMLResponse:
        """`grant`: of `desk.ground.sight.Unmasking`; with it personal data is shown. `wanted`: the
        name of the command whose form stands first, whatever the next step is. Raises
        `NoSuchCase`."""
        office, person = self._office, person_of(request)
        actor = person.actor
        with page_context(office, request, "case") as (store, frame, now):
            case = find_case(store.ledger, case_id, actor)
            matter = same_matter(store, case, actor, office, now)
            begun = begun_with(store, case, actor, office, now)
            similar = similar_answers(store, case, actor, office, now)
        unmasked = bool(grant) and office.get(Unmasking).granted(grant, case, actor)
        files = file_lines(case, office, person, grant=grant if unmasked else "")
        around = self.around(case, actor, now, unmasked=unmasked)
        may = available_actions(case, actor, now, office.rules)
        fillable = _with_typed(forms(around, may), trouble)
        answer = replies(case, actor, around.eyes, may, office, self._secrecy, now)
        # What one unit has looked at is not for the others that share the case.
        seen = None if actor.role is Role.RESPONDER else office.get(Looks).of((case,))
        answers = self._answers(case, now) if answer.writing and around.eyes.labels else ()
        return render(
            "case.html",
            frame,
            status,
            answers=answers,
            instant=self._instant(case, may, around.eyes, now),
            page=case_page(
                case, around.eyes, office, now, actor, files=files, unmasked=unmasked, seen=seen
            ),
            next=_next(case, actor, office, now, may, answer),
            forms=fillable,
            asked=next((one for one in fillable if one.command == wanted), None),
            cannot=_cannot(wanted, may),
            not_now=not_now(may),
            exclusion=word_for(case, actor),
            case_id=case.case_id,
            papers=print_links(case, person, grant if unmasked else ""),
            upload=upload_form(case, office, person),
            replies=answer,
            upward=upward_lines(case, around.eyes),
            may_settle=actor.role in SETTLERS,
            matter=matter,
            joint=office.get(Matters).joint_of(case, actor),
            begun=begun,
            may_tell=office.rules.handling.allows(actor, "mute_emerging"),
            units=office.unit_groups() if begun else (),
            similar=similar,
            trouble=trouble,
            looked=_looked(case, actor, trouble, office, now),
            changes=_changes(trouble, around.eyes, office, now),
            done=WORDS.get(done, _DONE.get(done, "")),
            seen=case.seq,
            action_id=uuid4().hex,
        )

    def _answers(self, case: Case, now: datetime) -> tuple[Suggestion, ...]:
        """Of the 问答库, for who writes the reply."""
        text = Text(case.item.title, case.item.body)
        return tuple(self._office.get(Book).suggest(text, now.date()))

    def _instant(
        self, case: Case, may: dict[str, AvailableAction], eyes: Eyes, now: datetime
    ) -> InstantAnswers | None:
        possible = "answer_instantly" in may and may["answer_instantly"].possible
        if not (possible and eyes.labels):
            return None
        return instant_answers(case, self._office, now, quoting=not eyes.withheld)


_DONE = {"posted": "登记答复凭证", "settled": "登记核实结果", "sending": "开始发送答复"}


def _next(
    case: Case,
    actor: Actor,
    office: DeskContext,
    now: datetime,
    may: dict[str, AvailableAction],
    answer: Replies,
) -> Next | None:
    step = next_step(case, actor, office.rules, now)
    if step is None or step.command not in may or not may[step.command].possible:
        return None
    if step.command == "approve_reply" and answer.review is None:
        return None
    return Next(step.command, step.words, step.command in IN_REPLY)


def _cannot(wanted: str, may: dict[str, AvailableAction]) -> str:
    """Why the form that the reader came for is not there; "" where it is, or none was asked for."""
    if wanted not in WORDS:
        return ""
    if wanted not in may:
        return f"您的角色不能办理“{WORDS[wanted]}”。"
    why_not = may[wanted].why_not
    return f"现在不能办理“{WORDS[wanted]}”：{why_not}" if why_not else ""


def _looked(
    case: Case, actor: Actor, trouble: Trouble | None, office: DeskContext, now: datetime
) -> Looked | None:
    """What the rules see in a reply that came back; a script asks for it during typing."""
    if trouble is None or trouble.reply is None:
        return None
    return look_over(case, actor, trouble.reply, now, office.rules)


def _with_typed(known: tuple[Form, ...], trouble: Trouble | None) -> tuple[Form, ...]:
    if trouble is None or trouble.form is None:
        return known
    typed = trouble.form
    return tuple(typed if one.command == typed.command else one for one in known)


def _changes(
    trouble: Trouble | None, eyes: Eyes, office: DeskContext, now: datetime
) -> tuple[str, ...]:
    """What others did meanwhile, without the texts they wrote."""
    if trouble is None or not eyes.labels:
        return ()
    teller = Phrases(office.register, now)
    return tuple(
        f"{teller.moment(event.at)} {teller.actor(event.actor)}："
        f"{history_text(event, eyes, teller)}"
        for event in trouble.since
    )


def _topic_choices(tables: RuleTables) -> tuple[tuple[str, Choices], ...]:
    """The topic tree for a select: a group for each first level."""
    groups: dict[str, dict[str, str]] = {}
    for first in tables.topics.topics:
        groups[first] = {first: f"{first}（只到一级）"}
    for first, second, third in tables.topics.leaves():
        groups[first].setdefault(f"{first}/{second}", second)
        groups[first].setdefault(f"{first}/{second}/{third}", f"{second} / {third}")
    return tuple((first, tuple(choices.items())) for first, choices in groups.items())
