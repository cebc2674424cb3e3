"""The stories of one town have orders of their own: a number that comes twice names the story."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.browser.town import Town


class Heard(Town):
    """Takes every order, and starts nothing."""

    def platform_says(self, body: Mapping[str, object]) -> None:
        self.case = lambda _case_id: body  # type: ignore[assignment,method-assign,return-value]


def test_an_order_of_another_story_is_no_order_of_this_one(tmp_path: Path, root: Path) -> None:
    town = Heard(tmp_path, root, {})
    assert town.order_comes("2600001", "路灯坏了", "请修。") == "hotline:2600001"
    assert town.order_comes("2600002", "路灯坏了", "请修。") == "hotline:2600002"
    with pytest.raises(AssertionError, match="another story has an order 2600001"):
        town.order_comes("2600001", "栏杆松了", "请修。")
