"""Doors without an interface: a person answers there and records the proof."""

from __future__ import annotations

from datetime import datetime

from sinks.delivery.base import NotTaken, Outgoing, Receipt
from sinks.delivery.log import DeliveryLog, SettleError


class ByHand:
    """The door of a source that has no way back for programs."""

    def __init__(self, name: str, where: str) -> None:
        """`where` tells the person where to answer, e.g. "领导留言板承办单位后台"."""
        self.name = name
        self.where = where

    def deliver(self, outgoing: Outgoing, *, now: datetime) -> NotTaken:  # noqa: ARG002
        return NotTaken(
            reason="by_hand",
            detail=f"该来源没有接口：请在{self.where}答复，再回到这里登记凭证",
            retry=True,
        )


def record_by_hand(
    outgoing: Outgoing, record: DeliveryLog, *, door: str, by: str, proof: str, at: datetime
) -> Receipt:
    """A person answered at the source at `at`: keep the proof (screenshot number, page, receipt).

    Raises `SettleError` without a name or proof, or when this reply was delivered already.
    """
    if not by.strip() or not proof.strip():
        raise SettleError("请写明由谁答复、凭证是什么（截图编号、网页地址或平台回执）。")
    attempt = record.record_intent(
        outgoing.delivery_id, case_id=outgoing.case_id, door=door, now=at
    )
    if not attempt:
        raise SettleError("这条答复已送达或结果待核实，不能重复登记。")
    receipt = Receipt(at=at, via=door, proof=f"{proof}（{by}登记）")
    record.record_outcome(outgoing.delivery_id, attempt, receipt, now=at)
    return receipt
