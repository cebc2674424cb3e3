"""One case as its page shows it to one person."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cases.privacy.masking import find_personal_data
from cases.privacy.visibility import HIDDEN_PICTURE, Eyes, Sight
from cases.record.case import Case, Task
from cases.record.disclosure import WAY_FIELD
from cases.record.item import QUOTED, SIGNATURE, quoted_text
from cases.record.pictures import evidence_field
from cases.words.actors import Actor
from cases.words.grounds import GROUND_WORDS
from cases.words.labels import SENTIMENT_WORDS, Labels
from desk.cases.course import (
    MOST_EVENTS,
    HistoryEntry,
    history_of,
    instruction_lines,
    pressure_lines,
    promise_lines,
)
from desk.cases.looks import Seen, unseen
from desk.cases.text import Piece, evidence, marked
from desk.files.file_line import FileLine
from desk.ground.context import DeskContext
from desk.phrasing.deadline_card import (
    ClockLine,
    DayCell,
    clock_line,
    clock_story,
    day_cells,
    days_note,
)
from desk.phrasing.lines import CaseLine, case_line
from desk.phrasing.page_text import MOST_CHARACTERS, shown
from desk.phrasing.phrases import Phrases
from desk.phrasing.times import how_long
from desk.phrasing.unit_choices import UnitChoice, unit_choices

_KINDS: Final = {
    "照片": ("jpg", "jpeg", "png", "gif", "bmp", "webp", "heic"),
    "录音": ("mp3", "wav", "amr", "m4a", "ogg", "aac"),
    "视频": ("mp4", "mov", "avi", "3gp", "mkv"),
}


class Enclosure(Struct, frozen=True):
    kind: str
    name: str
    href: str
    ours: bool
    """Put in at the desk, not by the source."""


class ReadPicture(Struct, frozen=True):
    """What a program read in a file."""

    name: str
    text: tuple[Piece, ...]
    unread: str


class CasePage(Struct, frozen=True, kw_only=True):
    line: CaseLine
    title: tuple[Piece, ...]
    body: tuple[Piece, ...]
    quoted: tuple[Piece, ...]
    """Earlier mails below a mail's own text, and a marked signature."""
    cut: bool
    withheld: bool
    may_unmask: bool
    """Something is hidden that this person may see, with a reason."""
    unmasked: bool
    facts: tuple[tuple[str, str], ...]
    """What the source said besides, as (name, value)."""
    enclosures: tuple[Enclosure, ...]
    pictures: tuple[ReadPicture, ...]
    """图片文字, as far as this person may know of the files."""
    files_closed: bool
    """Whether the names are all that is told of the files."""
    labelled: bool
    """Whether this person may know of what sort the case is; else the labels are empty."""
    topic_path: str
    topic_confidence: str
    candidates: str
    candidate_topics: tuple[str, ...]
    """Each corrects the topic with one press."""
    abstained: bool
    kind: str
    sentiment: str
    risks: str
    model: str
    evidence: tuple[tuple[str, tuple[str, ...]], ...]
    """Label and the words that decided it."""
    clocks: tuple[ClockLine, ...]
    days: tuple[DayCell, ...]
    days_note: str
    story: tuple[str, ...]
    """Pauses and extensions of the citizen's clock, oldest first."""
    units: tuple[tuple[str, str, str, str], ...]
    """主办 or 协办, unit, how far it is, its share."""
    unit_reason: str
    unit_choices: tuple[UnitChoice, ...]
    """Each gives the case to that unit with one press."""
    held: tuple[str, ...]
    """Why no rule dispatched it, and whom the desk may turn to: for the desk alone."""
    promises: tuple[tuple[str, str], ...]
    pressures: tuple[tuple[str, str, str], ...]
    """State, what was pressed for in this round, report on it."""
    instructions: tuple[tuple[str, str, str], ...]
    """State, instruction, report on it."""
    notes: tuple[str, ...]
    history: tuple[HistoryEntry, ...]
    earlier: int
    """Events left out at the beginning of a very long history."""


