"""What of a mail is the citizen's own text, and what is an earlier mail or a signature below it.

Cut with care: a cut too few costs the reader a line, a cut too many costs the citizen a word.
Nothing that is cut is lost: it is kept beside the text, and risk and urgency look at it too.
Forwarded mails are not cut: there the earlier mail is the letter.
"""

from __future__ import annotations

import re
from typing import Final

_REPLIED: Final = (
    "原始邮件|原始郵件|原邮件|原郵件|原始信件|原始信息|原始訊息|邮件原文|原邮件信息"
    "|回复的?原?邮件|回覆的?郵件|答复的?邮件"
    "|Original (?:Message|Mail|E-?mail)|Original|Replied Message|Reply Message"
)
_FORWARDED: Final = (
    "转发的?原?邮件|转发邮件信息|转发的?消息|转发信息|被转发的?邮件|已转发的?邮件|转寄的?邮件"
    "|轉寄的?郵件|轉發的?郵件|Forwarded (?:message|mail|e-?mail)|Forwarded by .{1,100}"
)
_DASH: Final = r"[-—–_=*~ \t\u00a0]"
_MARK: Final = re.compile(
    rf"{_DASH}{{2,}}(?:{_REPLIED}|({_FORWARDED})){_DASH}{{2,}}",
    re.IGNORECASE,
)
_BARE_MARK: Final = re.compile(rf"(?:{_REPLIED}|({_FORWARDED}))[ \t]*[:：]?", re.IGNORECASE)
_APPLE_FORWARD: Final = re.compile(
    r"(?:开始转发的邮件|以下是转发的邮件|下面是被?转发的邮件|開始轉寄郵件|Begin forwarded message)"
    r"[ \t]*[:：]?",
    re.IGNORECASE,
)
_DATE: Final = re.compile(
    r"\d{4}[-/年.]\s?\d{1,2}|\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}/\d{2,4}"
    r"|\b(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.? ?\d",
    re.IGNORECASE,
)
_TIME_OR_ADDRESS: Final = re.compile(r"\d{1,2}[:：]\d\d|\S@\S")
_WROTE: Final = re.compile(
    r"(?:(?:写道|寫道|编写|撰写|写了|wrote|writes)[ \t]*[:：]?[ \t=]*"
    r"|\bwrote on .{6,40}[:：][ \t]*)$",
    re.IGNORECASE,
)
_LABELS: Final = {
    "from": "发件人|寄件人|寄件者|发信人|发送人|From",
    "time": "发送时间|发件时间|发信时间|发送日期|寄件日期|傳送時間|日期|时间|Date|Sent",
    "to": "收件人|收信人|收件者|To",
    "copy": "抄送人?|副本|Cc",
    "subject": r"主[\s\u3000]*题|主旨|主題|标题|邮件主题|Subject",
    "reply": "回复至|答复至|Reply-To",
}
_LABEL: Final = re.compile(
    r"[*|\s\u3000]*(?:"
    + "|".join(f"(?P<{family}>{words})" for family, words in _LABELS.items())
    + r")[*\s\u3000]*(?:[:：]|\|)",
    re.IGNORECASE,
)
_BLOCK_LINES: Final = 12
_BLOCK_FAMILIES: Final = 3
_HEAD_LINES: Final = 3
"""Lines into which a program may have wrapped "On … wrote:"."""
_RULE: Final = re.compile(rf"{_DASH}{{3,}}|[|\s\u00a0]*")
_ADDRESS_ALONE: Final = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>@]{1,255}>?")
_QUOTED_LINE: Final = re.compile(r"[ \t\u00a0\ufeff]*>")
_QUOTE_MARKS: Final = re.compile(r"^[ \t\u00a0\ufeff]*(?:>[ \t\u00a0]?)+|^[ \t\u00a0\ufeff]+")

_PREFIX: Final = re.compile(
    r"\s*[\[【(（]?\s*(?:(?P<re>re|aw|回复|回覆|回復|答复|答覆)"
    r"|(?P<fw>fwd?|forward(?:ed)?|wg|转发|转寄|轉寄|轉發))"
    r"\s*(?:[\[(（]\d+[\])）]|\d{1,2})?\s*(?:[\]】)）]\s*[:：]?|[:：])",
    re.IGNORECASE,
)


def subject_prefixes(subject: str) -> tuple[str, ...]:
    """ "re" and "fw" as they stand before a subject, the latest first."""
    found: list[str] = []
    at = 0
    while prefix := _PREFIX.match(subject, at):
        found.append("re" if prefix["re"] else "fw")
        at = prefix.end()
    if re.search(r"\(fwd\)\s*$", subject, re.IGNORECASE):
        found.append("fw")
    return tuple(found)


def is_forward(subject: str, text: str) -> bool:
    """Whether the mail hands on another one: its subject says so anywhere among its prefixes,
    or the first mark in its text is one of a forwarded mail."""
    if "fw" in subject_prefixes(subject):
        return True
    lines = text.split("\n")
    at = _first_head(lines)
    return at is not None and _is_forward_mark(_bared(lines[at]))


def unquoted(text: str) -> str:
    """A forwarded mail without the marks of quotation that its program put before each line."""
    lines = text.split("\n")
    first = next((n for n, line in enumerate(lines) if _QUOTED_LINE.match(line)), len(lines))
    below = [line for line in lines[first:] if line.strip()]
    if not below or not all(_QUOTED_LINE.match(line) for line in below):
        return text
    return "\n".join(lines[:first] + [_QUOTE_MARKS.sub("", line) for line in lines[first:]])


