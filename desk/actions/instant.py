"""即时答复: its word, and the evidence that every such answer carries."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from cases.record import commands as do
from cases.record.instant import InstantBasis
from cases.registers import qa
from cases.registers.qa import Approved, Document, Happened, QaEntry, Step
from cases.words.refusals import NotAllowed
from desk.actions.registry import in_reply
from desk.ground.context import DeskContext
from desk.ground.registers import Register, RegisterEntry

in_reply(do.AnswerInstantly, "即时答复")

_STEP: Final = msgspec.json.Decoder(Step)


def with_evidence(command: do.AnswerInstantly, desk: DeskContext) -> do.AnswerInstantly:
    """The command with what its basis says today, whatever evidence the caller sent.

    Raises `NotAllowed` for a basis that is not there or not in force."""
    number, today = command.basis.strip(), desk.clock().date()
    steps = Register(desk.file, "qa").load(number)
    if not steps:
        document = _document(desk, number)
        if document is None:
            raise NotAllowed(
                f"问答库里没有“{number[:20]}”。"
                "依据应为问答编号（如 Q0001），或者政策文件编号（如 W0001）。"
            )
        if not document.in_force(today):
            raise NotAllowed(f"《{document.title}》现在不在有效期内，不能据以答复。")
        basis = InstantBasis(
            document=number, policy=policy_words(document), clause=command.clause.strip()
        )
        return replace(command, evidence=basis)
    entry = qa.fold(number, map(_happened, steps))
    document = _document(desk, entry.published.document) if entry.published else None
    if document is None or not entry.public({entry_document(entry): document}, today):
        raise NotAllowed(f"问答 {number} 没有审定发布，或者依据的文件已经失效，不能据以答复。")
    return replace(command, evidence=evidence_of(entry, document))


def evidence_of(entry: QaEntry, document: Document) -> InstantBasis:
    """Of an entry that is public today."""
    shown = entry.published or entry.content
    return InstantBasis(
        entry=entry.number,
        version=sum(isinstance(one.step, Approved) for one in entry.history),
        question=shown.question,
        reviewed=shown.answer,
        reviewed_by=entry.approved_by,
        reviewed_at=entry.published_at,
        document=shown.document,
        policy=policy_words(document),
        clause=shown.clause,
    )


def entry_document(entry: QaEntry) -> str:
    """Number of the document that the public text rests on."""
    return (entry.published or entry.content).document


def policy_words(document: Document) -> str:
    return f"《{document.title}》（{document.reference}）"


def basis_words(basis: InstantBasis) -> str:
    """The evidence in one line."""
    of_entry = f"问答 {basis.entry} 第 {basis.version} 版，" if basis.entry else ""
    return f"{of_entry}{basis.policy}{basis.clause}"


def _document(desk: DeskContext, number: str) -> Document | None:
    steps = Register(desk.file, "policies").load(number)
    return msgspec.json.decode(steps[-1].body, type=Document) if steps else None


def _happened(entry: RegisterEntry) -> Happened:
    return Happened(entry.at, entry.by, _STEP.decode(entry.body))
