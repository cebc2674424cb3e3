"""What sources show of a case, and actions that were refused: sentences."""

from __future__ import annotations

from cases.record import events as ev
from desk.actions.registry import sentence, word_of
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases, Said, joined


@sentence(ev.CaseOpened)
def case_opened(body: ev.CaseOpened, phrases: Phrases) -> Said:
    return Said(f"收到来件（{body.item.channel}）", joined(*(note.text for note in body.notes)))


@sentence(ev.VersionSeen)
def version_seen(body: ev.VersionSeen, phrases: Phrases) -> Said:
    changed = "、".join(dict.fromkeys(vocabulary.field(name) for name in body.changed))
    return Said(f"来源更新了内容{f'（{changed}）' if changed else ''}")


@sentence(ev.ReplySeenAtSource)
def reply_seen_at_source(body: ev.ReplySeenAtSource, phrases: Phrases) -> Said:
    at = f"，答复时间 {phrases.moment(body.reply.at)}" if body.reply.at else "，未注明答复时间"
    return Said(f"来源平台已答复{at}", joined(*(note.text for note in body.notes)), "done")


@sentence(ev.ClosedAtSource)
def closed_at_source(body: ev.ClosedAtSource, phrases: Phrases) -> Said:
    verdict = vocabulary.verdict(resolved=body.resolved, satisfied=body.satisfied)
    return Said(f"来源平台 {phrases.moment(body.at)} 办结{f'，{verdict}' if verdict else ''}")


@sentence(ev.Archived)
def archived(body: ev.Archived, phrases: Phrases) -> Said:
    return Said(
        f"按历史数据收入（最后日期 {phrases.moment(body.at)}）",
        "不计时、不催办、不回访、不考核",
        "quiet",
    )


@sentence(ev.WithdrawnAtSource)
def withdrawn_at_source(body: ev.WithdrawnAtSource, phrases: Phrases) -> Said:
    return Said("来源平台已不再显示此件")


@sentence(ev.ActionRefused)
def action_refused(body: ev.ActionRefused, phrases: Phrases) -> Said:
    if body.command == "tick":
        return Said("巡查时限，没有变化", "", "quiet")
    return Said(f"{word_of(body.command)}未成功", body.reason, "quiet")
