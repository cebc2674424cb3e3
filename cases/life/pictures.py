"""Text that was read in pictures: what of it is kept, and what it may change.

It comes later than the message and was typed by nobody. So it may raise a danger, which a person
then looks at; it takes no alarm back, makes no clock longer, and does not overrule a person.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from cases.life.labels import set_by_person
from cases.life.reclock import reclocked
from cases.life.registry import Attempt, applies, decides, require
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import ENDED_STATES, Case, State, unique
from cases.record.events import Recorded
from cases.record.item import Attachment
from cases.record.pictures import PictureText, evidence_field, may_be_read, picture_number
from cases.words.actors import Role
from cases.words.labels import Labels


def unread_pictures(case: Case) -> Iterator[Attachment]:
    """Attachments that may hold text, and that no program has looked at."""
    known = {picture.sha for picture in case.pictures}
    for file in case.item.attachments:
        if file.sha not in known and may_be_read(file):
            known.add(file.sha)
            yield file


def wait_to_be_read(case: Case) -> bool:
    """Whether they are read by themselves: history is not, before it is asked for."""
    return case.state is not State.ARCHIVED and any(unread_pictures(case))


def with_dangers(case: Case, labels: Labels, pictures: tuple[PictureText, ...]) -> Labels:
    """The labels with the dangers that these pictures tell of. What a person said about risk or
    urgency of the case stays as that person said it."""
    risky = not set_by_person(case, "risk")
    alarming = not set_by_person(case, "urgent")
    found = tuple(
        replace(each, field=evidence_field(number))
        for number, picture in enumerate(pictures, 1)
        for each in picture.evidence
    )
    known = tuple(each for each in labels.evidence if not picture_number(each.field))
    return replace(
        labels,
        risk=unique((*labels.risk, *(r for p in pictures for r in p.risk if risky))),
        urgent=labels.urgent or (alarming and any(picture.urgent for picture in pictures)),
        loud=labels.loud or (alarming and any(picture.loud for picture in pictures)),
        evidence=(*known, *found),
    )


@decides(do.NotePicture)
def note_picture(case: Case, command: do.NotePicture, attempt: Attempt) -> list[ev.EventBody]:
    picture = command.picture
    require(attempt.actor.role is Role.SYSTEM, "图片文字由程序登记。")
    require(any(file.sha == picture.sha for file in case.item.attachments), "此件没有这个附件。")
    require(picture not in case.pictures, "这个附件的文字已经登记。")
    labels = None
    if case.state not in ENDED_STATES:
        labels = with_dangers(case, case.labels, _pictures_with(case, picture))
    if labels == case.labels:
        labels = None
    bodies: list[ev.EventBody] = [ev.PictureRead(picture=picture, labels=labels)]
    if labels is None or not case.open:
        return bodies
    clocks = reclocked(case, labels, case.event_level, attempt.rules, detected_at=attempt.at)
    if (clocks.changed or clocks.dropped) and not clocks.lengthens:
        why = "按图片文字（机器识别）重新计算时限"
        bodies.append(ev.ClocksSet(clocks=clocks.changed, dropped=clocks.dropped, why=why))
    return bodies


@applies(ev.PictureRead)
def picture_read(case: Case, body: ev.PictureRead, event: Recorded) -> Case:
    return replace(
        case, pictures=_pictures_with(case, body.picture), labels=body.labels or case.labels
    )


def _pictures_with(case: Case, picture: PictureText) -> tuple[PictureText, ...]:
    """One that is read again keeps its number."""
    if all(known.sha != picture.sha for known in case.pictures):
        return (*case.pictures, picture)
    return tuple(picture if known.sha == picture.sha else known for known in case.pictures)
