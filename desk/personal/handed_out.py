"""What a person is given of the own data: 个人信息保护法第四十五条, as a text that people read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cases.record.case import Case
from cases.record.pictures import READ_AS


def handed_out(cases: Iterable[Case], now: datetime) -> str:
    """Everything that the person told and was told; nothing of how the office judged it, and
    nothing of others."""
    parts = [f"个人信息复制件\n制作时间：{now:%Y-%m-%d %H:%M}"]
    parts += [_case(case) for case in cases]
    return "\n\n".join(parts) + "\n"


def _case(case: Case) -> str:
    item = case.item
    lines = [
        ("编号", item.source_item_id),
        ("渠道", item.channel),
        ("收到时间", f"{case.received_at:%Y-%m-%d %H:%M}"),
        ("办理状态", case.state_words),
        ("姓名", item.author),
        ("电话", item.phone),
        ("邮箱", item.email),
        ("住址", item.address),
        ("地点", item.place),
        ("标题", item.title),
        ("内容", item.body),
        *item.extra.items(),
        *(("附件", file.name) for file in item.attachments),
        *((f"{READ_AS}{picture.name}", picture.text) for picture in case.pictures),
        *(
            ("答复", f"{given.at:%Y-%m-%d %H:%M} {given.text}" if given.at else given.text)
            for round_ in case.rounds
            for given in round_.deliveries
        ),
    ]
    return "\n".join(f"{name}：{value}" for name, value in lines if value)
