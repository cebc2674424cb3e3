"""What a JSON mailbox says under names that nobody mapped."""

from __future__ import annotations

import pytest

from huiyin.net.json_values import Json
from streams.sources.site_mailbox.leftovers import other_values


@pytest.mark.parametrize(
    "key", ["deadline", "dueDate", "limit_time", "expireAt", "办理期限", "截止时间"]
)
@pytest.mark.parametrize("text", ["2026-03-09", "2026-03-09 18:00:00"])
def test_a_time_limit_that_nobody_mapped_is_kept(key: str, text: str) -> None:
    assert other_values({"a": {key: text}}, (), ()) == {f"a.{key}": text}


@pytest.mark.parametrize("key", ["createTime", "updated", "publishDate"])
def test_other_bare_times_say_nothing_to_a_person(key: str) -> None:
    assert other_values({key: "2026-03-09 18:00:00"}, (), ()) == {}


def test_words_are_kept_and_codes_are_not() -> None:
    said: Json = {"remark": "请尽快回复", "code": "A-17", "hits": "12", "left": "3天前"}
    assert other_values(said, (), ()) == {"remark": "请尽快回复"}
