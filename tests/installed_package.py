"""A package as pip leaves it, without pip: a module, and what its distribution says of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


def install_package(
    monkeypatch: pytest.MonkeyPatch, folder: Path, package: str, module: str, points: str
) -> None:
    """Version 3.1 of `package` with the module `module_PACKAGE`, until the test ends.

    `points`: its entry_points.txt, in which `{m}` stands for the module."""
    information = folder / package / f"{package}-3.1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 3.1\n", "utf-8"
    )
    name = f"module_{package}"
    (information / "entry_points.txt").write_text(points.format(m=name), "utf-8")
    (folder / package / f"{name}.py").write_text(module, "utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder / package)])
    monkeypatch.delitem(sys.modules, name, raising=False)
