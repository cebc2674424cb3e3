"""To another version and back. At every moment one of the two versions fits the data: the copy
is made before anything changes, and the link is switched last."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bundle.installer import file_versions, service
from bundle.installer.places import Places, Upgrade
from bundle.installer.problem import InstallError, run, say
from bundle.installer.program import is_whole, put_program, use
from bundle.installer.source import Archive

_SECRETS: Final = "secrets.toml"
_COPIES_KEPT: Final = 3


def upgrade(archive: Archive, places: Places) -> None:
    """Puts the archive's version beside the one in use, copies the data, migrates, tries it out
    and switches; goes back to where it was if one of these fails. Raises `InstallError`."""
    before = places.version
    _comparable(archive.version, before)
    _finish_broken_off(places)
    put_program(archive, places)
    service.stop(places)
    step = Upgrade(before=before, after=archive.version, at=_now())
    try:
        _copy(places, step)
    except InstallError:
        service.start(places)
        raise
    places.upgrades.append(step)
    places.save()
    try:
        if step.copy:
            say(f"用 {archive.version} 打开数据，升级数据文件并核对 ……")
            _audit(places, archive.version)
        say("试运行 ……")
        service.try_out(places, archive.version, places.home)
        use(places, archive.version)
        service.install_service(places, archive.version)
        service.start(places)
    except InstallError as error:
        _back(places, step)
        service.start(places)
        raise InstallError(f"升级没有成功，已退回 {before}，数据没有变。原因：{error}") from error
    step.done = True
    places.save()
    say(
        f"已从 {before} 升级到 {archive.version}。"
        f"要退回：sh {places.current}/install.sh rollback --prefix {places.prefix}"
    )


def rollback(places: Places, agreed: Callable[[str], bool]) -> None:
    """Back to the version before the last upgrade. Where the old version cannot read the data
    any more, the copy comes back, and `agreed` is asked first, with what is lost. Raises
    `InstallError`."""
    now = places.version
    step = next((each for each in reversed(places.upgrades) if each.done), None)
    if step is None or step.after != now:
        raise InstallError(f"现在是 {now or '没有版本'}，没有可以退回的升级。什么也没有改变。")
    if not is_whole(places, step.before):
        raise InstallError(
            f"{places.prefix / step.before} 已不完整，退不回去。"
            f"请用 {step.before} 的安装包另装一处，再恢复备份 {step.copy}。"
        )
    service.stop(places)
    try:
        loses = bool(_newer(places, step))
        going = not loses or agreed(_loss(places, step))
    except InstallError:
        service.start(places)
        raise
    if not going:
        service.start(places)
        raise InstallError("没有退回，什么也没有改变。")
    _back(places, step)
    service.try_out(places, step.before, places.home)
    service.install_service(places, step.before)
    service.start(places)
    lost = "" if loses else "，数据没有变"
    say(f"已退回 {step.before}{lost}。")


def _comparable(new: str, old: str) -> None:
    if not old:
        raise InstallError("还没有装好的版本，不能升级。请先安装：sh install.sh")
    if new == old:
        raise InstallError(f"已经是 {old}，不用升级。")
    if _order(new) < _order(old):
        raise InstallError(
            f"安装包应比现在的 {old} 新，实际是 {new}。要退回上一个版本请用 rollback。"
        )


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def _finish_broken_off(places: Places) -> None:
    """An upgrade that the machine's end interrupted is undone before another begins."""
    step = next((each for each in places.upgrades if not each.done), None)
    if step is not None:
        say(f"上一次升级到 {step.after} 没有做完，先退回 {step.before}。")
        service.stop(places)
        _back(places, step)


def _copy(places: Places, step: Upgrade) -> None:
    if not (places.home / "huiyin.db").exists():
        return
    say(f"用 {step.before} 核对并备份数据 ……")
    found = _audit(places, step.before)
    step.observations, step.actions = int(found["observations"]), int(found["actions"])
    folder = places.backups / "before-upgrade"
    made = json.loads(
        _program(places, step.before, "backup", str(folder), "--keep", str(_COPIES_KEPT), "--json")
    )
    step.copy = str(folder / made["name"])
    step.versions = _versions(places)
    say(f"备份在 {step.copy}。")


def _back(places: Places, step: Upgrade) -> None:
    """The version of before, and the copy if that version needs it; what was there is kept."""
    service.stop(places)
    if step.copy and _newer(places, step):
        aside = places.home.with_name(f"data.{step.after}.{datetime.now():%Y%m%d-%H%M%S}")  # noqa: DTZ005
        places.home.rename(aside)
        try:
            _program(places, step.before, "restore", step.copy, "--by", "升级程序")
        except InstallError:
            shutil.rmtree(places.home, ignore_errors=True)
            aside.rename(places.home)
            raise
        if (aside / _SECRETS).exists() and not (places.home / _SECRETS).exists():
            # A backup that is not sealed leaves the passwords out.
            run(["cp", "-p", aside / _SECRETS, places.home / _SECRETS])
        say(f"数据已恢复到 {step.at} 的备份；原来的留在 {aside}。")
    use(places, step.before)
    places.upgrades.remove(step)
    places.save()


def _loss(places: Places, step: Upgrade) -> str:
    try:
        found = _audit(places, step.after)
        came = int(found["observations"]) - step.observations
        done = int(found["actions"]) - step.actions
        counted = f"来件 {came} 条、办理 {done} 次"
    except (InstallError, KeyError, ValueError):
        counted = "来件和办理（数不出有多少）"
    return (
        f"{step.before} 读不了升级后的数据文件，要恢复 {step.at} 的备份。"
        f"那以后的{counted}，以及期间的设置和账号改动，都不在里面；"
        "现在的数据会另放一处，不删除。"
    )


def _newer(places: Places, step: Upgrade) -> list[str]:
    return file_versions.newer(_versions(places), step.versions) if step.copy else []


def _versions(places: Places) -> file_versions.Versions:
    script = Path(file_versions.__file__)
    found: file_versions.Versions = json.loads(
        run([sys.executable, "-I", "-B", script, places.home], user=places.user)
    )
    return found


def _audit(places: Places, version: str) -> dict[str, Any]:
    """Opens every data file for writing, which brings it up to date, and proves that nothing is
    missing. Raises `InstallError`."""
    found: dict[str, Any] = json.loads(_program(places, version, "audit", "--json"))
    return found


def _program(places: Places, version: str, *arguments: str) -> str:
    return run(
        [places.program(version), *arguments],
        user=places.user,
        environment=places.environment(version),
        folder=places.state,
    )


def _now() -> str:
    return f"{datetime.now():%Y-%m-%d %H:%M}"  # noqa: DTZ005  (as the clock of this machine has it)
