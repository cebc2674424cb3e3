"""12345 热线: the platform pushes work orders to us. Adapter "hotline-push".

The way back, reply and state to the platform, is `sinks.delivery.http`.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from streams.sources.push.json_push import JsonPush, PushOptions
from streams.sources.push.payload_map import ListMap, Name, Paths
from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.seam.secrets import Secrets

DEFAULT_FIELDS: Final[dict[Name, Paths | str]] = {
    "id": (
        "工单编号",
        "工单号",
        "受理编号",
        "record_number",
        "gdbh",
        "办件编号",
        "流水号",
        "编号",
        "bh",
    ),
    "received_at": ("受理时间", "创建时间", "来电时间", "登记时间", "诉求时间", "sqsj", "ywsj"),
    "due_at": ("处理期限", "办理期限", "要求办结时间"),
    "closed_at": ("办结时间", "承办单位办结"),
    "title": ("诉求标题", "工单标题", "标题", "主题"),
    "body": ("市民诉求", "诉求内容", "工单内容", "内容描述", "主要内容", "反映内容", "sqnr"),
    "author": ("市民称呼", "来电人", "姓名", "xm"),
    "phone": ("联系电话", "来电电话", "来电人电话/账号", "dh"),
    "address": ("联系地址",),
    "place": ("事发地点", "诉求地址", "具体地址", "jtdz"),
    "named_unit": ("受理部门", "主办单位", "涉事主体"),
    "category": ("事项分类", "问题分类", "一级业务分类", "一级分类", "gklx"),
    "kind": ("工单类型", "诉求目的", "sqmd", "sqlx"),
    "urgency": ("紧急程度", "jjcd"),
    "state": ("工单状态", "办理状态", "gdzt"),
    "reply": ("回复内容", "答复市民要点", "答复脚本", "dfjb"),
    "replied_at": ("回复时间", "答复时间"),
    "reply_unit": ("答复单位", "回复单位"),
    "resolved": ("是否解决",),
    "satisfied": ("是否满意",),
    "parent_id": ("父工单编号", "主工单编号", "parent_record_number"),
}
"""Names seen on real platforms; a table `fields` in the configuration replaces single ones."""

DEFAULT_FLOW: Final = ListMap(
    path="flow", at="date", unit="di_title", text="ps_caption", state="pss_caption_end"
)


class HotlineOptions(PushOptions):
    """Options of "hotline-push": all of `PushOptions`, with the usual names filled in."""

    fields: dict[Name, Paths | str] = Field(default={})
    flow: ListMap | None = DEFAULT_FLOW

    def paths(self, name: str) -> tuple[str, ...]:
        own = super().paths(name)
        default = DEFAULT_FIELDS.get(name, ())  # type: ignore[call-overload]
        return own or ((default,) if isinstance(default, str) else tuple(default))


class HotlinePush(JsonPush):
    """Work orders of one hotline platform."""

    @classmethod
    def from_options(cls, entry: SourceEntry, secrets: Secrets) -> HotlinePush:
        """Raises `SourceError` when the options don't fit."""
        return cls(entry.name, entry.channel, read_options(entry, HotlineOptions), secrets)
