"""Every setting of a pulled source stands on its page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from streams.sources.feeds.source import FeedOptions
from streams.sources.lists.list_source import ReachOptions
from streams.sources.liuyan.options import LiuyanOptions
from streams.sources.seam.http_options import HttpOptions
from streams.sources.site_mailbox.labels import LABELS
from streams.sources.site_mailbox.options import (
    AttachmentsSpec,
    DetailOptions,
    FieldName,
    FieldSpec,
    ListOptions,
    MailboxOptions,
    RepliesSpec,
    load_presets,
)


def _words(page: Path) -> set[str]:
    """What stands in back-ticks, word by word."""
    quoted = re.findall(r"`([^`]+)`", page.read_text("utf-8"))
    return {word for text in quoted for word in re.findall(r"[\w-]+", text)}


@pytest.mark.parametrize(
    ("model", "page"),
    [
        (HttpOptions, "http.md"),
        (ReachOptions, "http.md"),
        (FeedOptions, "feeds.md"),
        (LiuyanOptions, "liuyan.md"),
        (MailboxOptions, "site-mailbox.md"),
        (ListOptions, "site-mailbox.md"),
        (DetailOptions, "site-mailbox.md"),
        (FieldSpec, "site-mailbox.md"),
        (RepliesSpec, "site-mailbox.md"),
        (AttachmentsSpec, "site-mailbox.md"),
    ],
)
def test_every_setting_is_documented(root: Path, model: type[BaseModel], page: str) -> None:
    shared = set() if model is ReachOptions else set(ReachOptions.model_fields)
    known = _words(root / "docs" / "sources" / page)
    assert set(model.model_fields) - shared - known == set()


def test_every_preset_and_field_is_documented(root: Path) -> None:
    known = _words(root / "docs" / "sources" / "site-mailbox.md")
    assert set(load_presets()) - known == set()
    assert set(get_args(FieldName)) - known == set()


def test_labels_stand_for_known_fields() -> None:
    assert set(LABELS) <= {*get_args(FieldName), "attachments"}
