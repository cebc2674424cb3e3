"""What the service, its timers, the log and the web servers in front are given."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bundle.installer.places import Places, new_places
from bundle.installer.problem import InstallError
from bundle.installer.service import rendered
from desk.ground.settings import SETTINGS

FILES = Path(__file__).resolve().parents[2] / "bundle" / "files"


def tool(name: str) -> str:
    """In CI what Debian has is there."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        assert not os.environ.get("CI"), f"{name} is missing; .ci/run installs it"
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Where the program of the units is a script, so that it is found."""
    it = Places(
        prefix=tmp_path / "opt",
        state=tmp_path / "state",
        backups=tmp_path / "backups",
        logs=tmp_path / "logs",
        settings=tmp_path / "huiyin.env",
        user="",
        service=True,
    )
    for path in (it.current / "venv" / "bin" / "huiyin", it.prefix / "bin" / "huiyin-health"):
        path.parent.mkdir(parents=True)
        path.write_text("#!/bin/sh\n", "utf-8")
        path.chmod(0o755)
    return it


def test_systemd_takes_the_units(places: Places, tmp_path: Path) -> None:
    analyze = tool("systemd-analyze")
    units = tmp_path / "units"
    units.mkdir()
    for template in (FILES / "systemd").iterdir():
        (units / template.name).write_text(rendered(template, places), "utf-8")
    assert len(list(units.iterdir())) == 5
    command: list[str | Path] = [
        analyze,
        "verify",
        "--recursive-errors=no",
        *sorted(units.iterdir()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    about_ours = [line for line in done.stderr.splitlines() if "huiyin" in line]
    assert (done.returncode, about_ours) == (0, [])


def test_systemd_names_what_is_wrong_with_a_unit(places: Places, tmp_path: Path) -> None:
    """So that the test above can fail."""
    unit = tmp_path / "huiyin.service"
    text = rendered(FILES / "systemd" / "huiyin.service", places)
    unit.write_text(text.replace("venv/bin/huiyin", "venv/bin/absent"), "utf-8")
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", unit], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "absent" in done.stderr


def test_logrotate_takes_the_rule(places: Places, tmp_path: Path) -> None:
    rotate = tool("logrotate")
    rule = tmp_path / "rule"
    rule.write_text(rendered(FILES / "logrotate" / "huiyin", places), "utf-8")
    rule.chmod(0o644)
    places.logs.mkdir(mode=0o700)
    (places.logs / "huiyin.log").write_text("一行\n", "utf-8")
    command: list[str | Path] = [rotate, "--force", "--state", tmp_path / "state-of-rotation", rule]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (places.logs / "huiyin.log").read_text("utf-8") == ""
    assert (places.logs / "huiyin.log.1").read_text("utf-8") == "一行\n"


def test_nginx_takes_its_example(places: Places, tmp_path: Path) -> None:
    nginx = tool("nginx")
    certificate(tmp_path)
    site = (FILES / "tls" / "nginx.conf").read_text("utf-8")
    whole = tmp_path / "nginx.conf"
    site = site.replace("/etc/huiyin/tls", str(tmp_path)).replace("listen 443", "listen 0.0.0.0:1")
    whole.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n{site}\n}}\n",
        "utf-8",
    )
    # Read and checked, but not bound to.
    done = subprocess.run(
        [nginx, "-t", "-q", "-p", tmp_path, "-c", whole],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=huiyin.example",
         "-keyout", folder / "huiyin.key", "-out", folder / "huiyin.pem", "-days", "1"],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_the_examples_name_settings_that_there_are(name: str) -> None:
    text = (FILES / "tls" / name).read_text("utf-8")
    known = {setting.name for setting in SETTINGS}
    named = set(re.findall(r"HUIYIN_[A-Z_]+", text))
    assert named == {"HUIYIN_PUBLIC_URL", "HUIYIN_PROXY_ADDRESSES"}
    assert named <= known


def test_a_folder_whose_name_a_unit_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="不能有空格"):
        new_places(tmp_path / "a b", "root", service=False)


def test_who_is_not_root_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("bundle.installer.places.is_root", lambda: False)
    with pytest.raises(InstallError, match="要用 root"):
        new_places(None, None, service=True)
    places = new_places(tmp_path, None, service=True)
    assert (places.user, places.service, places.home) == ("", False, tmp_path / "state" / "data")


def test_root_installs_where_everybody_expects_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundle.installer.places.is_root", lambda: True)
    places = new_places(None, None, service=False)
    assert [str(each) for each in (places.prefix, places.state, places.settings)] == [
        "/opt/huiyin",
        "/var/lib/huiyin",
        "/etc/huiyin/huiyin.env",
    ]
    assert places.user == "huiyin"
