"""What is kept from erasure, and what was erased: words and sentences."""

from __future__ import annotations

from cases.record import commands as do
from cases.record import events as ev
from cases.words.erasure import GROUND_WORDS
from desk.actions.form_context import area
from desk.actions.registry import plain, sentence, word_only
from desk.phrasing.phrases import Phrases, Said

plain(
    do.HoldData,
    area("reason", "理由和依据", hint="如诉讼、行政复议的案号"),
    word="保全",
    place=422,
    title="保全个人信息：解除以前不得删除",
)
plain(do.ReleaseData, area("reason", "解除的理由"), word="解除保全", place=424)
word_only(do.Erase, "删除个人信息")


@sentence(ev.DataHeld)
def data_held(body: ev.DataHeld, phrases: Phrases) -> Said:
    return Said("保全：不得删除个人信息", body.reason)


@sentence(ev.DataReleased)
def data_released(body: ev.DataReleased, phrases: Phrases) -> Said:
    return Said("解除保全", body.reason)


@sentence(ev.Erased)
def erased(body: ev.Erased, phrases: Phrases) -> Said:
    return Said(f"删除个人信息：{GROUND_WORDS[body.ground]}")
