"""What a case is about, corrected and linked, and what has to stay secret: words, forms and
sentences."""

from __future__ import annotations

from msgspec.structs import replace

from cases.clocks.rule import EVENT_LEVELS
from cases.life.labels import corrected_clocks, set_by_person
from cases.record import commands as do
from cases.record import events as ev
from cases.record.case import Case
from cases.words.labels import SENTIMENT_WORDS, Kind, Sentiment
from desk.actions.fields import Choices, Field, Form
from desk.actions.form_context import REASON, FormContext, area, units
from desk.actions.registry import form, plain, sentence
from desk.phrasing import vocabulary
from desk.phrasing.phrases import Phrases, Said, joined
from desk.phrasing.times import moment

_YES_NO = (("1", "是"), ("0", "否"))


@form(do.Correct, word="更正", place=400)
def correct(context: FormContext) -> Form:
    labels = context.case.labels
    levels = (("", "不是突发事件"), *((level, level) for level in EVENT_LEVELS))
    return Form(
        title="更正识别结果",
        button="更正",
        told="更正后从受理时间起重新计算时限。是否简单问题随诉求类型和事项分类按规则认定，可以另选。",
        fields=(
            Field(
                name="topic_path",
                label="事项分类",
                sort="select",
                value=("/".join(labels.topic_path),),
                choices=(("", "未分类"),),
                groups=_with_current(context.topics, labels.topic_path),
            ),
            Field(
                name="kind",
                label="诉求类型",
                sort="radio",
                value=(labels.kind.value,),
                choices=tuple((kind.value, kind.value) for kind in Kind),
            ),
            Field(
                name="sentiment",
                label="情感倾向",
                sort="radio",
                value=(labels.sentiment.value,),
                choices=tuple((one.value, SENTIMENT_WORDS[one]) for one in Sentiment),
            ),
            Field(
                name="risk",
                label="风险",
                sort="checks",
                value=labels.risk,
                choices=tuple(
                    (name, name) for name in dict.fromkeys((*context.risks, *labels.risk))
                ),
            ),
            Field(
                name="urgent",
                label="紧急",
                sort="radio",
                value=("1" if labels.urgent else "0",),
                choices=_YES_NO,
            ),
            _simple(context.case),
            Field(
                name="event_level",
                label="突发事件级别",
                sort="select",
                value=(context.case.event_level,),
                choices=levels,
            ),
            area("reason", "说明", required=False),
        ),
    )


plain(
    do.LinkMatter,
    Field(
        name="matter",
        label="同一事项的编号",
        sort="text",
        hint="最早一件的编号",
        required=True,
    ),
    area("reason", "理由", required=False),
    word="关联同一事项",
    place=410,
)


@form(do.UnlinkMatter, word="取消关联", place=420)
def unlink_matter(context: FormContext) -> Form:
    choices = tuple((matter, matter) for matter in context.case.matters)
    return Form(
        title="取消同一事项的关联",
        button="取消关联",
        fields=(
            Field(name="matter", label="事项", sort="select", choices=choices, required=True),
            area("reason", "理由", required=False),
        ),
    )


@form(do.MarkConfidential, word="标为保密件", place=430)
def mark_confidential(context: FormContext) -> Form:
    return Form(
        fields=(
            REASON,
            Field(
                name="accused",
                label="被反映的单位",
                sort="many",
                groups=units(context),
                hint="这些单位看不到反映人和内容，也不能承办",
            ),
        ),
        warning="标为保密件后不能撤销，答复不得公开。",
    )


def lengthening(context: FormContext, command: do.Correct) -> str:
    """What a correction does to the citizen's clock, where it makes it longer."""
    case = context.case
    if not case.open:
        return ""
    clocks = corrected_clocks(case, command, context.office.rules)
    if not clocks.lengthens or clocks.old_due is None:
        return ""
    before = moment(clocks.old_due, context.now)
    after = moment(clocks.new_due, context.now) if clocks.new_due else "没有答复时限"
    return f"此更正会延长答复期限：由 {before} 变为 {after}。"


def with_approval(correction: Form, warning: str) -> Form:
    """The correction's form, asking for the desk's consent to a longer clock."""
    consent = Field(name="lengthen_approved", label="值班台同意延长", sort="check")
    return replace(correction, warning=warning, fields=(*correction.fields, consent))


def unchanged_left_out(case: Case, command: do.Correct) -> do.Correct:
    """The form sends every label; only what differs is a correction. That a question is simple
    follows from the kind unless a person chose it, so a choice counts even without a
    difference."""
    names = ["kind", "topic_path", "sentiment", "risk", "urgent"]
    if set_by_person(case, "simple"):
        names.append("simple")
    same = {n: None for n in names if getattr(command, n) == getattr(case.labels, n)}
    if command.event_level == case.event_level:
        same["event_level"] = None
    return replace(command, **same)


def _simple(case: Case) -> Field:
    now = "1" if case.labels.simple else "0"
    said = set_by_person(case, "simple")
    by_rule = (("", f"按规则（现在：{dict(_YES_NO)[now]}）"),)
    return Field(
        name="simple",
        label="简单问题",
        sort="radio",
        value=(now if said else "",),
        choices=_YES_NO if said else (*by_rule, *_YES_NO),
    )


def _with_current(
    topics: tuple[tuple[str, Choices], ...], path: tuple[str, ...]
) -> tuple[tuple[str, Choices], ...]:
    """The tree, and what stands there now where an older table gave it."""
    current = "/".join(path)
    known = {value for _, choices in topics for value, _ in choices}
    if not current or current in known:
        return topics
    return (("现在的分类", ((current, " / ".join(path)),)), *topics)


@sentence(ev.MatterLinked)
def matter_linked(body: ev.MatterLinked, phrases: Phrases) -> Said:
    burst = f"，近期来件 {body.burst} 件" if body.burst else ""
    return Said(f"关联为同一事项{burst}", joined(f"首件 {body.matter}", body.reason))


@sentence(ev.MatterUnlinked)
def matter_unlinked(body: ev.MatterUnlinked, phrases: Phrases) -> Said:
    return Said("取消同一事项的关联", joined(body.matter, body.reason))


@sentence(ev.MarkedConfidential)
def marked_confidential(body: ev.MarkedConfidential, phrases: Phrases) -> Said:
    # Which unit is accused is itself secret: it stands with what a confidential case hides.
    accused = f"被反映单位：{phrases.units(body.accused)}" if body.accused else ""
    return Said("标为保密件", joined(body.reason, accused))


@sentence(ev.Corrected)
def corrected(body: ev.Corrected, phrases: Phrases) -> Said:
    names = [vocabulary.field(name) for name in body.fields]
    if body.event_level is not None:
        names.append("事件等级")
    simple = "，按规则定为" + ("简单问题" if body.labels.simple else "非简单问题")
    follows = simple if "simple" in body.derived else ""
    return Said(f"更正：{'、'.join(names)}{follows}", body.reason)
