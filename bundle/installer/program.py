"""A version of the program put beside the others, and the link that says which one counts."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from bundle.installer.places import Places
from bundle.installer.problem import InstallError, run, say
from bundle.installer.source import Archive

_WHOLE: Final = ".whole"
_KEPT: Final = ("config", "docs", "lib", "systemd", "logrotate", "tls")
_PAGES: Final = ("bundle.json", "install.sh", "INSTALL.zh-CN.txt", "LICENSE", "CHANGELOG.md",
                 "README.md", "README.zh-CN.md")  # fmt: skip
_OPEN: Final = 0o022
_HEALTH: Final = "-m bundle.installer --archive . health"
_COMPILE: Final = "import compileall, sys; compileall.compile_dir(sys.argv[1], quiet=2, workers=0)"
_SETTINGS: Final = """\
# 回音的设置，一行一个 名称=值，改后重新启动。全部设置见 {prefix}/current/docs/configuration.md。
HUIYIN_HOME={home}
HUIYIN_CONFIG={prefix}/current/config
HUIYIN_HOST=127.0.0.1
HUIYIN_PORT={port}
# 每天自动备份。请改到另一块磁盘或另一台机器的共享文件夹（systemd 的要写进服务的 ReadWritePaths）。
HUIYIN_BACKUP={backups}
"""


def put_program(archive: Archive, places: Places) -> None:
    """Installs the archive's version into its own folder, without a network; what an
    installation that broke off has left there goes first. Raises `InstallError`."""
    target = places.prefix / archive.version
    if target.exists():
        if target.name == places.version:
            raise InstallError(f"{target} 正在使用，不会覆盖。")
        shutil.rmtree(target)
    os.umask(_OPEN)
    target.mkdir(parents=True)
    try:
        _fill(archive, target)
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise InstallError(
            f"写不进 {target}：{error.strerror}。请检查权限和剩余空间后再试。"
        ) from error
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    (target / _WHOLE).touch()


def is_whole(places: Places, version: str) -> bool:
    return (places.prefix / version / _WHOLE).is_file()


def _fill(archive: Archive, target: Path) -> None:
    say(f"安装 {archive.version} 到 {target} ……")
    python = target / "venv" / "bin" / "python"
    # Many systems split pip off; it comes with the archive and runs from its own wheel.
    run([sys.executable, "-m", "venv", "--without-pip", target / "venv"])
    pip = next(archive.wheels.glob("pip-*.whl"), None)
    if pip is None or not archive.requirements.is_file():
        raise InstallError("安装包不完整：缺少 pip 或依赖清单。请重新取得安装包。")
    command: list[str | Path] = [python, f"{pip}/pip", "--isolated", "--disable-pip-version-check"]
    options = (
        "--quiet",
        "--no-index",
        "--no-deps",
        "--require-hashes",
        "--no-cache-dir",
        "--no-compile",
    )
    run([*command, "install", *options, "-f", archive.wheels, "-r", archive.requirements])
    run([*command, "check"])
    # On all cores; what a package brings that no Python of today can read is its own affair.
    run([python, "-c", _COMPILE, target / "venv" / "lib"])
    for name in _KEPT:
        shutil.copytree(archive.folder / name, target / name)
    for name in _PAGES:
        shutil.copyfile(archive.folder / name, target / name)


def make_settings(places: Places, port: int) -> None:
    """The settings of a first installation; those of an earlier one stay."""
    if places.settings.exists():
        say(f"沿用已有的设置 {places.settings}。")
        return
    places.settings.parent.mkdir(parents=True, exist_ok=True)
    text = _SETTINGS.format(
        prefix=places.prefix, home=places.home, backups=places.backups, port=port
    )
    # Passwords may be written into it.
    file = os.open(places.settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        out.write(text)
    if places.user:
        shutil.chown(places.settings, "root", places.user)


def make_wrappers(places: Places) -> None:
    """`bin/huiyin` runs the version that counts, as the program's own account."""
    folder = places.prefix / "bin"
    folder.mkdir(exist_ok=True)
    program = places.current / "venv" / "bin"
    commands = {
        "huiyin": (f"{program}/huiyin", "当前版本的回音，以它自己的账号运行。"),
        "huiyin-health": (
            f"env PYTHONPATH={places.current}/lib {program}/python -B {_HEALTH}",
            "是否在正常运行；不正常的说明原因，状态为 1。",
        ),
    }
    for name, (command, what) in commands.items():
        text = f"#!/bin/sh\n# {what}\nset -a\n. {places.settings}\nset +a\n"
        if places.user:
            text += 'if [ "$(id -u)" -eq 0 ]; then\n'
            text += f'    exec runuser -u {places.user} -- {command} "$@"\nfi\n'
        path = folder / name
        path.write_text(f'{text}exec {command} "$@"\n', "utf-8")
        path.chmod(0o755)


def use(places: Places, version: str) -> None:
    """From one moment to the next this version counts."""
    half = places.prefix / "current.half"
    half.unlink(missing_ok=True)
    half.symlink_to(version)
    half.replace(places.current)
