"""A reply on its way out, for the tests of the doors. Imports little: processes are started with it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cases.record.item import Item
from cases.words.times import BEIJING
from sinks.delivery.base import Outgoing, delivery_id

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=BEIJING)


def outgoing(
    text: str = "您好，已恢复供水。", *, fields: dict[str, str] | None = None, **changed: Any
) -> Outgoing:
    """A reply to a hotline order; `changed` are fields of the item."""
    given: dict[str, Any] = {
        "source": "hotline",
        "source_item_id": "260305101108115409",
        "channel": "12345热线",
        "received_at": NOW,
        "title": "小区停水",
        "body": "柳林小区停水两天",
        **changed,
    }
    item = Item(**given)
    return Outgoing(
        delivery_id=delivery_id(item.case_id, 3),
        item=item,
        text=text,
        at=NOW,
        unit="水务局",
        state="处置",
        fields=fields or {},
    )
