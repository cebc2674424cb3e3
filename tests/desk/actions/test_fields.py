"""From what a browser sends to a command, by the command's own types."""

from __future__ import annotations

from datetime import datetime

import pytest
from starlette.datastructures import FormData

from cases.record import commands as do
from cases.words.times import BEIJING
from desk.actions.fields import BadForm, Field, Form, read_command


def test_a_time_of_the_browser_is_local_time() -> None:
    sent = FormData([("rung", "催办"), ("text", "请尽快"), ("due_at", "2026-11-25T10:00")])
    command = read_command("press", sent)
    assert isinstance(command, do.Press)
    assert command.due_at == datetime(2026, 11, 25, 10, 0, tzinfo=BEIJING)


def test_boxes_of_which_none_is_ticked_are_an_answer() -> None:
    assert read_command("correct", FormData([("risk.given", "1")])) == do.Correct(risk=())
    assert read_command("correct", FormData([])) == do.Correct()


def test_no_verdict_is_an_answer_too() -> None:
    command = read_command("call_back", FormData([("resolved", ""), ("note", "无人接听")]))
    assert command == do.CallBack(resolved=None, satisfied=None, note="无人接听")


def test_no_event_level_is_an_answer_and_an_empty_choice_of_the_others_is_none() -> None:
    sent = FormData([("event_level", ""), ("urgent", ""), ("kind", "")])
    assert read_command("correct", sent) == do.Correct(event_level="")


def test_a_wrong_answer_is_named_as_the_office_names_it() -> None:
    with pytest.raises(BadForm, match=r"^“解决日期”没有填对"):
        read_command("suspend", FormData([("measures", "协调"), ("until", "明年")]))


def test_what_has_no_short_name_is_named_as_the_form_names_it() -> None:
    known = Form(fields=(Field(name="reason", label="延期的理由"),))
    sent = FormData([("working_days", "3")])
    with pytest.raises(BadForm, match=r"^“延期的理由”没有填对"):
        read_command("ask_extension", sent, known)
    with pytest.raises(BadForm, match=r"^“reason”没有填对"):
        read_command("ask_extension", sent)
