"""Parts that an installed package adds: its entry points, beside what is built in.

A package that does not load, or does not give what was agreed, is told of and left out; it stops
nothing else. Names that are built in are found without looking at any package.
"""

from __future__ import annotations

import inspect
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, Generic, TypeVar

from msgspec import Struct

Product_co = TypeVar("Product_co", covariant=True)


class ExtensionFailed(Exception):
    """An installed package does not do what was agreed. The text says which package, what was
    expected, what was found and what to do, in plain Chinese."""


class WrongSettings(Exception):
    """What a person has to set up differently: no fault of the package that finds it."""


class Extension(Struct, frozen=True, kw_only=True):
    """One entry point of an installed package."""

    group: str
    name: str
    package: str
    version: str
    problem: str = ""
    """Why it is not used, as `ExtensionFailed` says it; "" where it may be used."""

    @property
    def known_as(self) -> str:
        return f"{self.package} {self.version}"


class ExtensionPoint(Generic[Product_co]):
    """The makers of one kind of part, by name: the built-in ones and those of packages."""

    def __init__(
        self,
        group: str,
        called: str,
        builtin: Mapping[str, Callable[..., Product_co]],
        *,
        takes: tuple[str, ...],
        gives: tuple[tuple[str, ...], ...],
        refuses_with: type[Exception],
    ) -> None:
        """`group`: the group of the entry points. `called`: what a part is called in messages.
        `takes`: the arguments of a maker. `gives`: which members a part has, one tuple for each
        form that is agreed. `refuses_with`: what a maker raises for wrong settings."""
        self.group: Final = group
        self.called: Final = called
        self._builtin = builtin
        self.takes: Final = takes
        self._gives = gives
        self._refuses_with = refuses_with

    @property
    def names(self) -> tuple[str, ...]:
        """All that may be used, the built-in ones first."""
        foreign = {one.name for one in self.extensions() if not one.problem}
        return (*self._builtin, *sorted(foreign))

    def extensions(self) -> tuple[Extension, ...]:
        """All of installed packages, those that cannot be used with the reason. Loads them."""
        return tuple(extension for extension, _ in self._loaded())

    def __contains__(self, name: str) -> bool:
        """Whether there is such a name, be it one that cannot be used."""
        return name in self._builtin or any(one.name == name for one in self.extensions())

    def make(self, adapter: str, name: str, *arguments: object) -> Product_co:
        """The part called `name`, by the maker `adapter`.

        Raises `KeyError` for an unknown maker, what a maker raises for wrong settings, and
        `ExtensionFailed`."""
        if adapter in self._builtin:
            return self._builtin[adapter](*arguments)
        foreign = next((pair for pair in self._loaded() if pair[0].name == adapter), None)
        if foreign is None:
            raise KeyError(adapter)
        extension, maker = foreign
        if maker is None:
            raise ExtensionFailed(extension.problem)
        try:
            product = maker(*arguments)
        except (self._refuses_with, WrongSettings):
            raise
        except Exception as error:
            found = f"出错：{_said(error)}"
            raise ExtensionFailed(self._problem(extension, found, name)) from error
        if lacking := self._lacking(product, name):
            raise ExtensionFailed(self._problem(extension, lacking, name))
        return product

    def _loaded(self) -> tuple[tuple[Extension, Callable[..., Product_co] | None], ...]:
        points = _points(self.group, tuple(sys.path))
        often = Counter(point.name for point in points)
        return tuple(self._load(point, often[point.name]) for point in points)

    def _load(
        self, point: EntryPoint, times: int
    ) -> tuple[Extension, Callable[..., Product_co] | None]:
        package, version = (point.dist.name, point.dist.version) if point.dist else ("?", "?")
        extension = Extension(group=self.group, name=point.name, package=package, version=version)
        if point.name in self._builtin:
            found = "与程序自带的重名，用的仍是自带的"
        elif times > 1:
            found = f"有 {times} 个包用了这个名称，都没有采用"
        else:
            maker = _import(point)
            found = maker if isinstance(maker, str) else self._not_callable(maker)
            if not found:
                return extension, maker  # type: ignore[return-value]  # seen to be callable
        problem = self._problem(extension, found)
        return Extension(
            group=self.group, name=point.name, package=package, version=version, problem=problem
        ), None

    def _not_callable(self, maker: object) -> str:
        if not callable(maker):
            return f"找到的是 {type(maker).__name__}"
        try:
            inspect.signature(maker).bind(*self.takes)
        except TypeError as error:
            return f"参数不符（{error}）"
        except ValueError:
            return ""  # made in C: nothing is known of its arguments
        return ""

    def _lacking(self, product: object, name: str) -> str:
        """What keeps it from being the part `name`; "" for nothing."""
        missing = [
            [member for member in members if not hasattr(product, member)]
            for members in self._gives
        ]
        if all(missing):
            fewest = min((len(each), each) for each in missing)[1]
            return f"给出的 {type(product).__name__} 缺少 {'、'.join(fewest)}"
        if (found := getattr(product, "name", None)) != name:
            return f"给出的{self.called}叫 {found!r}，应叫 {name!r}"
        return ""

    def _problem(self, extension: Extension, found: str, name: str = "") -> str:
        forms = "，或 ".join("、".join(members) for members in self._gives)
        used = f"，用于“{name}”" if name else ""
        return (
            f"扩展包 {extension.known_as} 的{self.called} {extension.name}"
            f"（{self.group}{used}）不能用：{found}。"
            f"应为可调用对象，参数 {'、'.join(self.takes)}，给出有 {forms} 的对象。"
            "其余照常运行；请升级或卸载这个包，或请它的作者改正"
        )


@cache
def _points(group: str, _path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Looked for once for each search path: packages are installed between two starts."""
    return tuple(sorted(entry_points(group=group), key=lambda point: (point.name, point.value)))


def _import(point: EntryPoint) -> object:
    """What it names, or a text that says why it cannot be had."""
    try:
        return point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever a foreign module does)
        return f"{point.value} 不能载入（{_said(error)}）"


def _said(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
