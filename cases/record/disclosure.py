"""依申请公开: the words of 政府信息公开条例, and the day on which a request counts as received.

Pure, and below commands and events; what may happen to a request is decided in
`cases.life.disclosure`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

CLOCKS: Final = ("disclosure", "disclosure_internal")
"""The statute's period and the office's own within it."""


class Way(StrEnum):
    """How a request came. The value is stored and shown."""

    IN_PERSON = "当面提交"
    ORAL = "口头申请（代为填写）"
    """第二十九条: where writing is a real difficulty the office fills the form in."""
    SIGNED_MAIL = "邮寄（需签收）"
    PLAIN_MAIL = "平常信函"
    ONLINE = "互联网"
    FAX = "传真"


CONFIRMED_WAYS: Final = frozenset({Way.PLAIN_MAIL, Way.ONLINE, Way.FAX})
"""第三十一条第二、三项: received on the day that both sides confirm."""

WAY_FIELD: Final = "申请方式"
CONFIRMED_FIELD: Final = "双方确认"
"""Names in `Item.extra`."""


def received_by(way: Way, arrived: datetime, confirmed: datetime | None) -> datetime:
    """第三十一条: the time that the statute's period counts from.

    `arrived` is when it was handed in, signed for or came in. A request that has to be
    confirmed and is not yet counts from its arrival until it is: never to the applicant's
    loss."""
    if way in CONFIRMED_WAYS and confirmed is not None:
        return confirmed
    return arrived


class Wait(StrEnum):
    """Why a case stands still. The value is stored."""

    CITIZEN = "citizen"
    """待补充 of a letter: the clock stops and goes on."""
    SUPPLEMENT = "supplement"
    """补正, 第三十条: the clock begins afresh."""
    CONSULTATION = "consultation"
    """第三方和其他机关的意见, 第三十二条至第三十四条: this time is not counted."""
    FEE = "fee"
    """信息处理费, 第四十二条: the period begins afresh once it is paid."""


WAIT_WORDS: Final = {
    Wait.CITIZEN: "待补充",
    Wait.SUPPLEMENT: "待补正",
    Wait.CONSULTATION: "征求意见",
    Wait.FEE: "待缴费",
}
GIVEN_UP_BY: Final = {Wait.SUPPLEMENT: "补正", Wait.FEE: "缴费"}
"""What withdraws the request of an applicant who lets the term pass."""


class Result(StrEnum):
    """答复结果, 第三十条、第三十五条至第三十九条. The value is stored and shown."""

    PUBLIC = "已主动公开"
    GRANTED = "予以公开"
    PARTLY = "部分公开"
    REFUSED = "不予公开"
    ABSENT = "信息不存在"
    NOT_OURS = "非本机关负责公开"
    REPEATED = "重复申请"
    SPECIAL = "按有关法律、行政法规另行查询"
    NOT_HANDLED = "不作为申请处理"
    """信访、投诉、举报 in the form of a request, 公开出版物."""
    UNREASONABLE = "大量反复申请不予处理"
    """第三十五条: number or frequency clearly unreasonable, and no good reason for it."""
    ABANDONED = "视为放弃申请"


REASONED: Final = frozenset(
    {
        Result.PARTLY,
        Result.REFUSED,
        Result.NOT_OURS,
        Result.REPEATED,
        Result.SPECIAL,
        Result.NOT_HANDLED,
        Result.UNREASONABLE,
    }
)
"""说明理由: what the applicant is owed a reason for."""

REVIEWED: Final = frozenset(
    {Result.PARTLY, Result.REFUSED, Result.NOT_HANDLED, Result.UNREASONABLE}
)
"""What nobody says on the spot: it takes a look at the law first."""
