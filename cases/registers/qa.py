"""政策咨询问答库: policy documents in force, and questions answered out of them.

Pure. An entry is an answer only as long as the document that it quotes is in force:
an expired or repealed document takes its entries out of every list and export by
itself, on the day. Nobody publishes a text of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from cases.registers.ownership import owns
from cases.words.actors import Actor, Role
from cases.words.refusals import NotAllowed

LONGEST_QUESTION = 200
LONGEST_ANSWER = 5000
EDITORS = (Role.DESK, Role.ADMIN, Role.RESPONDER)
APPROVERS = (Role.DESK, Role.REVIEWER, Role.ADMIN)


# -- documents ---------------------------------------------------------------


class Document(Struct, frozen=True, kw_only=True):
    """政策文件 as entered."""

    title: str
    reference: str
    """文号."""
    issued_by: str = ""
    url: str = ""
    valid_from: date
    valid_to: date | None = None
    """Last day in force; None for no end written in it."""
    repealed_on: date | None = None
    """废止: first day no longer in force."""
    repealed_why: str = ""

    def in_force(self, day: date) -> bool:
        ended = self.valid_to is not None and day > self.valid_to
        repealed = self.repealed_on is not None and day >= self.repealed_on
        return self.valid_from <= day and not ended and not repealed


def check_document(document: Document, actor: Actor) -> None:
    """Raises `NotAllowed`."""
    _require(actor.role in EDITORS, "政策文件由值班台、承办单位或管理员登记。")
    _require(document.title.strip() and document.reference.strip(), "请填写文件名称和文号。")
    _require(
        document.valid_to is None or document.valid_to >= document.valid_from,
        f"有效期止（{document.valid_to}）应不早于起（{document.valid_from}）。",
    )
    _require(
        not document.url or document.url.startswith(("http://", "https://")),
        "网址应以 http:// 或 https:// 开头。",
    )


def check_owner(owner: str, actor: Actor) -> None:
    """`owner`: the unit that registered the document, "" for the desk. Answers of other units
    may rest on it: with a repeal they are public no more. Raises `NotAllowed`."""
    _require(owns(actor, owner), "政策文件只能由登记它的单位或值班台修改、废止；请联系值班台。")


# -- entries -----------------------------------------------------------------


class QaStanding(StrEnum):
    """How far an entry is. The value is stored and shown."""

    DRAFT = "草稿"
    SUBMITTED = "待审"
    PUBLISHED = "已发布"
    WITHDRAWN = "已撤回"


class Written(Struct, frozen=True, kw_only=True, tag="written"):
    """What the entry says; also how it begins and how it is edited."""

    question: str
    answer: str
    document: str
    """Number of the document."""
    clause: str
    """第几条第几款."""
    topic: str = ""
    unit: str = ""
    valid_to: date | None = None
    """Earlier than the document's, where the answer is."""
    case_ids: tuple[str, ...] = ()
    """The inquiries that it came from."""


class Submitted(Struct, frozen=True, tag="submitted"):
    pass


class Approved(Struct, frozen=True, tag="approved"):
    opinion: str = ""


class Rejected(Struct, frozen=True, tag="rejected"):
    reason: str


class Withdrew(Struct, frozen=True, tag="withdrew"):
    reason: str


Step = Written | Submitted | Approved | Rejected | Withdrew


class Happened(Struct, frozen=True):
    at: datetime
    by: Actor
    step: Step


class QaEntry(Struct, frozen=True, kw_only=True):
    """One question and answer as it is now."""

    number: str
    content: Written
    standing: QaStanding = QaStanding.DRAFT
    published: Written | None = None
    """What is public; an edit goes through approval again and replaces it then."""
    written_by: str = ""
    """Account id of who last wrote."""
    approved_by: str = ""
    published_at: datetime | None = None
    rejected: str = ""
    withdrawn: str = ""
    history: tuple[Happened, ...] = ()

    def public(self, documents: Mapping[str, Document], day: date) -> bool:
        """Whether the published text may be shown on this day."""
        if self.published is None or self.standing is QaStanding.WITHDRAWN:
            return False
        document = documents.get(self.published.document)
        own_end = self.published.valid_to
        return (
            document is not None and document.in_force(day) and (own_end is None or day <= own_end)
        )


