"""Words of the place put into the texts of a table: `{place}住房和城乡建设局`.

The braces of other templates (`{page}` in an address, `{2,4}` in a pattern) stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from huiyin.configuration.document import Located


def filled(
    node: Located, words: Mapping[str, str | None], called: Callable[[str], str] = str
) -> Located:
    """Every text of a table with its words put in.

    `words`: by the name in braces. A text with a word that is None becomes empty as a whole.
    `called`: what `{branch:TEXT}` becomes.
    """

    def one(value: object) -> object:
        match value:
            case str():
                return _text(value, words, called) if "{" in value else value
            case Located():
                return Located(one(value.value), value.place)
            case dict():
                return {key: one(each) for key, each in value.items()}
            case list():
                return [one(each) for each in value]
            case _:
                return value

    return Located(one(node.value), node.place)


_BRANCH = re.compile(r"\{branch:([^{}]+)\}")
_WORD = re.compile(r"\{([a-z]+)\}")


def _text(text: str, words: Mapping[str, str | None], called: Callable[[str], str]) -> str:
    named = {name for name in _WORD.findall(text) if name in words}
    if any(words[name] is None for name in named):
        return ""
    text = _BRANCH.sub(lambda match: called(match[1]), text)
    return _WORD.sub(lambda match: words.get(match[1]) or match[0], text)
