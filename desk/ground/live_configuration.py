"""How a running process comes to another configuration: it is asked, checks it, and swaps it in
between two batches."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from cases.life.rules import Rules
from cases.routing.units import UnitRegister
from desk.ground import models, wiring
from desk.ground.configuration import waiting_for_start
from desk.ground.office_settings import load_office_settings
from desk.ground.settings import Settings, SettingsError
from huiyin.configuration.document import ConfigurationError
from huiyin.store.whole import whole
from streams.process import Processor

_log = logging.getLogger("huiyin.configuration")

ASKED: Final = "configuration.asked"
"""File in the data folder: the number of the configuration that `huiyin config reload` checked."""

KEPT: Final = "configurations"
"""Folder in the data folder: every configuration that decided something, by its number."""


def ask_for(settings: Settings, number: str) -> None:
    """Asks the process that runs on this data folder to use the configuration of this number.
    Raises `SettingsError`."""
    path = settings.home / ASKED
    try:
        with whole(path) as written:
            written.write_text(number, "ascii")
    except OSError as error:
        raise SettingsError(
            f"不能在数据文件夹里写 {path}：{error.strerror}。请检查 HUIYIN_HOME 和权限。"
        ) from error


def keep(settings: Settings) -> Path:
    """The tables as they count, under their number in the data folder: what the number in an
    event stands for. Raises `SettingsError`."""
    path = settings.home / KEPT / f"{settings.configuration.number}.json"
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole(path) as written:
                written.write_bytes(settings.configuration.content)
        except OSError as error:
            raise SettingsError(
                f"不能保存配置 {path}：{error.strerror}。请检查数据文件夹的权限和空间。"
            ) from error
    return path


class LiveConfiguration:
    """The configuration that a process goes by now."""

    def __init__(
        self,
        settings: Settings,
        processor: Processor,
        told: Callable[[Settings, Rules, UnitRegister], None],
        asked: Callable[[], str] | None = None,
    ) -> None:
        """`told`: what else shows or decides something by the tables, besides the processor.
        `asked`: gives the number that was asked for last; without it the file in the data folder
        says so. Raises what `asked` raises, and `SettingsError`."""
        self._settings = settings
        self._processor = processor
        self._told = told
        self._asked = asked or self._asked_in_the_folder
        self._lock = Lock()
        self._taken = self._asked()
        """What was asked for before the start is what was loaded, or is old."""
        self._said = ""
        self._model = models.model_file(settings)
        keep(settings)

    @property
    def number(self) -> str:
        return self._settings.configuration.number

    def look(self) -> bool:
        """Takes on what was asked for since the last look; a step of a loop. Raises
        `SettingsError`, again with every look, where that cannot be used: the one in force
        stays until the files are right or another one is asked for. Raises what `asked` raises."""
        asked = self._asked()
        if asked and asked not in (self._taken, self.number):
            self.reload(asked)
        self._taken = asked
        self._take_on_model()
        return False

    def _take_on_model(self) -> None:
        """Another model counts for what comes from the next batch on; labels that were given
        stay. Raises `SettingsError`, and the one in force stays."""
        model = models.model_file(self._settings)
        if model == self._model:
            return
        with self._lock:
            settings = self._settings
            classifier = wiring.build_classifier(settings)
            rules, router = wiring.build_rules(settings), wiring.build_router(settings)
            self._processor.use(rules, classifier, router)
            self._model = model
            _log.warning("分类的模型换成 %s", classifier.version)

    def look_and_log(self) -> None:
        """For a process that has no page to show what is wrong: says it once. Raises what
        `asked` raises."""
        said = ""
        try:
            self.look()
        except SettingsError as problem:
            said = str(problem)
        if said and said != self._said:
            _log.error("%s", said)
        self._said = said

    def reload(self, number: str = "") -> tuple[str, ...]:
        """Reads the files again, checks them and swaps them in. Gives the names of the changed
        tables that wait for the next start.

        `number`: the one that was checked and asked for. Raises `SettingsError`, and nothing
        has changed then.
        """
        with self._lock:
            before = self._settings.configuration
            settings = self._settings.read_again()
            after = settings.configuration
            try:
                after.load()
            except ConfigurationError as error:
                raise SettingsError(str(error)) from error
            if number and after.number != number:
                raise SettingsError(
                    f"要换上的是检查过的配置 {number}，这里的文件现在是 {after.number}，没有换上。"
                    "文件在检查之后又改了，或者本机的文件还没有换成新的；改好后请再运行 "
                    "huiyin config reload。"
                )
            if after.number == before.number:
                return ()
            if wrong := wiring.wrong_tables(settings):
                raise SettingsError("\n".join(wrong))
            load_office_settings(settings)
            rules, router = wiring.build_rules(settings), wiring.build_router(settings)
            self._processor.use(rules, wiring.build_classifier(settings), router)
            self._told(settings, rules, router.register)
            self._settings, self._model = settings, models.model_file(settings)
            keep(settings)
            later = waiting_for_start(before, after)
            _log.warning("配置已由 %s 换成 %s%s", before.number, after.number, _later(later))
            return later

    def _asked_in_the_folder(self) -> str:
        try:
            return (self._settings.home / ASKED).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""


def _later(names: tuple[str, ...]) -> str:
    return f"；{'、'.join(names)} 的改动到下次启动才生效" if names else ""
