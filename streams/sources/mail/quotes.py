"""What of a mail is the citizen's own text, and what is history or a signature below it.

Cut with care: a cut too few costs the reader a line, a cut too many costs the citizen a word.
"""

from __future__ import annotations

import re
from typing import Final

_QUOTE_HEAD: Final = re.compile(
    r"^[ \t]*(?:"
    r"-{2,}[ \t]*(?:原始邮件|原始郵件|Original Message|Original|回复的邮件|原邮件)[ \t]*-{2,}"
    r"|(?:在|于)[ \t]*\d{4}[-/年].{5,120}(?:写道|寫道|编写)[ \t]*[:：]"
    r"|At \d{4}-\d\d-\d\d .{5,120}(?:wrote|写道)[ \t]*[:：]"
    r"|On .{10,120} wrote:"
    r")[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def cut_quoted(text: str) -> tuple[str, str]:
    """Text and the quoted mail below it, where the mail marks the quotation.

    Nothing is cut when the letter would be empty without it, or when the citizen answers
    between quoted lines.
    """
    if head := _QUOTE_HEAD.search(text):
        above, below = text[: head.start()].strip(), text[head.start() :].strip()
        lines = below.split("\n")[1:]
        marked = [line.lstrip().startswith(">") for line in lines if line.strip()]
        between = any(marked) and not all(marked)
        return (above, below) if above and not between else (text, "")
    lines = text.split("\n")
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    above = "\n".join(lines[:end]).strip()
    below = "\n".join(lines[end:]).strip()
    answered_between = any(line.lstrip().startswith(">") for line in lines[:end])
    return (above, below) if above and below and not answered_between else (text, "")


_SENT_FROM: Final = re.compile(
    r"\n+[ \t]*(?:发自我的|发送自|来自我的|Sent from my |发自)[^\n]{1,30}[ \t]*$"
)


def cut_signature(text: str) -> tuple[str, str]:
    """Text and what stands below the standard mark "-- ", or the line a telephone adds.

    A name, address or number that the citizen signs with stays: it belongs to the letter."""
    if found := _SENT_FROM.search(text):
        return text[: found.start()].strip(), found[0].strip()
    above, mark, below = text.rpartition("\n-- \n")
    if mark and above.strip() and below.count("\n") < 8:
        return above.strip(), below.strip()
    return text, ""
