"""`huiyin reindex`: the ledger moves into a new version of its index."""

from __future__ import annotations

from desk.ground import production
from desk.ground.console import bar, tell
from desk.ground.settings import Settings


def run(settings: Settings, shards: int, *, as_json: bool = False) -> None:
    """Raises `SettingsError` and `LedgerUnavailable`; the old index is in use then."""
    parts = production.ledger(settings)
    with bar("更换索引") as progress:
        task = progress.add_task("", name="复制", total=None)
        moved = parts.reindex(
            shards, lambda done, total: progress.update(task, completed=done, total=total)
        )
    told = (
        f"已复制 {moved.cases} 件事项，台账改用索引 {moved.new}。\n"
        f"旧索引 {moved.old} 已停写并保留；确认无误后请在 Elasticsearch 中删除它。"
    )
    tell(told, moved, as_json=as_json)
