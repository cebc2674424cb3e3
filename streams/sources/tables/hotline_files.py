"""12345 hotline exports: work orders in CSV or Excel.

Read like any other table; what is particular is set here and can be changed in
config/sources.toml: "12345" in front of column names, no title in some cities'
exports, and the closing time standing in for the time of the reply.
"""

from __future__ import annotations

from streams.sources.seam.config import SourceEntry, read_options
from streams.sources.tables.files import FileOptions, TableFiles
from streams.sources.tables.header_map import FieldName


class HotlineOptions(FileOptions):
    """`[source.NAME.options]` of a hotline export."""

    required: tuple[FieldName, ...] = ("id", "received_at", "body")
    header_prefixes: tuple[str, ...] = ("12345",)
    title_from_body: bool = True
    reply_time_from_closing: bool = True


def build(entry: SourceEntry) -> TableFiles:
    """The adapter `hotline-file`."""
    return TableFiles(entry.name, entry.channel, read_options(entry, HotlineOptions))