def case_page(
    case: Case,
    eyes: Eyes,
    office: DeskContext,
    now: datetime,
    actor: Actor,
    *,
    files: tuple[FileLine, ...] = (),
    unmasked: bool = False,
    seen: Seen | None = None,
) -> CasePage:
    """`files`: as `desk.files.attachments.file_lines` gives them. `seen`: which units have looked
    at it; None where this person is not told."""
    labels = case.labels if eyes.labels else Labels(model="")
    clock = case.round.reply_clock
    return CasePage(
        line=case_line(case, office, now, actor),
        title=marked(case, eyes, "title"),
        body=marked(case, eyes, "body"),
        quoted=marked(case, eyes, "quoted"),
        cut=len(case.item.body) > MOST_CHARACTERS and not eyes.withheld,
        withheld=eyes.withheld,
        may_unmask=eyes.full and not unmasked and _hides(case),
        unmasked=unmasked and eyes.sight is Sight.FULL,
        facts=_facts(case, eyes),
        enclosures=_enclosures(files, eyes),
        pictures=_pictures(case, eyes),
        files_closed=bool(files) and not eyes.may_open_files(),
        labelled=eyes.labels,
        topic_path=" / ".join(labels.topic_path) or labels.topic or "未分类（由人判断）",
        topic_confidence=_percent(labels.topic_confidence) if labels.topic else "",
        candidate_topics=tuple(
            name for name, _ in labels.topic_candidates if name and name != labels.topic
        ),
        candidates="、".join(
            f"{name} {_percent(p)}" for name, p in labels.topic_candidates if name != labels.topic
        ),
        abstained=labels.abstained,
        kind=labels.kind.value + ("（简单问题）" if labels.simple else ""),
        sentiment=f"{SENTIMENT_WORDS[labels.sentiment]}，{labels.intensity.value}",
        risks="、".join((*filter(None, (labels.urgency,)), *labels.risk)),
        model=labels.model,
        evidence=evidence(case, eyes),
        clocks=tuple(clock_line(one, case, office, now) for one in case.round.clocks),
        days=day_cells(clock, now) if clock else (),
        days_note=days_note(clock, case) if clock else "",
        story=clock_story(clock, case, Phrases(office.register, now)) if clock else (),
        units=_units(case, eyes, office, now, seen),
        unit_reason=shown(eyes, case.unit_reason),
        unit_choices=_unit_choices(case, eyes, office),
        held=_held(case, eyes, office),
        promises=promise_lines(case, eyes, office, now),
        pressures=pressure_lines(case, eyes, office, now),
        instructions=instruction_lines(case, eyes, office, now),
        notes=tuple(text for note in case.notes if (text := shown(eyes, note.text))),
        history=history_of(case, eyes, office, now),
        earlier=max(0, len(case.history) - MOST_EVENTS) if eyes.labels else 0,
    )


def _hides(case: Case) -> bool:
    item = case.item
    known = item.author or item.phone or item.email or item.address
    pictures = "\n".join(picture.text for picture in case.pictures)
    written = f"{item.title}\n{item.body}\n{quoted_text(item)}\n{pictures}"
    return bool(case.confidential or known or find_personal_data(written))


def _facts(case: Case, eyes: Eyes) -> tuple[tuple[str, str], ...]:
    facts = [("编号", case.case_id)]
    if not eyes.withheld:
        item = eyes.item()
        facts += [
            ("留言人", item.author),
            ("联系电话", item.phone),
            ("邮箱", item.email),
            ("住址", item.address),
            ("地点", item.place),
            ("来源指定单位", item.named_unit),
            ("来源分类", item.category),
            ("来源状态", item.state),
        ]
        if eyes.sight is Sight.FULL:
            facts += [(k, v) for k, v in item.extra.items() if k not in (QUOTED, SIGNATURE)]
        elif item.disclosure:  # how a request came is nothing personal
            facts.append((WAY_FIELD, item.extra.get(WAY_FIELD, "")))
    if case.outcome is not None:
        reason = shown(eyes, case.outcome.reason)
        facts.append(("答复结果", f"{case.outcome.result}{f'：{reason}' if reason else ''}"))
    if case.receipt_confirmed_at is not None:
        facts.append(("双方确认", f"{case.receipt_confirmed_at:%Y-%m-%d %H:%M}"))
    if case.versions > 1:
        facts.append(("版本", f"来源共更新 {case.versions - 1} 次"))
    if case.item.truncated and not eyes.withheld:
        facts.append(("正文", "来源只给出了前一部分"))
    return tuple((name, value) for name, value in facts if value)


