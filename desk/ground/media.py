"""What comes by which channel is a report of media and no citizen's message."""

from __future__ import annotations

from msgspec import Struct

from cases.registers import media
from cases.registers.media import MediaTable
from cases.registers.watch import Watch
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.checked import read_table


class WatchesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """config/watches.toml."""

    watch: tuple[Watch, ...] = ()
    media: MediaTable = MediaTable()


def media_table(settings: Settings) -> MediaTable:
    """`[media]` of config/watches.toml. Raises `SettingsError`."""
    table, file = settings.table("watches.toml"), "config/watches.toml"
    found = read_table(WatchesFile, table, file, SettingsError).media
    if problem := media.problem_of(found):
        raise SettingsError(f"{file} [media]：{problem}")
    return found
