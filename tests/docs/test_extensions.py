"""docs/extensions.md: the package is built, installed and used; and what is told of one that fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PYTHON = (sys.executable, "-W", "error")
HUIYIN = ("-c", "from desk.app.cli import main; main()")


def blocks(page: str) -> dict[str, str]:
    """By the name in their first line."""
    found = re.findall(r"^```(?:toml|python)\n# (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "extensions.md").read_text("utf-8")


def install(files: dict[str, str], into: Path, work: Path) -> Path:
    """Builds a wheel of these files and unpacks it. Needs no network."""
    work.mkdir()
    for name, text in files.items():
        (work / name).write_text(text, "utf-8")
    subprocess.run(
        (*PYTHON[:1], "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--no-build-isolation", "--no-index", "--target", str(into), str(work)),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return into


@pytest.fixture(scope="module")
def package(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the package of the page is installed in."""
    folder = tmp_path_factory.mktemp("package")
    all_blocks = blocks(page)
    files = {name: all_blocks[name] for name in ("pyproject.toml", "huiyin_townhall.py")}
    return install(files, folder / "installed", folder / "source")


@pytest.fixture
def county(page: str, tmp_path: Path) -> Path:
    (tmp_path / "local").mkdir()
    for name in ("sources.toml", "alerts.toml", "delivery.toml"):
        (tmp_path / "local" / name).write_text(blocks(page)[name], "utf-8")
    return tmp_path


def run(root: Path, county: Path, package: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": f"{root}{os.pathsep}{package}",
        "HUIYIN_HOME": str(county / "home"),
        "HUIYIN_CONFIG": str(root / "config"),
        "HUIYIN_OVERLAY": str(county / "local"),
        "HUIYIN_CLASSIFIER": "rules",
    }
    return subprocess.run(
        (*PYTHON, *words), cwd=county, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_an_item_an_alert_and_a_reply_go_through_the_installed_package(
    root: Path, page: str, package: Path, county: Path
) -> None:
    done = run(root, county, package, "-c", blocks(page)["trial"])
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_doctor_and_config_show_name_package_and_version(
    root: Path, page: str, package: Path, county: Path
) -> None:
    (listed,) = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    shown = run(root, county, package, *HUIYIN, "config", "show")
    assert shown.stdout.endswith(listed), shown.stderr
    found = run(root, county, package, *HUIYIN, "doctor").stdout
    assert "✓ 来源适配器 line-file：由扩展包 huiyin-townhall 1.2 提供" in found
    assert "✓ 告警渠道 screen：由扩展包 huiyin-townhall 1.2 提供" in found
    assert "✓ 送达方式 print-folder：由扩展包 huiyin-townhall 1.2 提供" in found
    assert "不能用" not in found


def test_the_table_of_groups_is_the_programs(page: str) -> None:
    from desk.ground.extensions import POINTS

    rows = re.findall(r"^\| `(huiyin\.\w+)` \| (.+?) \|", page, re.MULTILINE)
    assert [group for group, _ in rows] == [point.group for point in POINTS]
    for (_, takes), point in zip(rows, POINTS, strict=True):
        assert tuple(re.findall(r"`(\w+)`", takes.partition(":")[0])) == point.takes
