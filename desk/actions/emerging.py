"""苗头预警 and its mute: words, forms and sentences."""

from __future__ import annotations

from cases.alert_rules import emerging_words
from cases.life.emerging import LONGEST_MUTE
from cases.record import commands as do
from cases.record import events as ev
from desk.actions.fields import Field
from desk.actions.registry import plain, sentence, word_only
from desk.phrasing.phrases import Phrases, Said

word_only(do.WarnEmerging, "登记苗头预警")

plain(
    do.MuteEmerging,
    Field(
        name="until",
        label="静音到何时",
        sort="datetime",
        hint=f"最长 {LONGEST_MUTE.days} 天",
        required=True,
    ),
    Field(
        name="reason",
        label="静音的理由",
        sort="text",
        hint="例如：水厂计划停水，已公告",
        required=True,
    ),
    word="静音苗头预警",
    place=412,
    button="静音",
)
plain(
    do.UnmuteEmerging,
    Field(name="reason", label="取消静音的说明", sort="text"),
    word="取消静音",
    place=413,
)


@sentence(ev.EmergingSeen)
def emerging_seen(body: ev.EmergingSeen, phrases: Phrases) -> Said:
    return Said(f"苗头预警：{emerging_words(body)}", "", "late")


@sentence(ev.EmergingMuted)
def emerging_muted(body: ev.EmergingMuted, phrases: Phrases) -> Said:
    return Said(f"苗头预警静音到 {phrases.moment(body.until)}", body.reason)


@sentence(ev.EmergingUnmuted)
def emerging_unmuted(body: ev.EmergingUnmuted, phrases: Phrases) -> Said:
    return Said("取消苗头预警的静音", body.reason)
