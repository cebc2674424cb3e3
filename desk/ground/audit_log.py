"""操作日志: who did or saw what at the desk, when and from where.

What happens to a case stands in the case's own history. Here stands the rest: who
signed in, who had personal data shown, who exported, who changed an account.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from desk.ground.deskfile import DeskFile

_STEPS = (
    """
    CREATE TABLE trail (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL, who TEXT NOT NULL, deed TEXT NOT NULL, about TEXT NOT NULL,
        detail TEXT NOT NULL, address TEXT NOT NULL
    )
    """,
)


class AuditAction(StrEnum):
    """The value is stored and shown."""

    SIGN_IN = "登录"
    SIGN_IN_REFUSED = "登录被拒"
    SIGN_OUT = "退出"
    PASSWORD = "修改密码"  # noqa: S105  (a word, not a password)
    ACCOUNT = "账号管理"
    TOKEN = "接口令牌"  # noqa: S105
    READ = "接口读取"
    UNMASK = "查看个人信息"
    EXPORT = "导出"
    ACT = "办理"
    REFUSED = "越权被拒"
    ALERT = "告警处理"
    DUTY = "值班"
    SOURCE = "来源管理"
    LETTER = "死信处理"
    REPORT = "报表"
    REGISTER = "登记"
    BACKUP = "备份"
    ERASE = "删除个人信息"
    CONFIGURATION = "修改配置"


class Step(Struct, frozen=True, kw_only=True):
    position: int
    at: datetime
    who: str
    """Account id."""
    deed: str
    about: str
    """What it was done to: a case id, an account, a file name; "" for none."""
    detail: str
    address: str
    """Network address it came from; "" for the command line."""


class AuditLog:
    """Only grows."""

    def __init__(self, file: DeskFile) -> None:
        self._file = file
        file.ensure("trail", _STEPS)

    def record(
        self,
        at: datetime,
        who: str,
        deed: AuditAction,
        about: str = "",
        detail: str = "",
        address: str = "",
    ) -> None:
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO trail (at, who, deed, about, detail, address) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (at.isoformat(), who, deed.value, about, detail, address),
            )

    def newest_of(self, deed: AuditAction) -> dict[str, datetime]:
        """When each account did it last, by its id in lower case."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT lower(who), max(at) FROM trail WHERE deed = ? GROUP BY lower(who)",
                (deed.value,),
            ).fetchall()
        return {who: datetime.fromisoformat(at) for who, at in rows}

    def search(
        self,
        *,
        text: str = "",
        who: str = "",
        deed: str = "",
        about: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[int, list[Step]]:
        """How many fit, and a page of them, the newest first. `text` is a piece of any
        column; the others have to be equal; `since` is included, `until` not."""
        values = {
            "text": text,
            "who": who,
            "deed": deed,
            "about": about,
            "since": since.isoformat() if since else "",
            "until": until.isoformat() if until else "",
            "limit": limit,
            "offset": offset,
        }
        with self._file.reading() as db:
            found = db.execute(_SEARCH, values).fetchall()
        total = found[0][0]
        rows = [row[1:] for row in found if row[1] is not None]
        return total, [
            Step(
                position=position,
                at=datetime.fromisoformat(at),
                who=by,
                deed=what,
                about=on,
                detail=detail,
                address=address,
            )
            for position, at, by, what, on, detail, address in rows
        ]


# One text whatever is asked for: values are bound, never written into it. Times are
# compared as text: all of them are Beijing time, in one form.
_SEARCH: Final = """
    WITH found AS (
        SELECT * FROM trail
        WHERE (:who = '' OR who = :who) AND (:deed = '' OR deed = :deed)
        AND (:about = '' OR about = :about)
        AND (:since = '' OR at >= :since) AND (:until = '' OR at < :until)
        AND (:text = '' OR instr(
            who || ' ' || deed || ' ' || about || ' ' || detail || ' ' || address, :text) > 0)
    )
    SELECT counted.total, page.* FROM (SELECT count(*) AS total FROM found) AS counted
    LEFT JOIN (
        SELECT position, at, who, deed, about, detail, address FROM found
        ORDER BY position DESC LIMIT :limit OFFSET :offset
    ) AS page
    ORDER BY page.position DESC
"""
