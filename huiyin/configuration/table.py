"""One table as it counts: its values, and where each of them is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from huiyin.configuration.document import Located, Place, Steps, read_document
from huiyin.configuration.overlay import plain


class Table(dict[str, object]):
    """The values of a file as TOML gives them. Not changed after it was made."""

    def __init__(self, root: Located) -> None:
        super().__init__(plain(root))  # type: ignore[call-overload]
        self.root = root

    @classmethod
    def read(cls, path: Path) -> Table:
        """A file that stands alone. Raises `ConfigurationError`."""
        return cls(read_document(path))

    def place(self, *path: str | int) -> Place:
        """Where the value at `path` is written, or what it stands in."""
        return place_in(self.root, path)

    def below(self, *path: str | int) -> Table:
        """The table at `path`, empty where there is none."""
        node: Located | None = self.root
        for step in path:
            node = _inner(node, step) if node is not None else None
        if node is None or not isinstance(node.value, dict):
            return Table(Located({}, self.place(*path)))
        return Table(node)


def place_in(node: Located, path: Steps) -> Place:
    """Where the value at `path` below `node` is written, or what it stands in."""
    for step in path:
        inner = _inner(node, step)
        if inner is None:
            break
        node = inner
    return node.place


def _inner(node: Located, step: str | int) -> Located | None:
    inner = node.value
    found: object = None
    if isinstance(inner, dict):
        found = inner.get(step)
    elif isinstance(inner, list) and isinstance(step, int) and 0 <= step < len(inner):
        found = inner[step]
    return found if isinstance(found, Located) else None


def where(table: Mapping[str, object], file: str, *path: str | int) -> str:
    """Where an error stands: file and line where the table knows them, else the file."""
    return str(table.place(*path)) if isinstance(table, Table) else file