def _enclosures(files: tuple[FileLine, ...], eyes: Eyes) -> tuple[Enclosure, ...]:
    if eyes.withheld:
        return ()
    return tuple(
        Enclosure(
            _kind_of(file.media_type, file.name),
            eyes.text(file.name) or "未命名",
            file.href,
            file.purpose != "source",
        )
        for file in files
    )


def _pictures(case: Case, eyes: Eyes) -> tuple[ReadPicture, ...]:
    return tuple(
        ReadPicture(seen.name or "未命名", marked(case, eyes, evidence_field(number)), seen.unread)
        for number, seen in enumerate(eyes.pictures(), 1)
        if seen != HIDDEN_PICTURE
    )


def _kind_of(media_type: str, name: str) -> str:
    media = media_type.partition("/")[0]
    sort = {"image": "照片", "audio": "录音", "video": "视频"}.get(media)
    if sort:
        return sort
    ending = name.rpartition(".")[2].lower()
    return next((kind for kind, endings in _KINDS.items() if ending in endings), "文件")


def _percent(p: float) -> str:
    return f"{p:.0%}"


# -- units -------------------------------------------------------------------


def _units(
    case: Case, eyes: Eyes, office: DeskContext, now: datetime, seen: Seen | None
) -> tuple[tuple[str, str, str, str], ...]:
    if not case.dispatched:
        return ()
    teller = Phrases(office.register, now)
    lines = []
    for task in case.tasks:
        if task.return_asked:
            state = "申请退回，待值班台处理"
        elif task.finished_at:
            state = f"{teller.moment(task.finished_at)} 提交意见"
        elif task.acknowledged_at:
            state = f"{teller.moment(task.acknowledged_at)} 签收"
        else:
            state = f"未签收{_looked(case, task, teller, seen)}"
        section = shown(eyes, f"（{task.section}）") if task.section else ""
        name = office.register.name(task.unit) + section
        share = shown(eyes, task.share, by_office=True)
        lines.append(("主办" if task.lead else "协办", name, state, share))
    return tuple(lines)


def _unit_choices(case: Case, eyes: Eyes, office: DeskContext) -> tuple[UnitChoice, ...]:
    if not eyes.labels:
        return ()
    return tuple(
        replace(one, because=shown(eyes, one.because)) for one in unit_choices(case, office)
    )


def _looked(case: Case, task: Task, teller: Phrases, seen: Seen | None) -> str:
    """Whether the unit has seen at all what it has not acknowledged."""
    if seen is None:
        return ""
    if unseen(case, task, seen):
        return f"，没有看过，派单已 {how_long(task.assigned_at, teller.now)}"
    look = seen[case.case_id, task.unit]
    return f"，{teller.moment(look.at)} {look.name} 看过"


def _held(case: Case, eyes: Eyes, office: DeskContext) -> tuple[str, ...]:
    """A held case has no lead unit: who may see everything of it is the desk."""
    held = case.held
    if held is None or not eyes.full:
        return ()
    grounds = "、".join(GROUND_WORDS[ground] for ground in held.grounds)
    lines = [f"没有自动派单：{grounds}。请值班台决定由谁办理。"]
    if held.suggested:
        lines.append(f"建议交由：{_names(held.suggested, office)}")
    if not eyes.withheld:
        lines.append(shown(eyes, held.reason))
        if held.about:
            lines.append(f"可能被反映：{_names(held.about, office)}")
        if set(held.barred) - set(held.about):
            others = tuple(unit for unit in held.barred if unit not in held.about)
            lines.append(f"与其同属一个系统：{_names(others, office)}")
    return tuple(lines)


def _names(units: tuple[str, ...], office: DeskContext) -> str:
    return "、".join(office.register.name(unit) for unit in units)
