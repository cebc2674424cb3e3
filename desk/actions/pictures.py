"""Text that was read in pictures: word and sentence."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from desk.actions.registry import sentence, word_only
from desk.phrasing.phrases import Phrases, Said

word_only(do.NotePicture, "登记图片文字")


@sentence(ev.PictureRead)
def picture_read(body: ev.PictureRead, phrases: Phrases) -> Said:
    picture = body.picture
    if picture.unread and not picture.pages:
        return Said(f"附件的图片文字没有识别：{picture.unread}")
    part = f"，只识别了一部分：{picture.unread}" if picture.unread else ""
    raised = "，据此标出风险" if body.labels is not None else ""
    return Said(f"识别了附件的图片文字（机器识别）{raised}{part}")