def cut_quoted(text: str) -> tuple[str, str]:
    """Text and the earlier mails below or above it, where the mail marks them.

    Nothing is cut when the letter would be empty without it, or when the citizen answers
    between quoted lines.
    """
    lines = text.split("\n")
    at = _first_head(lines)
    if at is None:
        return _cut_marked_lines(lines, text)
    begin = _with_separators(lines, at)
    end = _end_of_quotation(lines, at)
    if end is None:
        return text, ""
    own = "\n".join([*lines[:begin], *lines[end:]]).strip()
    return (own, "\n".join(lines[begin:end]).strip()) if own else (text, "")


def _cut_marked_lines(lines: list[str], text: str) -> tuple[str, str]:
    """Lines with ">" at the end or the beginning of a mail, without a line that names them."""
    marked = [bool(_QUOTED_LINE.match(line)) for line in lines]
    if not any(marked):
        return text, ""
    first, last = marked.index(True), len(marked) - 1 - marked[::-1].index(True)
    blank_or_marked = all(
        mark or not line.strip()
        for mark, line in zip(marked[first : last + 1], lines[first : last + 1], strict=True)
    )
    above = "\n".join(lines[:first]).strip()
    below = "\n".join(lines[last + 1 :]).strip()
    if not blank_or_marked or bool(above) == bool(below):
        return text, ""
    return above or below, "\n".join(lines[first : last + 1]).strip()


def _end_of_quotation(lines: list[str], at: int) -> int | None:
    """Where the quotation that begins at `at` ends; None when the citizen wrote within it."""
    after = _after_head(lines, at)
    marked = [n for n in range(after, len(lines)) if _QUOTED_LINE.match(lines[n])]
    if not marked:
        return len(lines)
    first = next(n for n in range(after, len(lines)) if lines[n].strip())
    if first != marked[0]:
        return None if _wrote_lines(lines, at) else len(lines)
    within = (n for n in range(first, marked[-1]) if lines[n].strip())
    return marked[-1] + 1 if set(within) <= set(marked) else None


_MAY_BEGIN_HEAD: Final = re.compile(
    "[邮郵信][件息]|訊息|转[发寄]|轉[發寄]|写|寫|撰|寄件|发[件送信]|[主标][\\s\u3000]*[题旨]"
    "|original|message|mail|forward|wr[io]te|from|subject|sent",
    re.IGNORECASE,
)


def _first_head(lines: list[str]) -> int | None:
    """The first line that begins an earlier mail."""
    likely: set[int] = set()
    for at, line in enumerate(lines):
        if _MAY_BEGIN_HEAD.search(line):
            # "On DAY, NAME wrote:" may have been wrapped.
            likely.update(
                range(max(0, at - _HEAD_LINES + 1) if _WROTE.search(line) else at, at + 1)
            )
    return next((at for at in sorted(likely) if _is_head(lines, at)), None)


def _is_head(lines: list[str], at: int) -> bool:
    line = _bared(lines[at])
    if not line or len(line) > 400:
        return False
    if _MARK.fullmatch(line) or _APPLE_FORWARD.fullmatch(line):
        return True
    if _BARE_MARK.fullmatch(line):
        return any(_is_block(lines, n) for n in range(at + 1, min(at + 4, len(lines))))
    return _wrote_lines(lines, at) > 0 or _is_block(lines, at)


def _is_forward_mark(line: str) -> bool:
    if _APPLE_FORWARD.fullmatch(line):
        return True
    found = _MARK.fullmatch(line) or _BARE_MARK.fullmatch(line)
    return found is not None and found[1] is not None


def _after_head(lines: list[str], at: int) -> int:
    """Where the text of the earlier mail begins, its own head left behind."""
    return at + max(1, _wrote_lines(lines, at))


def _wrote_lines(lines: list[str], at: int) -> int:
    """How many lines "On DAY, NAME wrote:" takes up here; 0 where it does not stand."""
    whole = ""
    for number in range(_HEAD_LINES):
        if at + number >= len(lines):
            break
        line = _bared(lines[at + number])
        if not line:
            break
        whole += line
        if len(whole) > 400:
            break
        if _WROTE.search(line):
            dated = _DATE.search(whole) and _TIME_OR_ADDRESS.search(whole)
            return number + 1 if dated and not re.search("[。！？!?]", whole) else 0
        if not number and not _may_begin_wrote(line):
            break
    return 0


def _may_begin_wrote(line: str) -> bool:
    """A line that goes on in the next names a day or an address, or ends in neither a sentence."""
    return bool(_DATE.search(line) or "@" in line) and not _LABEL.match(line)


def _is_block(lines: list[str], at: int) -> bool:
    """Whether lines such as 发件人, 发送时间, 收件人, 主题 begin here, in any order."""
    if not _LABEL.match(_bared(lines[at])):
        return False
    families: set[str] = set()
    for line in lines[at : at + _BLOCK_LINES]:
        for part in re.split("[;；]", _bared(line)[:1000]):
            if found := _LABEL.match(part):
                families.add(str(found.lastgroup))
    return "from" in families and len(families) >= _BLOCK_FAMILIES


def _with_separators(lines: list[str], at: int) -> int:
    """Where the quotation begins with the rule, and Foxmail's line of the sender, above it."""
    begin = at
    while begin and _RULE.fullmatch(lines[begin - 1].strip()):
        begin -= 1
    if begin and _is_block(lines, at) and _ADDRESS_ALONE.fullmatch(lines[begin - 1].strip()):
        begin -= 1
        while begin and _RULE.fullmatch(lines[begin - 1].strip()):
            begin -= 1
    return begin


def _bared(line: str) -> str:
    return _QUOTE_MARKS.sub("", line).strip(" \t\u00a0\u3000\ufeff\u200b|*")


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
