"""What the archive holds for which Python on which machine, from pyproject.toml and the lock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ARCHITECTURES: Final = ("x86_64", "aarch64")
PYTHONS: Final = ("3.11", "3.12", "3.13")
GLIBC: Final = (2, 28)
"""The oldest that the wheels may ask for: that of Kylin V10 and UOS 20."""
EXTRAS: Final = ("kafka", "encoder")
BUILT_HERE: Final = {"snownlp": ARCHITECTURES, "faust-streaming": ("aarch64",)}
"""Nobody publishes a wheel of these for these architectures. The maker builds them, without
compiled parts, so that they come out for any machine."""
_OLD_NAMES: Final = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}


class Target(NamedTuple):
    architecture: str
    python: str
    """`3.12`."""

    @property
    def tag(self) -> str:
        return f"cp{self.python.replace('.', '')}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """Every platform tag that runs on `GLIBC`, the newest first."""
        found = []
        for minor in range(GLIBC[1], 4, -1):
            found.append(f"manylinux_{GLIBC[0]}_{minor}_{self.architecture}")
            if old := _OLD_NAMES.get((GLIBC[0], minor)):
                found.append(f"{old}_{self.architecture}")
        return tuple(found)

    @property
    def environment(self) -> dict[str, str]:
        """What markers are compared with."""
        return {
            **{key: str(value) for key, value in default_environment().items()},
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": self.architecture,
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "extra": "",
        }


class Pinned(NamedTuple):
    """One line of requirements.lock."""

    name: str
    version: str
    hashes: tuple[str, ...]
    marker: str

    @property
    def line(self) -> str:
        return " ".join((f"{self.name}=={self.version}", *(f"--hash={one}" for one in self.hashes)))


_LINE: Final = re.compile(r"([A-Za-z0-9._-]+)==([^ ;]+)(?: *; *(.*))?")


def read_lock(text: str) -> Iterator[Pinned]:
    for entry in text.replace("\\\n", " ").splitlines():
        head, *hashes = entry.split("--hash=")
        found = _LINE.fullmatch(head.strip())
        if found is None:
            raise ValueError(f"requirements.lock: expected name==version, found {head.strip()!r}")
        name, version, marker = found.groups()
        yield Pinned(
            canonicalize_name(name), version, tuple(each.strip() for each in hashes), marker or ""
        )


def needed(
    wanted: Iterable[str], requires: Callable[[str], Iterable[str]], environment: Mapping[str, str]
) -> set[str]:
    """The names of all that `wanted` (requirements) needs. `requires`: what one distribution asks
    for, by its name."""
    todo = [Requirement(each) for each in wanted]
    done: set[tuple[str, str]] = set()
    while todo:
        one = todo.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *one.extras):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            there = {**environment, "extra": extra}
            for line in requires(name):
                further = Requirement(line)
                if further.marker is None or further.marker.evaluate(there):
                    todo.append(further)
    return {name for name, _ in done}


def chosen(lock: Iterable[Pinned], names: set[str], target: Target) -> list[Pinned]:
    """The lines of the lock for these names. Raises `ValueError` for a name that it lacks."""
    found = [
        each
        for each in lock
        if each.name in names
        and (not each.marker or Marker(each.marker).evaluate(target.environment))
    ]
    if missing := names - {each.name for each in found}:
        raise ValueError(f"requirements.lock has no {', '.join(sorted(missing))} for {target.tag}")
    return found
