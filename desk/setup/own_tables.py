"""The county's own rows, changed by the program: checked before they count, with who and when, and
with a way back. They stand in the files of the overlay, as if written by hand (docs/overlay.md)."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Self

from msgspec.structs import replace

from cases.words.actors import Role
from cases.words.refusals import NotAllowed
from desk.doctor.tables import wrong_tables
from desk.ground import production
from desk.ground.audit_log import AuditAction
from desk.ground.configuration import Configuration
from desk.ground.context import DeskContext
from desk.ground.doer import Doer, NotThere
from desk.ground.settings import OVERLAY, Settings, SettingsError
from desk.setup.changes import Change, ChangeRecord, Recorded
from desk.setup.units_in_use import left_behind
from huiyin.store.errors import StoreError
from huiyin.store.whole import whole
from sinks.private import make_folder
from streams.kafka.errors import LogDown, LogError

Edit = Callable[[str], str]
"""From the text of a file, "" where there is none, to what it is to be."""


class TablesWrong(NotAllowed):
    """With the change the configuration could not be used."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("这样改以后配置不能用，没有改动：\n" + "\n".join(lines))
        self.lines = tuple(lines)


class OwnTables:
    """Every method raises `NotPermitted`, and `NotAllowed` with what is wrong."""

    def __init__(self, desk: DeskContext) -> None:
        self._desk = desk
        self._lock = Lock()
        self._record = ChangeRecord(desk.file)
        self._settle()

    @classmethod
    def open(cls, desk: DeskContext) -> Self:
        return cls(desk)

    @property
    def folder(self) -> Path:
        """The overlay; made with the first change."""
        settings = self._desk.settings
        return settings.configuration.overlay or settings.home / OVERLAY

    def change(
        self,
        by: Doer,
        file: str,
        edit: Edit,
        what: str,
        *,
        roles: tuple[Role, ...] = (Role.ADMIN,),
    ) -> tuple[str, ...]:
        """Writes the file of the overlay anew, once the whole configuration was found to be
        right with it, and goes by it from now on. What was wrong before is no reason to refuse.
        Gives the tables that wait for the next start; ("" as it is: nothing happens)."""
        self._desk.permit(by, *roles, to="修改本单位的配置", about=file)
        with self._lock:
            self._settle()
            before, after = self._edited(file, edit)
            if after == (before or ""):
                return ()
            return self._put(by, file, before, after, what)

    @contextmanager
    def trying(self, by: Doer, file: str, edit: Edit) -> Iterator[tuple[Settings, Settings]]:
        """The settings by the files as they are, and as they would be after `change`, checked in
        the same way. Nothing is written."""
        self._desk.permit(by, Role.ADMIN, to="修改本单位的配置", about=file)
        settings = self._desk.settings.read_again()
        with self._right(settings, file, self._edited(file, edit)[1]) as tried:
            yield settings, tried

    def take_back(self, by: Doer, number: int) -> tuple[str, ...]:
        """The file becomes what it was before this change, which is the last of it."""
        self._desk.permit(by, Role.ADMIN, to="撤回配置的改动", about=str(number))
        with self._lock:
            self._settle()
            change = self._record.of(number)
            if change is None:
                raise NotThere(f"没有第 {number} 号改动。")
            file, after = change.file, change.after
            if self._text(file) != after:
                raise NotAllowed(self._changed_since(change))
            return self._put(by, file, after, change.before, f"撤回：{change.what}")

    def _changed_since(self, change: Recorded) -> str:
        if self._record.newest(change.file) != change.number:
            return f"{change.file} 在这次改动之后又改过，不能直接撤回。请先撤回后面的改动"
        return (
            f"{self._named(change.file)} 在这次改动之后被直接改过，撤回会丢掉那些改动，没有撤回。"
            "请在页面上或文件里改回来"
        )

    def changes(self) -> tuple[Change, ...]:
        """The newest first."""
        return self._record.listed()

    def newest(self, file: str) -> int:
        """The number of the last change of this file; 0 for none."""
        return self._record.newest(file)

    def _edited(self, file: str, edit: Edit) -> tuple[str | None, str]:
        before = self._text(file)
        try:
            return before, edit(before or "")
        except tomllib.TOMLDecodeError as error:
            raise NotAllowed(
                f"{self._named(file)} 现在不是合法的 TOML（{error}），没有改动。请先改正这个文件"
            ) from None

    def text(self, file: str) -> str:
        """What the file of the overlay says; "" where there is none."""
        return self._text(file) or ""

    def _text(self, file: str) -> str | None:
        path = self.folder / file
        try:
            return path.read_text("utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise NotAllowed(
                f"读不了 {self._named(file)}（{_reason(error)}），没有改动。请检查这个文件"
            ) from None

    def _named(self, file: str) -> str:
        """As pages call it: where the data folder is, is told to nobody there."""
        return f"{self.folder.name}/{file}"

    def _put(
        self, by: Doer, file: str, before: str | None, after: str | None, what: str
    ) -> tuple[str, ...]:
        settings = self._desk.settings.read_again()
        with self._right(settings, file, after):
            pass
        if self._text(file) != before:
            raise NotAllowed(
                f"{self._named(file)} 在检查这次改动的时候，又被别人或别的程序改过，没有改动。"
                "请重新打开，看过再改"
            )
        self._write_recorded(by, file, before, after, what)
        try:
            later = self._desk.reload()
            # Other processes: a command changes what `huiyin run` goes by, a page what workers do.
            production.ask_all(settings, self._desk.settings.configuration.number)
        except SettingsError as error:
            raise NotAllowed(f"已写入 {self._named(file)}，但现在还不能换上：{error}") from None
        except (LogDown, LogError) as error:
            raise NotAllowed(
                f"已写入 {self._named(file)}，处理进程还没有换上：{error}"
                "恢复后请运行 huiyin config reload"
            ) from None
        return later

    def _write_recorded(
        self, by: Doer, file: str, before: str | None, after: str | None, what: str
    ) -> None:
        """The file and what is known of the change: both, or neither."""
        at = self._desk.clock().isoformat()
        change = self._record.begin(
            Recorded(at=at, who=by.actor.id, file=file, what=what, before=before, after=after)
        )
        try:
            self._write(file, after)
        except NotAllowed:
            self._record.forget(change)
            raise
        try:
            self._desk.note(by, AuditAction.CONFIGURATION, file, what)
            self._record.finish(change)
        except StoreError:
            self._write(file, before)
            raise  # `_settle` takes the record away

    def _settle(self) -> None:
        """What broke off between record and file: where the file has it, it stands; else it
        never happened."""
        for change in self._record.unfinished():
            try:
                stands = self._text(change.file) == change.after
            except NotAllowed:
                continue  # until the file can be read
            if not stands:
                self._record.forget(change)
                continue
            moment = datetime.fromisoformat(change.at)
            deed = AuditAction.CONFIGURATION
            self._desk.trail.record(moment, change.who, deed, change.file, change.what)
            self._record.finish(change)

    @contextmanager
    def _right(self, settings: Settings, file: str, after: str | None) -> Iterator[Settings]:
        """The settings with another text of the file. Raises `TablesWrong` where something is
        wrong that was right before."""
        known = set(wrong_tables(settings))
        with _tried(settings, self.folder, file, after) as tried:
            here, folder = str(self.folder), str(tried.configuration.overlay)
            wrong = [each.replace(folder, here) for each in wrong_tables(tried)]
            wrong += left_behind(self._desk, settings, tried)
            if new := [each for each in wrong if each not in known]:
                raise TablesWrong(new)
            yield tried

    def _write(self, file: str, text: str | None) -> None:
        path = self.folder / file
        try:
            make_folder(self.folder)
            if text is None:
                path.unlink(missing_ok=True)
            else:
                with whole(path) as new:
                    new.write_text(text, "utf-8")
        except OSError as error:
            raise NotAllowed(
                f"不能写 {self._named(file)}：{error.strerror}，没有改动。"
                "请检查文件夹的权限和剩余空间"
            ) from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "不是 UTF-8 文本"


@contextmanager
def _tried(settings: Settings, folder: Path, file: str, text: str | None) -> Iterator[Settings]:
    """The settings as they would be, with the overlay in a folder aside."""
    with tempfile.TemporaryDirectory() as aside:
        for path in folder.glob("*.toml") if folder.is_dir() else ():
            shutil.copyfile(path, Path(aside, path.name))
        target = Path(aside, file)
        if text is None:
            target.unlink(missing_ok=True)
        else:
            target.write_text(text, "utf-8")
        tables = Configuration(settings.configuration.folder, Path(aside))
        yield replace(settings, configuration=tables)
