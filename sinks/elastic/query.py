"""A `Query` in Elasticsearch's language.

Everything is a filter: nothing is scored, and conditions can be cached.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from cases.words.times import beijing
from sinks.ledger.base import Counts, Facets, Order, Query
from sinks.ledger.case_index import CONDITIONS, COUNTED, folded
from sinks.ledger.fields import seconds_of, tokens

Clause = dict[str, Any]
"""JSON of the query language."""

CASE_ID: list[Clause] = [{"case_id": "asc"}]
ORDERS: dict[Order, list[Clause]] = {
    Order.NEWEST: [{"received_at": "desc"}, {"case_id": "desc"}],
    Order.OLDEST: [{"received_at": "asc"}, *CASE_ID],
    Order.DUE: [{"due_at": {"order": "asc", "missing": "_last"}}, *CASE_ID],
    Order.CASE_ID: CASE_ID,
}
"""Each ends with the case_id, so that it is the same every time."""

_MOST_GROUPS = 10_000
_MOST_TERMS = 65_536
"""Of one clause: `index.max_terms_count`."""


def conditions(query: Query) -> Clause:
    phrases = [tokens(folded(piece)) for piece in query.text.split()]
    parts: list[Clause] = [{"match_phrase": {"text": phrase}} for phrase in phrases if phrase]
    for condition, field in (*CONDITIONS.words, *CONDITIONS.lists):
        if value := getattr(query, condition):
            parts.append(_is(field, value))
    if query.case_ids is not None:
        parts.append(_one_of("case_id", query.case_ids))
    if query.high_risks is not None:
        parts.append(_high_risk(query.high_risks))
    for condition, field in CONDITIONS.flags:
        if (flag := getattr(query, condition)) is not None:
            parts.append(_is(field, flag))
    if query.states:
        parts.append({"terms": {"state": [state.value for state in query.states]}})
    for condition, field in CONDITIONS.since:
        parts += _between(field, getattr(query, condition), None)
    for condition, field in CONDITIONS.until:
        parts += _between(field, None, getattr(query, condition))
    if not query.not_withheld_from:
        return {"bool": {"filter": parts}}
    withheld = {"terms": {"withheld_from": list(query.not_withheld_from)}}
    return {"bool": {"filter": parts, "must_not": withheld}}


def to_look_at(until: datetime, calendar: str) -> Clause:
    other_calendar = {"bool": {"must_not": {"terms": {"provisional_calendar": ["", calendar]}}}}
    return _any([*_between("look_by", None, until), other_calendar])


def of_unit(unit: str) -> Clause:
    """Cases that this unit leads or assists in; "" for all."""
    return _is("units", unit) if unit else {"match_all": {}}


def count_questions(now: datetime, high_risks: Iterable[str]) -> dict[str, Clause]:
    """The aggregations of `Ledger.counts`; `read_counts` reads the answer."""
    midnight = beijing(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tomorrow = midnight + timedelta(days=1)
    still_open = {
        "undispatched": {"filter": _is("dispatched", False)},
        "due_today": {"filter": _all(_between("due_at", now, tomorrow))},
        "overdue": {"filter": _all(_between("due_at", None, now))},
        "high_risk": {"filter": _high_risk(list(high_risks))},
    }
    return {
        "today": {"filter": _all(_between("received_at", midnight, tomorrow))},
        "open": {"filter": _is("open", True), "aggs": still_open},
    }


def read_counts(total: int, answer: Mapping[str, Any]) -> Counts:
    open_cases = answer["open"]
    return Counts(
        total=total,
        today=answer["today"]["doc_count"],
        undispatched=open_cases["undispatched"]["doc_count"],
        due_today=open_cases["due_today"]["doc_count"],
        overdue=open_cases["overdue"]["doc_count"],
        high_risk=open_cases["high_risk"]["doc_count"],
    )


def facet_questions(query: Query) -> tuple[Clause, dict[str, Clause]]:
    """What all facets have in common, and the aggregations: each field under all conditions
    but its own. `read_facets` reads the answer."""
    own = {name: _own(query, name) for name in COUNTED}
    questions = {
        name: {
            "filter": _all([clause for n, c in own.items() if n != name for clause in c]),
            "aggs": {"values": _groups(field)},
        }
        for name, field in COUNTED.items()
    }
    free = replace(query, states=(), **{name: "" for name in COUNTED if name != "state"})
    return conditions(free), questions


def read_facets(answer: Mapping[str, Any], *, exact: bool) -> Facets:
    found = {
        # Nothing was chosen: no value of a facet.
        name: tuple(pair for pair in _read_groups(answer[name]["values"]) if pair[0])
        for name in COUNTED
    }
    return Facets(**found, exact=exact)


def _own(query: Query, name: str) -> list[Clause]:
    """The query's condition on the field of one facet."""
    if name == "state":
        states = [state.value for state in query.states]
        return [{"terms": {"state": states}}] if states else []
    value = getattr(query, name)
    return [_is(COUNTED[name], value)] if value else []


def _groups(field: str) -> Clause:
    order = [{"_count": "desc"}, {"_key": "asc"}]
    return {"terms": {"field": field, "size": _MOST_GROUPS, "order": order}}


def _read_groups(answer: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((bucket["key"], bucket["doc_count"]) for bucket in answer["buckets"])


def _is(field: str, value: str | bool) -> Clause:  # noqa: FBT001  a value, not a switch
    return {"term": {field: value}}


def _one_of(field: str, values: Sequence[str]) -> Clause:
    return _any(
        [
            {"terms": {field: list(values[start : start + _MOST_TERMS])}}
            for start in range(0, len(values) or 1, _MOST_TERMS)
        ]
    )


def _between(field: str, begin: datetime | None, end: datetime | None) -> list[Clause]:
    bounds = {sign: seconds_of(at) for sign, at in (("gte", begin), ("lt", end)) if at is not None}
    # Without a format a number in a range means milliseconds, whatever the mapping says.
    return [{"range": {field: {**bounds, "format": "epoch_second"}}}] if bounds else []


def _high_risk(risks: Sequence[str]) -> Clause:
    return _any([_is("urgent", True), {"terms": {"risk": list(risks)}}])


def _all(clauses: Sequence[Clause]) -> Clause:
    return {"bool": {"filter": list(clauses)}}


def _any(clauses: Sequence[Clause]) -> Clause:
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}
