"""Random trees of parts with marked sentences: each mark is in the text, the quoted text or a file.

A mark is a number, so that it can be found whatever the wording around it becomes. Sizes are
small and the variety is large: the shape of the tree, kinds, charsets, codings, names,
dispositions, broken ends, subjects, and what stands around the sentence.
"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from cases.record.item import Item, quoted_text
from cases.words.times import BEIJING
from streams.sources.mail.item import Letter, MailRules, mail_item
from streams.sources.mail.text import read_mail

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=BEIJING)
CHARSETS = {"utf-8": "utf-8", "gbk": "gbk", "gb2312": "gbk", "": "utf-8", "us-ascii": "gb18030"}
KINDS = ["text/plain", "text/html", "text/enriched", "text/markdown", "text/plain; format=flowed"]
MULTIPARTS = ["mixed", "alternative", "related", "signed", "parallel", "x-odd"]
HEADS = [
    "-----原始邮件-----\n发件人: 信箱\n发送时间: 2026年3月4日 20:11\n收件人: x\n主题: 路灯",
    "On Wed, Mar 4, 2026 at 8:11 PM Box <b@e.example> wrote:",
    "---------- Forwarded message ---------",
    '在 2026-03-04 20:11:12，"信箱" <b@e.example> 写道：',
]
DISPOSITIONS = [
    "",
    "\nContent-Disposition: inline",
    "\nContent-Disposition: attachment",
    '\nContent-Disposition: attachment; filename="a.txt"',
    "\nContent-Disposition: inline; filename*=utf-8''%E4%BF%A1.txt",
]
SUBJECTS = ["路灯", "Re: 路灯", "转发：路灯", "Fwd: Re: lamp", "Re: 转发: 路灯", ""]


@dataclass
class Tree:
    """A mail in the making, and the marks that were put into it."""

    draw: st.DrawFn
    marks: list[str] = field(default_factory=list)

    def mark(self) -> str:
        self.marks.append(f"{7_000_000 + len(self.marks) * 13}")
        return f"第{self.marks[-1]}盏路灯不亮。"

    def text(self) -> str:
        """Sentences of this part, some of them as an earlier mail."""
        draw = self.draw
        lines = [self.mark() for _ in range(draw(st.integers(1, 3)))]
        if draw(st.booleans()):
            sign = draw(st.sampled_from(["", "> ", ">> "]))
            lines += ["", draw(st.sampled_from(HEADS))]
            lines += [sign + self.mark() for _ in range(draw(st.integers(1, 2)))]
        if draw(st.booleans()):
            lines += ["", self.mark()]
        if draw(st.integers(0, 5)) == 0:
            lines += ["-- ", self.mark()]
        return "\n".join(lines)

    def part(self, depth: int) -> bytes:
        kinds: list[Callable[[int], bytes]] = [self.leaf, self.leaf, self.leaf, self.file]
        if depth < 4:
            kinds += [self.multi, self.multi, self.mail]
        return self.draw(st.sampled_from(kinds))(depth)

    def leaf(self, _depth: int) -> bytes:
        draw = self.draw
        kind = draw(st.sampled_from(KINDS))
        text = self.text()
        if "html" in kind:
            text = "".join(
                f"<p>{line.replace('>', '&gt;').replace('<', '&lt;')}</p>"
                for line in text.split("\n")
            )
        elif "enriched" in kind:
            text = text.replace("<", "<<").replace("\n", "\n\n")
        label = draw(st.sampled_from(list(CHARSETS)))
        head = f"Content-Type: {kind}" + (f"; charset={label}" if label else "")
        head += draw(st.sampled_from(DISPOSITIONS))
        return self.coded(head, text.encode(CHARSETS[label]))

    def coded(self, head: str, data: bytes) -> bytes:
        coding = self.draw(st.sampled_from(["base64", "quoted-printable", "8bit"]))
        if coding == "base64":
            data = base64.encodebytes(data)
        elif coding == "quoted-printable":
            data = quopri.encodestring(data)
        return f"{head}\nContent-Transfer-Encoding: {coding}\n\n".encode() + data + b"\n"

    def file(self, _depth: int) -> bytes:
        name = self.draw(st.sampled_from(["a.docx", "%E5%85%B3.pdf", "=?gbk?B?udg=?=.bin"]))
        head = f'Content-Type: application/octet-stream; name="{name}"\nContent-Disposition: attachment'
        return self.coded(head, self.mark().encode())

    def mail(self, depth: int) -> bytes:
        head = "Content-Type: message/rfc822\n\nFrom: z@m.example\nSubject: old\n"
        return head.encode() + self.part(depth + 1)

    def multi(self, depth: int) -> bytes:
        draw = self.draw
        kind = draw(st.sampled_from(MULTIPARTS))
        boundary = f"b{depth}x{len(self.marks)}".encode()
        named = draw(st.sampled_from([boundary] * 6 + [b"other", b""]))
        head = b'Content-Type: multipart/%s; boundary="%s"\n\n' % (kind.encode(), named)
        parts = [self.part(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        body = b"".join(b"--" + boundary + b"\n" + part for part in parts)
        closed = draw(st.integers(0, 4)) > 0
        return head + body + (b"--" + boundary + b"--\n" if closed else b"")


@st.composite
def mails(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    tree = Tree(draw)
    subject = draw(st.sampled_from(SUBJECTS))
    coded = f"=?utf-8?B?{base64.b64encode(subject.encode()).decode()}?=" if subject else ""
    thread = draw(st.sampled_from(["", "References: <a@b.example>\n"]))
    head = f"From: he@m.example\nMessage-ID: <x@m.example>\nSubject: {coded}\n{thread}".encode()
    whole = head + tree.part(0)
    ends = draw(st.sampled_from([b"\n", b"\r\n"]))
    return whole.replace(b"\n", ends), tree.marks


@given(mails())
def test_every_marked_sentence_is_in_the_text_the_quoted_text_or_a_file(
    made: tuple[bytes, list[str]],
) -> None:
    data, marks = made
    letter = Letter(data=data, size=len(data), stored_at=NOW, origin="")
    item = mail_item(letter, source="box", channel="信箱", rules=MailRules(), now=NOW)
    assert isinstance(item, Item), item
    files = b"\n".join(content or b"" for content in read_mail(data).contents)
    shown = f"{item.body}\n{quoted_text(item)}\n{files.decode('latin-1')}"
    assert [mark for mark in marks if mark not in shown] == []
