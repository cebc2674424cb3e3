"""The installed packages that add sources, alert channels and delivery doors."""

from __future__ import annotations

from typing import Final

from huiyin.extensions import Extension, ExtensionPoint
from sinks.alerts.building import CHANNELS
from sinks.delivery.config import DOORS
from streams.sources.registry import SOURCES

POINTS: Final[tuple[ExtensionPoint[object], ...]] = (SOURCES, CHANNELS, DOORS)


def installed() -> list[Extension]:
    """Each part that a package adds, those that cannot be used with the reason. Loads them."""
    return [extension for point in POINTS for extension in point.extensions()]


def problems() -> list[str]:
    """What cannot be used and why, to be told when a program starts."""
    return list(dict.fromkeys(one.problem for one in installed() if one.problem))


def usable() -> list[str]:
    """A line for each part that a package adds and that works: what, which package, version."""
    called = {point.group: point.called for point in POINTS}
    return [
        f"{called[one.group]} {one.name}：由扩展包 {one.known_as} 提供"
        for one in installed()
        if not one.problem
    ]
