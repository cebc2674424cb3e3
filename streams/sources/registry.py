"""Which adapter makes which source. A new door is one more line in `ADAPTERS`, or comes from an
installed package, in the group `huiyin.sources`.

Adapters are imported when a source asks for them: the command line starts without
the mail, web and feed libraries that it does not use.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from huiyin.extensions import ExtensionFailed, ExtensionPoint
from huiyin.net.pacing import HostPacing
from sinks.files import FileStore
from streams.sources.seam.base import FileSource, PullSource, PushSource, SourceError
from streams.sources.seam.config import SourceEntry, load_sources, read_options
from streams.sources.seam.secrets import Secrets

_log: Final = logging.getLogger(__name__)


class SourceLeftOut(SourceError):
    """The source needs an installed package that does not work. The others are opened."""


class DeskForm(Struct, frozen=True):
    """A door at which a clerk types in what a citizen says."""

    name: str
    channel: str


Source: TypeAlias = FileSource | PullSource | PushSource | DeskForm


class SourceContext(Struct, frozen=True, kw_only=True):
    """What the sources of a process share."""

    secrets: Secrets
    pacing: HostPacing
    """Requests per host, over all sources: two boards of one site do not add up."""
    files: FileStore | None = None
    """Where the bytes of attachments are kept; None keeps their names only."""


Factory: TypeAlias = Callable[[SourceEntry, SourceContext], Source]


def _table_file(entry: SourceEntry, _around: SourceContext) -> Source:
    from streams.sources.tables.files import build

    return build(entry)


def _hotline_file(entry: SourceEntry, _around: SourceContext) -> Source:
    from streams.sources.tables.hotline_files import build

    return build(entry)


def _liuyan(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.liuyan.options import LiuyanOptions
    from streams.sources.liuyan.source import LiuyanSource

    options = read_options(entry, LiuyanOptions)
    return LiuyanSource.from_options(
        entry.name, entry.channel, options, secrets=around.secrets, pacing=around.pacing
    )


def _site_mailbox(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.site_mailbox.options import MailboxOptions
    from streams.sources.site_mailbox.source import SiteMailbox

    options = read_options(entry, MailboxOptions)
    return SiteMailbox.from_options(
        entry.name, entry.channel, options, secrets=around.secrets, pacing=around.pacing
    )


def _feed(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.feeds.source import FeedOptions, FeedSource

    options = read_options(entry, FeedOptions)
    return FeedSource.from_options(
        entry.name, entry.channel, options, secrets=around.secrets, pacing=around.pacing
    )


def _imap(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.mail.imap import ImapMailbox

    return ImapMailbox.from_options(entry, around.secrets, around.files)


def _hotline_push(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.push.hotline_push import HotlinePush

    return HotlinePush.from_options(entry, around.secrets)


def _webhook(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.push.webhook import Webhook

    return Webhook.from_options(entry, around.secrets)


def _wechat(entry: SourceEntry, around: SourceContext) -> Source:
    from streams.sources.wechat.source import Wechat

    return Wechat.from_options(entry, around.secrets)


def _desk_form(entry: SourceEntry, _around: SourceContext) -> Source:
    return DeskForm(entry.name, entry.channel)


ADAPTERS: Final[dict[str, Factory]] = {
    "table-file": _table_file,
    "hotline-file": _hotline_file,
    "liuyan": _liuyan,
    "site-mailbox": _site_mailbox,
    "feed": _feed,
    "imap": _imap,
    "hotline-push": _hotline_push,
    "webhook": _webhook,
    "wechat": _wechat,
    "desk-form": _desk_form,
}
FILE_ADAPTERS: Final = ("table-file", "hotline-file")
"""Of them, those that read files that people put in."""


SOURCES: Final[ExtensionPoint[Source]] = ExtensionPoint(
    "huiyin.sources",
    "来源适配器",
    ADAPTERS,
    takes=("entry", "around"),
    gives=(("name", "read"), ("name", "poll", "rewound"), ("name", "receive")),
    refuses_with=SourceError,
)


def build_source(entry: SourceEntry, around: SourceContext) -> Source:
    """The source that `entry` describes. Raises `SourceError`."""
    try:
        made = SOURCES.make(entry.adapter, entry.name, entry, around)
    except KeyError:
        raise SourceError(
            f"{entry.file} 表 [source.{entry.name}] 键 adapter：找到 {entry.adapter!r}，"
            f"应为以下之一：{'、'.join(sorted(SOURCES.names))}。请改正后重试"
        ) from None
    except ExtensionFailed as error:
        raise SourceLeftOut(f"来源 {entry.name} 没有打开：{error}") from error
    if entry.archive_before is not None and not isinstance(made, FileSource | PullSource):
        raise SourceError(
            f"{entry.file} 表 [source.{entry.name}] 键 archive_before：只用于读取的来源（文件、"
            f"网页、邮箱），这个来源（{entry.adapter}）只收新来件，没有历史。请删除这一行"
        )
    return made


def load_registry(path: Path, around: SourceContext) -> dict[str, Source]:
    """The enabled sources of a config/sources.toml by name. Raises `SourceError`."""
    return open_sources(load_sources(path), around)


def open_sources(entries: Mapping[str, SourceEntry], around: SourceContext) -> dict[str, Source]:
    """The enabled ones by name; those that need a package that does not work are told of and
    left out. Raises `SourceError`."""
    opened: dict[str, Source] = {}
    for name, entry in entries.items():
        if not entry.enabled:
            continue
        try:
            opened[name] = build_source(entry, around)
        except SourceLeftOut as error:
            _log.error("%s", error)
    return opened


def file_source(sources: dict[str, Source], name: str) -> FileSource:
    """The source called `name` if it reads files. Raises `SourceError`."""
    source = sources.get(name)
    if isinstance(source, FileSource):
        return source
    reading = sorted(n for n, one in sources.items() if isinstance(one, FileSource))
    names, meant = "、".join(reading), get_close_matches(name, reading, 1)
    problem = "没有这个来源，或没有启用" if source is None else "这个来源不读文件"
    hint = f"是不是“{meant[0]}”？" if meant else ""
    raise SourceError(f"来源 {name}：{problem}。{hint}可用的文件来源：{names or '（没有）'}")
