"""The conservation proof: what came in is in the ledger, once, or is a dead letter.

Reads the log itself, not counters of the processing:

    observations = cases + later versions + known duplicates + dead letters

and finds every action and every tick in the history of its case (refusals are
part of a history) or among the dead letters. Then it folds the journal and
holds it against the ledger, document by document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cases.life.evolve import fold
from cases.record import events as ev
from cases.record.case import Case, encode_case
from cases.record.events import Recorded
from cases.record.item import content_hash
from cases.record.messages import Message, Observation, decode_message, encode_message
from streams.dead_letters import DeadLetter, Stage, StoredLetter
from streams.intake import IntakeCounts

MOST_EXAMPLES = 5


class Audit(Struct, frozen=True, kw_only=True):
    """All figures are numbers of messages, except `cases` and `events`."""

    read: int
    """Items that the sources gave, as the intake counted them."""
    unchanged: int
    """Known duplicates that the intake dropped before the log."""
    rejected: int
    """Dead letters of the intake."""
    observations: int
    cases: int
    later_versions: int
    duplicates: int
    """Known duplicates in the log."""
    dead: int
    """Dead letters of the processing."""
    actions: int
    ticks: int
    refused: int
    """Actions and ticks that are in a history as refused."""
    unreadable: int
    """Entries of the log that are no messages; each is a dead letter."""
    waiting: int
    """Messages in the log that were not processed yet."""
    events: int
    problems: tuple[str, ...]
    """What does not balance, in plain Chinese; empty when all is well."""

    @property
    def balanced(self) -> bool:
        return not self.problems


def audit(
    *,
    log: Iterable[bytes],
    waiting: int,
    journal: Iterable[Recorded],
    ledger: Iterator[Case],
    letters: Iterable[StoredLetter],
    intake: Mapping[str, IntakeCounts],
    ahead: Iterable[bytes] = (),
) -> Audit:
    """Checks everything against everything.

    `log`: the processed part of the inbox. `journal`: ordered by case and number.
    `ledger`: ordered by case_id. `ahead`: the rest of the inbox, where some of it may have been
    processed before its turn; what has no event yet waits.
    """
    problems = _Problems()
    history = _History()
    _check_ledger(journal, ledger, history, problems)
    dead = _Dead()
    rejected = 0
    for stored in letters:
        if stored.letter.stage is Stage.PROCESS:
            dead.letters.add(stored.letter.letter_id)
            dead.messages.add(stored.letter.message_id)
        else:
            rejected += stored.times
    count: Counter[str] = Counter()
    seen: set[str] = set()
    for data in log:
        _count(data, count, seen, history, dead, problems)
    for data in ahead:
        if _is_effective(data, history):
            _count(data, count, seen, history, dead, problems)
            waiting -= 1
    for message_id in history.effect.keys() - seen:
        problems.add("事件日志中有消息，收件日志中没有", message_id)
    totals = sum(intake.values(), IntakeCounts())
    result = Audit(
        read=totals.read,
        unchanged=totals.unchanged,
        rejected=totals.rejected,
        observations=count["observation"],
        cases=count["observation:case_opened"],
        later_versions=count["observation:version_seen"],
        duplicates=count["observation:duplicate"],
        dead=count["observation:dead"],
        actions=count["action"],
        ticks=count["tick"],
        refused=count["action:action_refused"] + count["tick:action_refused"],
        unreadable=count["unreadable"],
        waiting=waiting,
        events=history.events,
        problems=(),
    )
    found = result.cases + result.later_versions + result.duplicates + result.dead
    if result.observations != found:
        problems.add(
            f"观测 {result.observations} 条，事项、后续版本、已知重复与死信合计 {found} 条，不相等"
        )
    if result.cases != history.cases:
        problems.add(f"日志中新开事项 {result.cases} 件，台账中 {history.cases} 件，不相等")
    if totals.rejected != rejected:
        problems.add(f"接收时不能识别 {totals.rejected} 条，死信中有 {rejected} 条，不相等")
    taken = totals.new + totals.later
    if not waiting and (logged := result.observations - count["observation:again"]) < taken:
        problems.add(f"接收写入观测 {taken} 条，收件日志中只有 {logged} 条")
    if totals.read != totals.new + totals.later + totals.unchanged + totals.rejected:
        problems.add(f"接收计数不平：{totals}")
    return replace(result, problems=problems.lines())


class _Problems:
    """Problems by kind, with a few examples of each."""

    def __init__(self) -> None:
        self._examples: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()

    def add(self, problem: str, example: str = "") -> None:
        self._counts[problem] += 1
        examples = self._examples.setdefault(problem, [])
        if example and len(examples) < MOST_EXAMPLES:
            examples.append(example)

    def lines(self) -> tuple[str, ...]:
        return tuple(
            f"{problem}：{self._counts[problem]} 条，如 {'、'.join(examples)}"
            if examples
            else problem
            for problem, examples in self._examples.items()
        )


class _Dead:
    """The dead letters of the processing."""

    def __init__(self) -> None:
        self.letters: set[str] = set()
        self.messages: set[str] = set()


class _History:
    """What the journal says of every message."""

    def __init__(self) -> None:
        self.effect: dict[str, str] = {}
        """First event of each message, by its name on the wire."""
        self.versions: dict[str, set[str]] = {}
        """Content hashes that each case has had."""
        self.erased: set[str] = set()
        """Cases whose personal data were erased."""
        self.cases = 0
        self.events = 0

    def add(self, event: Recorded) -> None:
        self.events += 1
        body = event.body
        self.effect.setdefault(event.message_id, str(body.__struct_config__.tag))
        if isinstance(body, ev.Erased):
            self.erased.add(event.case_id)
        if isinstance(body, ev.CaseOpened | ev.VersionSeen):
            self.versions.setdefault(event.case_id, set()).add(body.version)


def _check_ledger(
    journal: Iterable[Recorded], ledger: Iterator[Case], history: _History, problems: _Problems
) -> None:
    """Folds the journal, case by case, and holds each against its document."""
    document = next(ledger, None)
    for case_id, group in groupby(journal, key=lambda event: event.case_id):
        events = list(group)
        for event in events:
            history.add(event)
        while document is not None and document.case_id < case_id:
            problems.add("台账中有事项，事件日志中没有", document.case_id)
            document = next(ledger, None)
        if document is None or document.case_id != case_id:
            problems.add("事件日志中有事项，台账中没有", case_id)
            continue
        history.cases += 1
        try:
            folded = fold(events)
            same = folded is not None and encode_case(document) == encode_case(folded)
        except ValueError:
            same = False
        if not same:
            problems.add("台账与事件日志不一致，可用 huiyin rebuild 重建台账", case_id)
        document = next(ledger, None)
    while document is not None:
        problems.add("台账中有事项，事件日志中没有", document.case_id)
        document = next(ledger, None)


def _is_effective(data: bytes, history: _History) -> bool:
    try:
        return decode_message(data).message_id in history.effect
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _count(
    data: bytes,
    count: Counter[str],
    seen: set[str],
    history: _History,
    dead: _Dead,
    problems: _Problems,
) -> None:
    """Finds what became of one message of the log."""
    try:
        message: Message = decode_message(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        count["unreadable"] += 1
        if DeadLetter.id_of(Stage.PROCESS, "", data) not in dead.letters:
            problems.add("日志中有不能识别的内容，却不在死信中", data[:40].hex())
        return
    kind = str(message.__struct_config__.tag)
    count[kind] += 1
    effect = history.effect.get(message.message_id)
    if message.message_id in seen:
        # The log has it twice (delivered again, or replayed); it has its one effect.
        effect = "duplicate"
        count[f"{kind}:again"] += 1
    elif effect is None:
        effect = _without_effect(message, history, dead)
        if not effect:
            problems.add("日志中有消息没有进入任何事项，也不在死信中", message.message_id)
    seen.add(message.message_id)
    count[f"{kind}:{effect}"] += 1


def _without_effect(message: Message, history: _History, dead: _Dead) -> str:
    if message.case_id in history.erased:
        # Nothing is left of it to compare: a letter names the message, or it was a known one.
        if message.message_id in dead.messages:
            return "dead"
        return "duplicate" if isinstance(message, Observation) else ""
    if isinstance(message, Observation):
        known = history.versions.get(message.case_id, ())
        if content_hash(message.item) in known:
            return "duplicate"
    source = message.case_id.partition(":")[0]
    letter = DeadLetter.id_of(Stage.PROCESS, source, encode_message(message))
    return "dead" if letter in dead.letters else ""