def fold(number: str, history: Iterable[Happened]) -> QaEntry:
    """The entry from its whole history; the first step is `Written`."""
    steps = tuple(history)
    first = steps[0].step
    if not isinstance(first, Written):
        raise TypeError(f"{number} does not begin with a text")
    entry = QaEntry(number=number, content=first, written_by=steps[0].by.id)
    for one in steps[1:]:
        entry = _after(entry, one)
    return replace(entry, history=steps)


def _after(entry: QaEntry, happened: Happened) -> QaEntry:
    who = happened.by.name or happened.by.id
    match happened.step:
        case Written() as content:
            return replace(
                entry,
                content=content,
                standing=QaStanding.DRAFT,
                written_by=happened.by.id,
                rejected="",
                withdrawn="",
            )
        case Submitted():
            return replace(entry, standing=QaStanding.SUBMITTED, rejected="")
        case Approved():
            return replace(
                entry,
                standing=QaStanding.PUBLISHED,
                published=entry.content,
                approved_by=who,
                published_at=happened.at,
            )
        case Rejected(reason=reason):
            return replace(entry, standing=QaStanding.DRAFT, rejected=reason)
        case Withdrew(reason=reason):
            return replace(entry, standing=QaStanding.WITHDRAWN, published=None, withdrawn=reason)


def check_written(
    content: Written, actor: Actor, documents: Mapping[str, Document], day: date
) -> None:
    """Raises `NotAllowed`."""
    _require(actor.role in EDITORS, "问答由值班台、承办单位或管理员编写。")
    _require(owns(actor, content.unit), "只能编写本单位的问答。")
    _require(content.question.strip(), "请填写问题。")
    _require(content.answer.strip(), "请填写答案。")
    _require(
        len(content.question) <= LONGEST_QUESTION and len(content.answer) <= LONGEST_ANSWER,
        f"问题最长 {LONGEST_QUESTION} 字、答案最长 {LONGEST_ANSWER} 字，"
        f"实际是 {len(content.question)} 字和 {len(content.answer)} 字。",
    )
    document = documents.get(content.document)
    _require(document, "请选择所依据的政策文件；没有的先登记。")
    _require(document and document.in_force(day), "所依据的政策文件已经失效，不能再用来解答。")
    _require(content.clause.strip(), "请写明依据的条款（第几条第几款）。")


def check(
    entry: QaEntry, step: Step, actor: Actor, documents: Mapping[str, Document], day: date
) -> None:
    """Raises `NotAllowed`."""
    match step:
        case Written() as content:
            _require_own(entry, actor)
            check_written(content, actor, documents, day)
        case Submitted():
            _require_own(entry, actor)
            _require(entry.standing is QaStanding.DRAFT, f"此问答{entry.standing}，不能提交。")
            check_written(entry.content, actor, documents, day)
        case Approved() | Rejected():
            _require(actor.role in APPROVERS, "问答由值班台、审核或管理员审定。")
            _require(entry.standing is QaStanding.SUBMITTED, f"此问答{entry.standing}，不在待审。")
            _require(actor.id != entry.written_by, "问答应由编写人以外的人审定。")
            if isinstance(step, Rejected):
                _require(step.reason.strip(), "请填写退回的理由。")
            else:
                document = documents.get(entry.content.document)
                _require(document and document.in_force(day), "所依据的政策文件已经失效。")
        case Withdrew(reason=reason):
            _require(actor.role in APPROVERS, "问答由值班台、审核或管理员撤回。")
            _require(entry.standing is not QaStanding.WITHDRAWN, "此问答已经撤回。")
            _require(reason.strip(), "请填写撤回的理由。")


def _require_own(entry: QaEntry, actor: Actor) -> None:
    _require(actor.role in EDITORS, "问答由值班台、承办单位或管理员编写。")
    _require(owns(actor, entry.content.unit), "只能编写本单位的问答。")


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise NotAllowed(reason)
