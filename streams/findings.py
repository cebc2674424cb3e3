"""What rules, classifier and router find in messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from cases.life.decide import Findings, Rules
from cases.record.item import Item, quoted_text, written_text
from cases.record.messages import Message, Observation, Tick
from cases.routing.routing import Router
from cases.words.labels import LOUD, URGENT, Evidence, Labels
from classifiers.base import Classifier, Text
from sinks.ledger.base import Ledger
from streams.known_quotations import answered, item_texts, quoting, texts_of, without_known


class Means(Struct, frozen=True):
    """What a batch is read and decided by, from its beginning to its end."""

    rules: Rules
    classifier: Classifier
    router: Router


def cannot_wait(means: Means, message: Message) -> bool:
    """Whether a message goes before its turn where many wait."""
    if isinstance(message, Observation):
        return _sounds_urgent(means, message.item)
    # A clock that the sweep saw run out came in last, and would be told of last.
    return isinstance(message, Tick)


def _sounds_urgent(means: Means, item: Item) -> bool:
    if item.archived:
        return False
    if item.urgency in means.rules.handling.orders.urgent:
        return True
    return means.classifier.urgent([text_of(item)])[0]


def findings_of(means: Means, seen: Sequence[Observation], now: datetime) -> dict[str, Findings]:
    """By message id. Raises what one of the messages breaks."""
    texts = [text_of(message.item) for message in seen]
    labels = means.classifier.classify(texts)
    return {
        message.message_id: _found(means, message.item, label, now)
        for message, label in zip(seen, labels, strict=True)
    }


def looked_at_once(
    means: Means,
    messages: Sequence[Message],
    findings: Mapping[str, Findings],
    ledger: Ledger,
    now: datetime,
) -> Mapping[str, Findings]:
    """The findings, without risk that lies only in what an answer quotes of the case it
    answers (`streams.known_quotations`). Few messages are looked at twice for that.

    Raises what the ledger raises."""
    labels = {key: found.labels for key, found in findings.items()}
    doubtful = quoting(messages, labels)
    if not doubtful:
        return findings
    known = {
        case_id: texts_of(case)
        for case_id, case in ledger.load(list({answered(m.item) for m in doubtful})).items()
    }
    # The first letter and the answer may be in one batch.
    for message in messages:
        if isinstance(message, Observation):
            known.setdefault(message.case_id, []).extend(item_texts(message.item))
    again = dict(findings)
    for message in doubtful:
        if texts := known.get(answered(message.item)):
            quoted = without_known(quoted_text(message.item), texts)
            text = replace(text_of(message.item), quoted=quoted)
            label = means.classifier.classify([text])[0]
            again[message.message_id] = _found(means, message.item, label, now)
    return again


def _found(means: Means, item: Item, label: Labels, now: datetime) -> Findings:
    label, day = _ordered(label, item, means.rules), now.date()
    # A report that was attached, sent on, or put into another column is one as well.
    accusation = means.rules.accusation.find(item.title, written_text(item))
    return Findings(
        labels=label,
        assignment=means.router.route(item, label, on=day),
        accusation=accusation,
        named=means.router.named(item, on=day) if accusation else (),
    )


def _ordered(label: Labels, item: Item, rules: Rules) -> Labels:
    """Urgent where the source says so (紧急程度 特急), whatever the text does."""
    if item.urgency not in rules.handling.orders.urgent:
        return label
    loud = item.urgency in rules.handling.orders.loud
    said = Evidence(
        label=LOUD if loud else URGENT,
        text=item.urgency,
        field="urgency",
        end=len(item.urgency),
    )
    evidence = (*label.evidence, said)
    return replace(label, urgent=True, loud=label.loud or loud, evidence=evidence)


def text_of(item: Item) -> Text:
    """What a classifier reads of an item."""
    return Text(item.title, item.body, quoted_text(item))
