"""`huiyin health`: whether the running desk and its watch over alerts still come round. For a
timer of the machine, which sees what no loop can say that has died."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from cases.words.times import beijing
from desk.alerts.alerting import alert_file, last_round
from desk.ground.console import opened_desk
from desk.ground.settings import Settings
from desk.http.stream_state import stream_state

LATE: Final = timedelta(minutes=5)


class Health(Struct, frozen=True, kw_only=True):
    ok: bool
    problems: tuple[str, ...]
    """In Chinese, each with what to do."""
    last_sweep: datetime | None
    """When the clocks of all cases were last looked at; None: never."""
    last_alert_round: datetime | None
    """When the alerts were last worked off and the stream was looked after."""

    @property
    def text(self) -> str:
        if self.problems:
            return "\n".join(self.problems)
        sweep, alerts = _told(self.last_sweep), _told(self.last_alert_round)
        return f"正常：上次时限巡查 {sweep}，上次告警检查 {alerts}。"


def health(settings: Settings, real: datetime) -> Health:
    """From what the running processes left in the data, so that it answers while they are down.
    `real`: the machine's time. Raises as `opened_desk`, and `StoreError`."""
    if settings.production is None and not settings.database.exists():
        problem = (
            f"{settings.home} 里没有数据文件：回音没有在这里运行过。"
            "请核对 HUIYIN_HOME，或启动 huiyin run。"
        )
        return Health(ok=False, problems=(problem,), last_sweep=None, last_alert_round=None)
    with opened_desk(settings) as desk, desk.readers.reader() as store:
        stream = stream_state(store, desk, desk.clock())
    file = alert_file(settings)
    try:
        alerts = last_round(file)
    finally:
        file.close()
    problems = []
    if stream.last_sweep is None:
        problems.append("还没有做过时限巡查：回音没有运行，请启动 huiyin run。")
    elif not stream.ok:
        problems.append(f"{stream.word}：{stream.detail}。")
    if alerts is None or real - alerts > LATE:
        since = f"自 {_told(alerts)} 起" if alerts else ""
        problems.append(f"告警检查已停：{since}没有来过，告警可能发不出；请重新启动回音。")
    return Health(
        ok=not problems,
        problems=tuple(problems),
        last_sweep=stream.last_sweep,
        last_alert_round=alerts,
    )


def _told(at: datetime | None) -> str:
    return f"{beijing(at):%m-%d %H:%M}" if at else "无"
