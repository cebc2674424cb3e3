"""The seam every classification engine fits: texts in, labels out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from cases.words.labels import Labels


class Text(Struct, frozen=True):
    """One message as the citizen wrote it, unmasked and unnormalised."""

    title: str = ""
    body: str = ""
    quoted: str = ""
    """Earlier mails quoted below the message: looked at for risk and urgency only, since topic,
    kind and feeling are those of what is written now."""


class Classifier(Protocol):
    """An engine that labels messages.

    `classify` is total: any pair of strings (empty, noise, markup, a megabyte)
    gives one `Labels`, in the order of the input, and never raises.
    """

    @property
    def version(self) -> str:
        """Names the model file or rule table; stored with every event."""
        ...

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        """Labels for each text, all heads, with evidence."""
        ...

    def urgent(self, texts: Sequence[Text]) -> list[bool]:
        """Whether each text sounds urgent, for choosing what is read first: an engine that can
        looks at nothing else. What `classify` marks urgent sounds so here too."""
        return [labels.urgent for labels in self.classify(texts)]
