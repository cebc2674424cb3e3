"""The program as a service of systemd, and whether it is well."""

from __future__ import annotations

import json
import pwd
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bundle.installer.places import Places
from bundle.installer.problem import InstallError, run, say

UNITS: Final = Path("/etc/systemd/system")
LOGROTATE: Final = Path("/etc/logrotate.d")
SERVICE: Final = "huiyin.service"
_STARTED: Final = (SERVICE, "huiyin-backup.timer", "huiyin-health.timer")
PATIENCE: Final = 180.0
"""Seconds until a program that was started has to answer that it is well."""


def rendered(template: Path, places: Places) -> str:
    """A unit or a rule of logrotate for these places."""
    text = template.read_text("utf-8")
    user = places.user or "root"
    for name, value in {
        "PREFIX": places.prefix,
        "STATE": places.state,
        "BACKUPS": places.backups,
        "LOGS": places.logs,
        "SETTINGS": places.settings,
        "USER": user,
        "GROUP": user,
    }.items():
        text = text.replace(f"@{name}@", str(value))
    return text


def install_service(places: Places, version: str) -> None:
    """Writes the units and the rotation of the log, those of this version."""
    if not places.service:
        return
    folder = places.prefix / version
    for template in sorted((folder / "systemd").iterdir()):
        (UNITS / template.name).write_text(rendered(template, places), "utf-8")
    if LOGROTATE.is_dir():
        rule = LOGROTATE / "huiyin"
        rule.write_text(rendered(folder / "logrotate" / "huiyin", places), "utf-8")
    run(["systemctl", "daemon-reload"])


def start(places: Places) -> None:
    """Starts the service and waits until it is well. Raises `InstallError`."""
    if places.service:
        run(["systemctl", "enable", *_STARTED])
        run(["systemctl", "restart", *_STARTED])
        wait_until_well(port_of(places), lambda: "", PATIENCE)
        say("服务 huiyin 已启动，运行正常。")


def stop(places: Places) -> None:
    """Nothing may work on the data from here on. Raises `InstallError` where a program that is
    no service of ours still does."""
    if places.service:
        run(["systemctl", "stop", *reversed(_STARTED)])
    if _answers(port_of(places)):
        raise InstallError(
            f"端口 {port_of(places)} 上的程序应已停止，实际还在运行。请先停止回音，再试。"
        )


def health(port: int) -> str:
    """What is not well, in the program's own words; "" where it is. Raises nothing."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10):
            return ""
    except urllib.error.HTTPError as error:
        try:
            answer = json.loads(error.read())
            return f"{answer['stream']}：{answer['detail']}"
        except (ValueError, KeyError, TypeError, OSError):
            return f"端口 {port} 答复 {error.code}，不像是回音"
    except OSError as error:
        return f"端口 {port} 没有答复（{error}）"


def wait_until_well(port: int, ended: Callable[[], str], patience: float) -> None:
    """`ended`: what the program said when it ended; "" while it runs. Raises `InstallError`."""
    last = time.monotonic() + patience
    while problem := health(port):
        if said := ended():
            raise InstallError(f"程序启动后自己停了：\n{said}")
        if time.monotonic() > last:
            raise InstallError(f"程序启动 {patience:.0f} 秒后应运行正常，实际是：{problem}。")
        time.sleep(0.2)


def try_out(places: Places, version: str, home: Path) -> None:
    """Runs this version on the data in `home` until it is well, where nobody else reaches it;
    then ends it. Raises `InstallError`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _running(places, version, port, home) as ended:
        wait_until_well(port, ended, PATIENCE)


@contextmanager
def _running(places: Places, version: str, port: int, home: Path) -> Iterator[Callable[[], str]]:
    log = places.logs / "trial.log"
    # No backup of the day: it would be one of data that are just being tried.
    environment = places.environment(
        version,
        HUIYIN_HOST="127.0.0.1",
        HUIYIN_PORT=str(port),
        HUIYIN_HOME=str(home),
        HUIYIN_BACKUP="",
    )
    with log.open("w+", encoding="utf-8", errors="replace") as out:
        process = subprocess.Popen(
            [str(places.program(version)), "run"],
            env=environment,
            cwd=places.state,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            user=places.user or None,
            group=places.user or None,
            extra_groups=[] if places.user else None,
        )

        def ended() -> str:
            if process.poll() is None:
                return ""
            return log.read_text("utf-8", "replace")[-2000:] or f"状态 {process.returncode}"

        try:
            yield ended
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def port_of(places: Places) -> int:
    """Raises `InstallError`."""
    text = places.environment().get("HUIYIN_PORT", "8765")
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise InstallError(
            f"{places.settings} 的 HUIYIN_PORT 应为 1 至 65535，实际是 {text!r}。请改正。"
        )
    return int(text)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex(("127.0.0.1", port)) == 0


def make_account(user: str, state: Path) -> None:
    """An account of its own without a password and a shell, if there is none."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        pass
    else:
        return
    shell = shutil.which("nologin") or "/usr/sbin/nologin"
    run(["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", state,
         "--shell", shell, user])  # fmt: skip
    say(f"已建立系统账号 {user}。")
