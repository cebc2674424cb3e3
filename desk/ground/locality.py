"""Which place this office works for, and the words that its name gives to the tables."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

FILE: Final = "office.toml"


class Level(StrEnum):
    """What the place is among the administrative divisions (行政区划)."""

    COUNTY = "县"
    DISTRICT = "区"
    BANNER = "旗"
    COUNTY_CITY = "县级市"
    CITY = "设区市"


_WORDS: Final = {
    Level.COUNTY: "县",
    Level.DISTRICT: "区",
    Level.BANNER: "旗",
    Level.COUNTY_CITY: "市",
    Level.CITY: "市",
}
"""What stands before a unit's name when the place itself is understood: 县住建局."""
_ENDINGS: Final = ("自治县", "自治旗", "县", "区", "旗", "市")
_LEAST: Final = 2
"""Characters of a name without its ending: 兴县 stays 兴县."""


class Locality(Struct, frozen=True):
    """As config/office.toml says it; all empty where the office has not said it yet."""

    place: str = ""
    level: Level | None = None
    superior: str = ""

    @property
    def known_level(self) -> Level:
        """The one that was said, else by the last word of the place."""
        if self.level is not None:
            return self.level
        match self.place[-1:]:
            case "区":
                return Level.DISTRICT
            case "旗":
                return Level.BANNER
            case "市":
                return Level.COUNTY_CITY if self.superior else Level.CITY
            case _:
                return Level.COUNTY

    @property
    def words(self) -> Mapping[str, str | None]:
        """What stands for each name in braces. None: unknown as long as no place is said."""
        level = _WORDS[self.known_level]
        is_city = self.known_level is Level.CITY
        place = self.place or level
        return {
            "place": place,
            "level": level,
            "short": self._short(),
            "upper": place if is_city else self.superior or "市",
            "corps": "支队" if is_city else "大队",
            "named": self.place or None,
        }

    def branch(self, called: str) -> str:
        """How a unit of the level above (垂管单位) names the one here: 宁都分局. At a 设区市 the
        unit is that level's own, and has no branch."""
        return "" if self.known_level is Level.CITY else f"{self._short()}{called}"

    def _short(self) -> str:
        for ending in _ENDINGS:
            if self.place.endswith(ending) and len(self.place) - len(ending) >= _LEAST:
                return self.place.removesuffix(ending)
        return self.place or _WORDS[self.known_level]


def locality_of(office: Mapping[str, object]) -> Locality:
    """From config/office.toml. What cannot be used counts as not said: the check of that table
    tells it, and the other tables are not to be blamed for it."""

    def text(key: str) -> str:
        value = office.get(key)
        return value if isinstance(value, str) else ""

    level = text("level")
    return Locality(text("place"), Level(level) if level in set(Level) else None, text("superior"))
