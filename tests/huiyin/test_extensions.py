"""Parts of installed packages beside the built-in ones; what fails is told and stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from huiyin.extensions import ExtensionFailed, ExtensionPoint
from tests.installed_package import install_package

GOOD = """
class Part:
    def __init__(self, name):
        self.name = name
    def go(self):
        return "far"
def make(name, around):
    return Part(name)
"""
Add = Callable[..., None]


class Wrong(Exception):
    """Wrong settings."""


class Near:
    def __init__(self, name: str) -> None:
        self.name = name

    def go(self) -> str:
        return "near"


def point(*, built_in: str = "near") -> ExtensionPoint[Near]:
    return ExtensionPoint(
        "test.parts",
        "部件",
        {built_in: lambda name, _around: Near(name)},
        takes=("name", "around"),
        gives=(("name", "go"), ("name", "halt", "wait")),
        refuses_with=Wrong,
    )


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Installs a package: its distribution's name, its module's text, its entry points."""

    def install(package: str, module: str = GOOD, points: str = "far = {m}:make") -> None:
        install_package(monkeypatch, tmp_path, package, module, f"[test.parts]\n{points}\n")

    return install


def test_a_part_of_a_package_is_made_like_a_built_in_one(add: Add) -> None:
    add("alpha")
    parts = point()
    assert parts.names == ("near", "far")
    assert parts.make("near", "a", "a", None).go() == "near"
    assert parts.make("far", "b", "b", None).go() == "far"
    (told,) = parts.extensions()
    assert (told.name, told.package, told.version, told.problem) == ("far", "alpha", "3.1", "")


def test_an_unknown_name_is_a_key_error(add: Add) -> None:
    add("alpha")
    assert "fat" not in point()
    with pytest.raises(KeyError, match="fat"):
        point().make("fat", "a", "a", None)


def test_what_is_built_in_is_made_without_looking_at_packages(
    add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("alpha", "raise RuntimeError('imported')")
    monkeypatch.setattr("huiyin.extensions.entry_points", pytest.fail)
    assert point().make("near", "a", "a", None).go() == "near"


@pytest.mark.parametrize(
    ("module", "points", "found"),
    [
        ("import nowhere", "far = {m}:make", "不能载入（ModuleNotFoundError: No module named"),
        ("1 / 0", "far = {m}:make", "不能载入（ZeroDivisionError: division by zero）"),
        ("raise SystemExit('bye')", "far = {m}:make", "不能载入（SystemExit: bye）"),
        (GOOD, "far = {m}:made", "不能载入（AttributeError:"),
        ("make = 7", "far = {m}:make", "找到的是 int"),
        ("def make(name): pass", "far = {m}:make", "参数不符（too many positional arguments）"),
        (
            "def make(a, b, c): pass",
            "far = {m}:make",
            "参数不符（missing a required argument: 'c'）",
        ),
    ],
)
def test_a_package_that_cannot_be_used_is_told_and_the_others_work(
    add: Add, module: str, points: str, found: str
) -> None:
    add("bad", module, points)
    add("good", GOOD, "fine = {m}:make")
    parts = point()
    assert parts.names == ("near", "fine")
    assert parts.make("fine", "a", "a", None).go() == "far"
    with pytest.raises(ExtensionFailed) as told:
        parts.make("far", "b", "b", None)
    assert found in str(told.value)
    assert "扩展包 bad 3.1 的部件 far（test.parts）不能用" in str(told.value)
    assert "参数 name、around" in str(told.value)
    assert "name、go，或 name、halt、wait" in str(told.value)
    assert "请升级或卸载这个包" in str(told.value)


@pytest.mark.parametrize(
    ("module", "found"),
    [
        ("def make(name, around): return around.missing", "出错：AttributeError: 'NoneType'"),
        ("def make(name, around): return name", "给出的 str 缺少 name、go"),
        ("class P: name = 'b'\ndef make(name, around): return P()", "给出的 P 缺少 go"),
        (GOOD.replace("Part(name)", "Part('c')"), "给出的部件叫 'c'，应叫 'b'"),
    ],
)
def test_a_part_that_is_not_what_was_agreed_is_told_when_it_is_made(
    add: Add, module: str, found: str
) -> None:
    add("bad", module)
    with pytest.raises(ExtensionFailed) as told:
        point().make("far", "b", "b", None)
    assert found in str(told.value)
    assert "扩展包 bad 3.1 的部件 far（test.parts，用于“b”）不能用" in str(told.value)


def test_wrong_settings_are_the_makers_own_word(add: Add) -> None:
    add("strict", f"from {__name__} import Wrong\ndef make(name, around): raise Wrong('folder')")
    with pytest.raises(Wrong, match="folder"):
        point().make("far", "b", "b", None)


def test_of_two_packages_with_one_name_neither_is_used(add: Add) -> None:
    add("alpha")
    add("beta")
    parts = point()
    assert parts.names == ("near",)
    assert [one.package for one in parts.extensions()] == ["alpha", "beta"]
    assert all("有 2 个包用了这个名称" in one.problem for one in parts.extensions())
    with pytest.raises(ExtensionFailed, match=r"alpha 3\.1"):
        point().make("far", "b", "b", None)


def test_a_built_in_name_stays_the_built_in_part(add: Add) -> None:
    add("alpha")
    parts = point(built_in="far")
    assert parts.make("far", "a", "a", None).go() == "near"
    (told,) = parts.extensions()
    assert "与程序自带的重名，用的仍是自带的" in told.problem
