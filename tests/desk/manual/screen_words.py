"""What the desk's pages say: the pieces of text of its templates and of its code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_HIDDEN = re.compile(r"{#.*?#}|<(?:script|style).*?</(?:script|style)>", re.DOTALL)
_LABELS = re.compile(r"(?:placeholder|title|aria-label|data-name|alt)=\"([^\"]*)\"")
_BETWEEN = re.compile(r"{{.*?}}|{%.*?%}|<[^>]*>|\n", re.DOTALL)
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_EDGE = " \t\u3000：，。；（）()、·？?*：“”…→/"
PACKAGES = ("desk", "cases")


def screen_words(root: Path) -> frozenset[str]:
    """Every piece of text that a page may show, as it stands there: a button's whole word is one, half
    of it is none."""
    found: set[str] = set()
    for path in root.glob("desk/*/templates/*.html"):
        found |= set(of_template(path.read_text("utf-8")))
    for package in PACKAGES:
        for path in root.glob(f"{package}/**/*.py"):
            found |= set(of_code(path.read_text("utf-8")))
    # A label may go on in brackets: 受理时间（必选）.
    return frozenset(found | {piece.partition("（")[0] for piece in found})


def of_template(text: str) -> list[str]:
    text = _HIDDEN.sub("", text)
    pieces = _BETWEEN.split(text)
    for label in _LABELS.findall(text):
        pieces += _BETWEEN.split(label)
    for expression in re.findall(r"{{.*?}}|{%.*?%}", text, re.DOTALL):
        pieces += [one or other for one, other in _QUOTED.findall(expression)]
    return [piece.strip(_EDGE) for piece in pieces if piece.strip(_EDGE)]


def of_code(source: str) -> list[str]:
    tree = ast.parse(source)
    documentation = {
        id(node.value) for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    return [
        node.value.strip(_EDGE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if id(node) not in documentation
    ]
