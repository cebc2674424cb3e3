"""Comments, docstrings and pages say who: a person, the applicant, the caller."""

from __future__ import annotations

import re
from pathlib import Path

PLAIN = re.compile(r"(?i)\b(?:somebody|whoever|he|his|him|himself)\b")
"""Words behind which a reader has to look for the person that is meant."""
READ = ("cases/", "classifiers/", "desk/", "docs/", "huiyin/", "sinks/", "streams/", "README.md")


def test_the_words_that_hide_who_is_meant_stand_nowhere(root: Path, files: list[Path]) -> None:
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for path in files
        if path.suffix in (".py", ".md") and (name := str(path.relative_to(root))).startswith(READ)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if PLAIN.search(line)
    ]
    assert not found, "say who is meant:\n" + "\n".join(found)
