"""Which wheels an archive holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from bundle.targets import (
    ARCHITECTURES,
    BUILT_HERE,
    GLIBC,
    PYTHONS,
    Target,
    chosen,
    needed,
    read_lock,
)
from bundle.wheels import needs_glibc, pins_of

ROOT = Path(__file__).resolve().parents[2]
X311 = Target("x86_64", "3.11")
LOCK = """\
one==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
two==2.4 ; python_full_version < '3.12' \\
    --hash=sha256:cc
two==2.5 ; python_full_version >= '3.12' \\
    --hash=sha256:dd
win==1 ; sys_platform == 'win32' \\
    --hash=sha256:ee
"""


def test_a_lock_gives_each_python_its_line() -> None:
    lock = list(read_lock(LOCK))
    assert lock[0].line == "one==1.0 --hash=sha256:aa --hash=sha256:bb"
    for python, version in (("3.11", "2.4"), ("3.12", "2.5"), ("3.13", "2.5")):
        pins = chosen(lock, {"one", "two"}, Target("aarch64", python))
        assert [(each.name, each.version) for each in pins] == [("one", "1.0"), ("two", version)]
    with pytest.raises(ValueError, match="no absent for cp311"):
        chosen(lock, {"absent"}, X311)
    with pytest.raises(ValueError, match="expected name==version, found 'one>1'"):
        list(read_lock("one>1 --hash=sha256:aa"))


def test_what_is_needed_follows_extras_and_markers() -> None:
    asks = {
        "a": ["b[more]>=1", "c; python_version < '3.12'", "w; sys_platform == 'win32'"],
        "b": ["d; extra == 'more'", "e; extra == 'other'"],
    }
    for python, found in (("3.11", {"a", "b", "c", "d"}), ("3.13", {"a", "b", "d"})):
        target = Target("x86_64", python)
        assert needed(["a"], lambda name: asks.get(name, ()), target.environment) == found


def test_the_platforms_are_those_of_the_oldest_system() -> None:
    platforms = Target("aarch64", "3.12").platforms
    assert platforms[0] == f"manylinux_{GLIBC[0]}_{GLIBC[1]}_aarch64"
    assert "manylinux2014_aarch64" in platforms
    assert "manylinux_2_34_aarch64" not in platforms


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_all_that_each_machine_needs(architecture: str, python: str) -> None:
    pins = pins_of(ROOT, Target(architecture, python))
    names = {each.name for each in pins}
    assert names >= {"pip", "fastapi", "onnxruntime", "faust-streaming", "numpy"}
    assert len(names) == len(pins)
    # Nothing that only tests need.
    assert not names & {"pytest", "ruff", "playwright", "scikit-learn"}
    assert all(each.hashes for each in pins)


def test_what_is_built_here_is_in_the_lock() -> None:
    names = {each.name for each in read_lock((ROOT / "requirements.lock").read_text("utf-8"))}
    assert {canonicalize_name(name) for name in BUILT_HERE} <= names


def test_the_glibc_of_an_archive_is_that_of_its_most_demanding_wheel() -> None:
    """A wheel with several tags runs where one of them fits."""
    names = (
        "a-1-py3-none-any.whl",
        "b-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl",
        "c-1-cp311-abi3-manylinux_2_26_x86_64.whl",
    )
    assert needs_glibc([Path(name) for name in names]) == (2, 26)
