"""The correction of what the classifier said, and what it does to the citizen's clock."""

from __future__ import annotations

from msgspec.structs import replace

from cases.clocks.rule import EVENT_LEVELS
from cases.life.labels import corrected_clocks, set_by_person
from cases.record.case import Case
from cases.record.commands import Correct
from cases.words.labels import Kind, Sentiment
from desk.cases.actions.fields import Choices, Field, Form
from desk.cases.actions.form_context import FormContext, area, form_of
from desk.phrasing import vocabulary
from desk.phrasing.times import moment

_YES_NO = (("1", "是"), ("0", "否"))


def lengthening(around: FormContext, command: Correct) -> str:
    """What a correction does to the citizen's clock, where it makes it longer."""
    case = around.case
    if not case.open:
        return ""
    clocks = corrected_clocks(case, command, around.office.rules)
    if not clocks.lengthens or clocks.old_due is None:
        return ""
    before = moment(clocks.old_due, around.now)
    after = moment(clocks.new_due, around.now) if clocks.new_due else "没有答复时限"
    return f"此更正会延长答复期限：由 {before} 变为 {after}。"


def with_approval(form: Form, warning: str) -> Form:
    """The correction's form, asking for the desk's consent to a longer clock."""
    consent = Field(name="lengthen_approved", label="值班台同意延长", sort="check")
    return replace(form, warning=warning, fields=(*form.fields, consent))


def unchanged_left_out(case: Case, command: Correct) -> Correct:
    """The form sends every label; only what differs is a correction. That a question is simple
    goes along with a kind unless somebody chose it, so his choice counts though nothing differs."""
    names = ["kind", "topic_path", "sentiment", "risk", "urgent"]
    if set_by_person(case, "simple"):
        names.append("simple")
    same = {n: None for n in names if getattr(command, n) == getattr(case.labels, n)}
    if command.event_level == case.event_level:
        same["event_level"] = None
    return replace(command, **same)


@form_of("correct")
def _correct(around: FormContext) -> Form:
    labels = around.case.labels
    levels = (("", "不是突发事件"), *((level, level) for level in EVENT_LEVELS))
    return Form(
        command="correct",
        title="更正识别结果",
        button="更正",
        told="更正后从受理时间起重新计算时限。是否简单问题随诉求类型和事项分类按规则认定，可以另选。",
        fields=(
            Field(
                name="topic_path",
                label="事项分类",
                sort="select",
                value=("/".join(labels.topic_path),),
                choices=(("", "待定"),),
                groups=_with_current(around.topics, labels.topic_path),
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
                choices=tuple((one.value, vocabulary.SENTIMENTS[one]) for one in Sentiment),
            ),
            Field(
                name="risk",
                label="风险",
                sort="checks",
                value=labels.risk,
                choices=tuple(
                    (name, name) for name in dict.fromkeys((*around.risks, *labels.risk))
                ),
            ),
            Field(
                name="urgent",
                label="紧急",
                sort="radio",
                value=("1" if labels.urgent else "0",),
                choices=_YES_NO,
            ),
            _simple(around.case),
            Field(
                name="event_level",
                label="突发事件级别",
                sort="select",
                value=(around.case.event_level,),
                choices=levels,
            ),
            area("reason", "说明", required=False),
        ),
    )


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
