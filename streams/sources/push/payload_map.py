"""The field map of a JSON platform, as TOML gives it.

[source.NAME.options.fields]
id = ["record_number", "工单编号"]     the first name that holds something
body = "order.content"                dotted names reach into objects
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

from pydantic import model_validator

from streams.sources.seam.config import Settings
from streams.sources.values.secrecy import PUBLIC_NAMES, SECRET_NAMES

Paths: TypeAlias = tuple[str, ...]

TextField: TypeAlias = Literal[
    "title", "body", "author", "phone", "email", "address", "place", "named_unit", "category",
    "kind", "urgency", "state", "parent_id", "url",
]  # fmt: skip
Name: TypeAlias = Literal[
    TextField, "id", "received_at", "due_at", "closed_at", "reply", "replied_at", "reply_unit",
    "resolved", "satisfied", "confidential", "public", "disclosure", "withdrawn", "likes",
    "dislikes",
]  # fmt: skip
TEXTS: Final[tuple[TextField, ...]] = get_args(TextField)


_ALWAYS: Final[dict[str, Paths]] = {"confidential": SECRET_NAMES, "public": PUBLIC_NAMES}


class ListMap(Settings):
    """Where a list stands in the object, and the names within one element."""

    path: str
    text: str = ""
    at: str = ""
    unit: str = ""
    state: str = ""
    name: str = ""
    url: str = ""
    size: str = ""
    media_type: str = ""


class PayloadMap(Settings):
    """How to read one JSON object."""

    fields: dict[Name, Paths | str]
    replies: ListMap | None = None
    """A list of replies; one reply in plain fields is `reply`, `replied_at`, `reply_unit`."""
    attachments: ListMap | None = None
    flow: ListMap | None = None
    """办理流程: a list of steps (`at`, `unit`, `text`, `state`)."""
    closed_states: Paths = ("已结案", "已办结", "结案", "办结")
    ignore: Paths = (
        "timestamp", "nonce", "sign", "signature", "push_time", "pushTime", "requestId", "traceId",
        "身份证号", "身份证号码", "证件号码",
    )  # fmt: skip
    """Keys that are not kept: those that differ from push to push, and what nobody needs."""

    @model_validator(mode="after")
    def _has_id(self) -> PayloadMap:
        if not self.paths("id"):
            raise ValueError("字段对照表缺少 id（来源自己的编号），请补上")
        return self

    def paths(self, name: str) -> tuple[str, ...]:
        """The names under which the field `name` may stand. Secrecy is read under its usual
        names too, whatever the configuration forgot."""
        found = self.fields.get(name, ())  # type: ignore[call-overload]
        own = (found,) if isinstance(found, str) else tuple(found)
        return tuple(dict.fromkeys((*own, *_ALWAYS.get(name, ()))))
