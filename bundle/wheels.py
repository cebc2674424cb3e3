"""Wheels for one target, from the registry that pip is configured with."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import requires
from pathlib import Path
from typing import Final

from bundle.targets import BUILT_HERE, EXTRAS, GLIBC, Pinned, Target, chosen, needed, read_lock

EPOCH: Final = 1580601600
"""Date of everything that is packed: the same tree gives the same bytes."""
_FOR_ANY: Final = "none-any.whl"
_GLIBC: Final = re.compile(r"manylinux_(\d+)_(\d+)_")


class BundleError(Exception):
    """The archive cannot be made; the text says what to do."""


def pins_of(root: Path, target: Target) -> list[Pinned]:
    """What is installed there beside Huiyin itself, and pip, which installs it."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in EXTRAS:
        wanted += project["optional-dependencies"][extra]
    names = needed(wanted, lambda name: requires(name) or (), target.environment) | {"pip"}
    return chosen(read_lock((root / "requirements.lock").read_text("utf-8")), names, target)


def build_product(root: Path, into: Path) -> Path:
    """Huiyin's own wheel."""
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)], root)
    return next(into.glob("huiyin-*.whl"))


def fetch(pins: Sequence[Pinned], target: Target, into: Path) -> list[Path]:
    """The wheels of `pins`, each compared with the hash in the lock; gives their files, newly
    fetched or there already. Raises `BundleError`."""
    into.mkdir(parents=True, exist_ok=True)
    built = [each for each in pins if target.architecture in BUILT_HERE.get(each.name, ())]
    missing = [each for each in pins if each not in built and not _there(into, each, target)]
    with_hashes = into.parent / f"{target.tag}-{target.architecture}.txt"
    with_hashes.write_text("\n".join(each.line for each in missing), "utf-8")
    if missing:
        _pip("download", *_for(target), "--dest", str(into), "--requirement", str(with_hashes))
    for each in built:
        if not any(file.name.endswith(_FOR_ANY) for file in _files(into, each)):
            with_hashes.write_text(each.line, "utf-8")
            _pip("wheel", "--wheel-dir", str(into), "--no-binary", each.name, "--requirement",
                 str(with_hashes))  # fmt: skip
    with_hashes.unlink()
    found = []
    for each in pins:
        fitting = [file for file in _files(into, each) if _fits(file, target)]
        if not fitting:
            raise BundleError(
                f"{each.name} {each.version} has no wheel for {target.tag} on "
                f"{target.architecture}: what was built here is for this machine only. "
                "Ask its makers for one, or build the archive on such a machine."
            )
        found.append(fitting[0])
    return found


def requirements(files: Sequence[Path]) -> str:
    """What pip is to install from the archive, each with its own hash."""
    lines = []
    for file in sorted(files):
        name, version = file.name.split("-")[:2]
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
    return "".join(lines)


def needs_glibc(files: Sequence[Path]) -> tuple[int, int]:
    """The newest that one of the wheels asks for; a wheel with several tags asks for the oldest."""
    asked = [
        min((int(major), int(minor)) for major, minor in found)
        for file in files
        if (found := _GLIBC.findall(file.name))
    ]
    return max(asked, default=GLIBC)


def _for(target: Target) -> Iterator[str]:
    yield from ("--only-binary", ":all:", "--implementation", "cp")
    yield from ("--python-version", target.python)
    for platform in target.platforms:
        yield from ("--platform", platform)


def _files(folder: Path, pin: Pinned) -> list[Path]:
    stem = re.compile(
        rf"{re.sub('[-_.]+', '[-_.]+', pin.name)}-{re.escape(pin.version)}-.*", re.IGNORECASE
    )
    return sorted(each for each in folder.glob("*.whl") if stem.fullmatch(each.name))


def _there(folder: Path, pin: Pinned, target: Target) -> bool:
    return any(
        f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" in pin.hashes
        for file in _files(folder, pin)
        if _fits(file, target)
    )


def _fits(file: Path, target: Target) -> bool:
    if file.name.endswith(_FOR_ANY):
        return True
    python, abi, platform = file.stem.split("-")[-3:]
    mine = python == target.tag or (abi == "abi3" and python <= target.tag)
    return mine and target.architecture in platform


def _pip(command: str, *arguments: str) -> None:
    _run(
        [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check",
         "--no-deps", "--require-hashes", *arguments]
    )  # fmt: skip


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        # NO_CYTHON is Faust's own: it works without compiled parts too, a little slower.
        env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "NO_CYTHON": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BundleError(f"{' '.join(command[1:4])} failed:\n{done.stderr or done.stdout}")
