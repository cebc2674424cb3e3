"""Settings of a site mailbox: where the list is, how it is paged, what stands where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from streams.sources.lists.list_source import ReachOptions
from streams.sources.seam.config import Settings
from streams.sources.seam.http_options import HttpOptions
from streams.sources.values.secrecy import PUBLIC_NAMES, SECRET_NAMES

FieldName: TypeAlias = Literal[
    "id",
    "title",
    "body",
    "received_at",
    "published_at",
    "author",
    "phone",
    "email",
    "address",
    "place",
    "category",
    "kind",
    "state",
    "named_unit",
    "reply_text",
    "reply_at",
    "reply_unit",
    "closed_at",
    "due_at",
    "satisfied",
    "confidential",
    "public",
    "url",
    "likes",
]
Format: TypeAlias = Literal["json", "jsonp", "loose-json", "html", "html-in-js"]


class FieldSpec(Settings):
    """Where a value stands and what to make of it."""

    at: str | list[str] = ""
    """JSON: a dotted path. HTML: a CSS selector, "selector@attribute", "@attribute" of the
    row itself, or "" for its whole text. Of several places the first with a value counts."""
    match: str = ""
    """A regular expression; its first group (or all of it) is the value."""
    words: dict[str, str] = Field(default_factory=dict)
    """Codes to words, e.g. {1 = "咨询"}; an unknown code stays as it is."""
    inner: str = ""
    """The value may itself be JSON in a string: the path inside it."""

    @field_validator("match")
    @classmethod
    def _compiles(cls, match: str) -> str:
        try:
            re.compile(match)
        except re.error as error:
            raise ValueError(
                f"match = {match!r} 不是有效的正则表达式（{error}），请改正"
            ) from error
        return match

    @property
    def places(self) -> list[str]:
        return [self.at] if isinstance(self.at, str) else self.at


Spec: TypeAlias = str | list[str] | FieldSpec


class RepliesSpec(Settings):
    """Several replies under one letter."""

    rows: str
    text: Spec
    at: Spec | None = None
    unit: Spec | None = None


class AttachmentsSpec(Settings):
    """The files of a letter, where they do not stand under one of the usual names."""

    rows: str
    name: Spec
    url: Spec | None = None


class RequestOptions(Settings):
    """A request. In all texts {page} {offset} {start} {end} {size} {id} {url} are filled in."""

    url: str
    """Absolute, or relative to `base_url`."""
    method: Literal["GET", "POST"] = "GET"
    params: dict[str, str] = Field(default_factory=dict)
    form: dict[str, str] | None = None
    json_body: dict[str, object] | None = None
    format: Format = "json"
    fields: dict[FieldName, Spec] = Field(default_factory=dict)
    extra: dict[str, Spec] = Field(default_factory=dict)
    """Further values worth keeping, by the name they shall have."""
    replies: RepliesSpec | None = None
    attachments: AttachmentsSpec | None = None

    @model_validator(mode="after")
    def _reads_secrecy(self) -> RequestOptions:
        """JSON: under its usual names too, whatever the configuration forgot."""
        if "json" in self.format:
            usual: tuple[tuple[FieldName, tuple[str, ...]], ...] = (
                ("confidential", SECRET_NAMES),
                ("public", PUBLIC_NAMES),
            )
            for field, names in usual:
                self.fields.setdefault(field, list(names))
        return self


class ListOptions(RequestOptions):
    """`[...options.list]`"""

    rows: str
    """JSON: path of the list. HTML: selector of one line."""
    paging: bool = True
    first_page: int = 1
    page_size: int = Field(default=0, ge=0, le=1000)
    """Lines of a full page: a shorter one is the last. 0 when it varies."""


class DetailOptions(RequestOptions):
    """`[...options.detail]`"""

    url: str = "{url}"
    format: Format = "html"
    root: str = ""
    """JSON: path of the letter. HTML: selector of the part of the page that is the letter."""
    labels: bool = True
    """HTML: read label-value tables with the known labels."""
    more_labels: dict[str, FieldName | Literal["attachments"]] = Field(default_factory=dict)
    gone: list[str] = Field(default_factory=lambda: ["不存在", "已删除", "已被删除", "未找到"])
    """Words on a page without a letter that say it is no longer shown."""


class MailboxOptions(ReachOptions):
    """`[source.NAME.options]` of the adapter `site-mailbox`."""

    base_url: str
    preset: str = ""
    """A shipped platform shape (site_mailbox_presets.toml); own settings win over it."""
    http: HttpOptions
    list: ListOptions
    detail: DetailOptions | None = None

    @model_validator(mode="before")
    @classmethod
    def _on_preset(cls, given: object) -> object:
        if not isinstance(given, dict) or not given.get("preset"):
            return given
        presets = load_presets()
        name = given["preset"]
        if name not in presets:
            raise ValueError(
                f"没有预置的平台 {name!r}，可用的有：{'、'.join(sorted(presets))}。请改正 preset"
            )
        return _merged(presets[name], given)

    @model_validator(mode="after")
    def _has_id(self) -> MailboxOptions:
        if "id" not in self.list.fields:
            raise ValueError("list.fields 中应有 id：没有编号就无法识别同一封信")
        if self.list.format in ("html", "html-in-js") and not self.list.rows:
            raise ValueError("list.rows 应为每一行的 CSS 选择器")
        return self


def load_presets() -> dict[str, dict[str, object]]:
    """The shipped platform shapes by name."""
    source = files("streams.sources.site_mailbox").joinpath("presets.toml").read_text("utf-8")
    presets: dict[str, dict[str, object]] = tomllib.loads(source)
    return presets


def _merged(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    """`over` on top of `base`, table by table."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged
