"""What the summary of a ledger counts line by line, beside its balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from cases.reporting.lines import Entry, Line, Verdict, days_late, judged


class Summary:
    """Counts of the lines of a ledger; holds numbers only."""

    def __init__(self, high_risks: Collection[str]) -> None:
        self._high = frozenset(high_risks)
        self.verdicts: Counter[Verdict] = Counter()
        self.sentiments: Counter[str] = Counter()
        self.risks: Counter[str] = Counter()
        self.received_on: Counter[str] = Counter()
        """Newly received, by day."""
        self.high_risk = 0
        self.overdue_days = 0
        """Of those still unanswered after their due time, together."""
        self.returns = 0
        self.provisional = 0

    def add(self, line: Line) -> Verdict:
        """A report of media is on no books and changes no count."""
        verdict = judged(line)
        if line.entry is Entry.REPORT:
            return verdict
        labels = line.case.labels
        self.verdicts[verdict] += 1
        self.sentiments[labels.sentiment.value] += 1
        self.risks.update(labels.risk)
        if labels.urgency:
            self.risks[labels.urgency] += 1
        if self.is_high(line):
            self.high_risk += 1
        if verdict is Verdict.OVERDUE:
            self.overdue_days += days_late(line.case.round, line.at, verdict) or 0
        if line.entry is Entry.NEW:
            self.received_on[line.case.received_at.date().isoformat()] += 1
        clock = line.case.round.deciding_clock
        self.provisional += bool(clock and clock.provisional)
        self.returns += line.case.returns
        return verdict

    def is_high(self, line: Line) -> bool:
        labels = line.case.labels
        return labels.urgent or not self._high.isdisjoint(labels.risk)
