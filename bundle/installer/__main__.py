"""`sh install.sh`: install, upgrade, rollback, health."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from bundle.installer import service
from bundle.installer.places import PREFIX, Places, known_places, new_places
from bundle.installer.problem import InstallError, say
from bundle.installer.program import make_settings, make_wrappers, put_program, use
from bundle.installer.source import Archive
from bundle.installer.upgrading import rollback, upgrade

_KEY = "publisher.pem"


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        match asked.command:
            case "install":
                _install(asked)
            case "upgrade":
                _upgrade(asked)
            case "rollback":
                rollback(known_places(_prefix(asked)), lambda text: _agreed(text, yes=asked.yes))
            case _:
                return _health()
    except InstallError as error:
        print(f"错误：{error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"错误：没有权限：{error.filename}。请用 root，或换个文件夹。", file=sys.stderr)
        return 1
    return 0


def _install(asked: argparse.Namespace) -> None:
    archive = Archive(asked.archive)
    places = new_places(asked.prefix, asked.user, service=not asked.no_service)
    if places.version:
        raise InstallError(
            f"{places.prefix} 已经装有 {places.version}。"
            "换版本请用 upgrade；要另装一处请用 --prefix。"
        )
    archive.check(asked.public_key)
    archive.check_machine(places.prefix)
    put_program(archive, places)
    if places.user:
        service.make_account(places.user, places.state)
    for folder in (places.state, places.home, places.backups, places.logs):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if places.user:
            shutil.chown(folder, places.user, places.user)
    make_settings(places, asked.port)
    make_wrappers(places)
    if asked.public_key is not None:
        shutil.copyfile(asked.public_key, places.prefix / _KEY)
        places.public_key = str(places.prefix / _KEY)
    service.port_of(places)
    _try_out(places, archive.version)
    use(places, archive.version)
    places.save()
    service.install_service(places, archive.version)
    service.start(places)
    say(_after(places, archive.version))


def _try_out(places: Places, version: str) -> None:
    """In a folder of its own: a backup can be restored only into an empty one."""
    home = places.state / "trial"
    shutil.rmtree(home, ignore_errors=True)
    try:
        service.try_out(places, version, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _after(places: Places, version: str) -> str:
    started = (
        "已作为服务运行：systemctl status huiyin；第一次的设置码：grep 设置码 "
        f"{places.logs}/huiyin.log"
        if places.service
        else f"启动：{places.prefix}/bin/huiyin run"
    )
    return (
        f"回音 {version} 已装好，试运行正常。\n"
        f"  {started}\n"
        f"  网址：http://127.0.0.1:{service.port_of(places)}/\n"
        f"  数据：{places.home}　设置：{places.settings}\n"
        f"  备份：{places.backups}，与数据在同一块磁盘的，请改 HUIYIN_BACKUP。\n"
        f"  检查还缺什么：{places.prefix}/bin/huiyin doctor"
    )


def _upgrade(asked: argparse.Namespace) -> None:
    archive, places = Archive(asked.archive), known_places(_prefix(asked))
    key = asked.public_key or (Path(places.public_key) if places.public_key else None)
    archive.check(key)
    archive.check_machine(places.prefix)
    upgrade(archive, places)


def _agreed(text: str, *, yes: bool) -> bool:
    say(text)
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InstallError("会丢失上面说的内容，要有人同意：请在终端里运行，或加 --yes。")
    return input("确定退回请输入 退回：").strip() == "退回"


def _health() -> int:
    port = os.environ.get("HUIYIN_PORT", "8765")
    problem = service.health(int(port)) if port.isdigit() else f"HUIYIN_PORT 是 {port!r}"
    say(f"回音不正常：{problem}" if problem else "回音运行正常。")
    return 1 if problem else 0


def _prefix(asked: argparse.Namespace) -> Path:
    return Path(asked.prefix or PREFIX).absolute()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sh install.sh", description="回音：不用网络的安装。")
    parser.add_argument("--archive", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "command",
        nargs="?",
        default="install",
        choices=("install", "upgrade", "rollback", "health"),
        help="安装（默认）、升级到这个安装包的版本、退回上一个版本、看是否在正常运行",
    )
    parser.add_argument("--prefix", type=Path, help=f"装在哪个文件夹；默认 {PREFIX}，要用 root")
    parser.add_argument("--public-key", type=Path, help="制作者的公钥（PEM），给了就核对签名")
    parser.add_argument("--user", help="用 root 安装时，程序以哪个系统账号运行；默认 huiyin")
    parser.add_argument("--port", type=int, default=8765, help="网页的端口；默认 8765")
    parser.add_argument("--no-service", action="store_true", help="不装成 systemd 的服务")
    parser.add_argument("--yes", action="store_true", help="退回会丢失的，已经同意")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
