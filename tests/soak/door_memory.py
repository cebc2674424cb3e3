"""What a door takes of memory for the worst that its limit lets in: a process of its own.

`python -m tests.soak.door_memory DOOR SHAPE` prints megabytes: of the input, before, at the
peak. Without arguments it measures all and prints a table."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from streams.sources.seam.base import Batch, SourceError
from tests.soak.doors import all_doors

ROOT: Final = Path(__file__).resolve().parents[2]
_MB: Final = 1 << 20
_HTTP: Final = 8 * _MB
_PUSH: Final = 4 * _MB
_MAIL: Final = 32 * _MB - 1000
_FILE: Final = 64 * _MB
_LINES: Final = 2 * _MB
_HEADER: Final = "工单编号,受理时间,诉求标题,市民诉求\r\n".encode()


def _filled(before: bytes, each: bytes, after: bytes, most: int) -> bytes:
    return before + each * ((most - len(before) - len(after)) // len(each)) + after


def _zip_bomb() -> bytes:
    """A workbook whose sheet unpacks to 128 MB of spaces."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
            book.writestr(
                "[Content_Types].xml",
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            )
            book.writestr(
                "xl/workbook.xml",
                '<workbook xmlns:r="r"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>',
            )
            book.writestr(
                "xl/_rels/workbook.xml.rels",
                '<Relationships><Relationship Id="r1" Type="x/worksheet" '
                'Target="worksheets/sheet1.xml"/></Relationships>',
            )
            with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
                sheet.write(b"<worksheet><sheetData>")
                for _ in range(128):
                    sheet.write(b" " * _MB)
        file.seek(0)
        return file.read()


_TEXT_MAIL: Final = b"Subject: x\r\nMessage-ID: <1@b.c>\r\nContent-Type: text/plain\r\n\r\n"
_PARTS_MAIL: Final = (
    b"Subject: x\r\nMessage-ID: <1@b.c>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
)
_RSS: Final = b'<?xml version="1.0"?><rss version="2.0"><channel>'
SHAPES: Final[dict[tuple[str, str], Callable[[], bytes]]] = {
    ("hotline-push", "numbers"): lambda: _filled(b"[", b"1,", b"1]", _PUSH),
    ("hotline-push", "empty objects"): lambda: _filled(b"[", b"{},", b"{}]", _PUSH),
    ("hotline-push", "brackets"): lambda: b"[" * _PUSH,
    ("webhook", "one long text"): lambda: _filled(
        b'{"data":{"items":[{"a":"', "水".encode(), b'"}]}}', _PUSH
    ),
    ("wechat", "elements"): lambda: _filled(b"<xml>", b"<a/>", b"</xml>", 256 * 1024),
    ("site-mailbox-json", "empty lists"): lambda: _filled(
        b'{"data":{"rows":[', b"[],", b"[]]}}", _HTTP
    ),
    ("site-mailbox-json", "rows"): lambda: _filled(
        b'{"data":{"rows":[', b'{"id":1},', b'{"id":1}]}}', _HTTP
    ),
    ("site-mailbox-html", "elements"): lambda: _filled(b"<p>", b"<p>a</p>", b"", _HTTP),
    ("site-mailbox-html", "rows"): lambda: _filled(
        b"<table>", b'<tr class="letter"><td class="id">1</td></tr>', b"</table>", _HTTP
    ),
    ("site-mailbox-html", "nested"): lambda: b"<div>" * (_HTTP // 5),
    ("liuyan", "empty lists"): lambda: _filled(b'{"responseData":[', b"[],", b"[]]}", _HTTP),
    ("liuyan", "rows"): lambda: _filled(b'{"responseData":[', b'{"tid":1},', b"1]}", _HTTP),
    ("feed", "entries"): lambda: _filled(_RSS, b"<item/>", b"</channel></rss>", _HTTP),
    ("feed", "elements"): lambda: _filled(
        _RSS + b"<item>", b"<a>b</a>", b"</item></channel></rss>", _HTTP
    ),
    ("feed", "one long text"): lambda: _filled(
        _RSS + b"<item><guid>1</guid><title>",
        "水".encode(),
        b"</title></item></channel></rss>",
        _HTTP,
    ),
    # As much as the limits on values and tags let through.
    ("hotline-push", "fullest"): lambda: b"[" + b"1," * 199_000 + b"1]",
    ("site-mailbox-json", "fullest"): lambda: (
        b'{"data":{"rows":[' + b'{"id":1},' * 199_000 + b'{"id":1}]}}'
    ),
    ("site-mailbox-html", "fullest"): lambda: (
        b"<table>" + b'<tr class="letter"><td class="id">1</td></tr>' * 49_000
    ),
    ("liuyan", "fullest"): lambda: b'{"responseData":[' + b'{"tid":1},' * 199_000 + b"1]}",
    ("feed", "fullest"): lambda: (
        _RSS + b"<item><guid>1</guid><title>a</title></item>" * 16_000 + b"</channel></rss>"
    ),
    ("imap", "short lines"): lambda: _filled(_TEXT_MAIL, b"a\r\n", b"", _MAIL),
    ("imap", "short lines of HTML"): lambda: _filled(
        _TEXT_MAIL.replace(b"plain", b"html"), b"<p>a</p>\r\n", b"", _MAIL
    ),
    ("imap", "parts"): lambda: _filled(_PARTS_MAIL, b"--x\r\n\r\na\r\n", b"--x--\r\n", _MAIL),
    ("imap", "headers"): lambda: _filled(b"", b"X: y\r\n", b"\r\n", _MAIL),
    ("imap", "one file"): lambda: _filled(
        _PARTS_MAIL
        + b"--x\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        b"QUFB" * 19 + b"\r\n",
        b"--x--\r\n",
        _MAIL,
    ),
    ("imap", "one file in short lines"): lambda: _filled(
        _PARTS_MAIL
        + b"--x\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        b"QU\r\n",
        b"--x--\r\n",
        _MAIL,
    ),
    ("imap", "a named text"): lambda: _filled(
        _PARTS_MAIL
        + b"--x\r\nContent-Type: text/plain; name=a.txt\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
        "水\r\n".encode(),
        b"--x--\r\n",
        _MAIL,
    ),
    ("imap", "no boundary"): lambda: _filled(_PARTS_MAIL, "水\r\n".encode(), b"", _MAIL),
    ("imap", "like boundaries"): lambda: _filled(_PARTS_MAIL, b"--xy\r\n", b"", _MAIL),
    ("imap", "before the boundary"): lambda: _filled(
        _PARTS_MAIL, "水\r\n".encode(), b"--x\r\n\r\na\r\n--x--\r\n", _MAIL
    ),
    ("imap", "mails within mails"): lambda: _filled(
        b"".join(
            b"Subject: x\r\nMessage-ID: <1@b.c>\r\nContent-Type: multipart/mixed; boundary=x%d\r\n\r\n"
            b"--x%d\r\nContent-Type: message/rfc822\r\n\r\n" % (depth, depth)
            for depth in range(60)
        ),
        b"a\r\n",
        b"",
        _MAIL,
    ),
    ("imap", "parts within parts"): lambda: _filled(
        _TEXT_MAIL.partition(b"Content-Type")[0]
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (depth, depth)
            for depth in range(60)
        ),
        b"--y\r\n",
        b"",
        _MAIL,
    ),
    ("imap", "mails as files"): lambda: _filled(
        _PARTS_MAIL,
        b"--x\r\nContent-Type: application/octet-stream; name=a.eml\r\n\r\n"
        b"Subject: y\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n"
        + b"--z\r\nContent-Type: image/png\r\n\r\n" * 500
        + b"\r\n",
        b"--x--\r\n",
        _MAIL,
    ),
    ("imap", "an attached mail"): lambda: _filled(
        _PARTS_MAIL + b"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\n",
        b"a\r\n",
        b"--x--\r\n",
        _MAIL,
    ),
    ("table-file-csv", "short lines"): lambda: _filled(_HEADER, b"1,2\r\n", b"", _LINES),
    ("table-file-csv", "open quote"): lambda: _filled(_HEADER + b'"', b"a\r\n", b"", _FILE),
    ("hotline-file-jsonl", "short lines"): lambda: _filled(
        b'{"\xe7\xbc\x96\xe5\x8f\xb7": 1}\n', b"{}\n", b"", _LINES
    ),
    ("hotline-file-jsonl", "one long line"): lambda: _filled(b'{"a": [', b"1,", b"1]}\n", _FILE),
    ("table-file-xlsx", "bomb"): _zip_bomb,
}


def peak_mb() -> int:
    """The peak of this process alone; getrusage would count the one that started it."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def measure(door: str, shape: str) -> tuple[int, int, int]:
    """Megabytes: of the input, before it was read, at the peak."""
    logging.disable(logging.CRITICAL)
    data = SHAPES[door, shape]()
    with tempfile.TemporaryDirectory() as folder:
        read: Callable[[bytes], Iterator[Batch]] = all_doors(ROOT, Path(folder))[door][1]
        Path("/proc/self/clear_refs").write_text("5", "ascii")
        before = peak_mb()
        try:
            for _ in read(data):
                pass
        except SourceError:
            pass
        return len(data) >> 20, before, peak_mb()


def measured(door: str, shape: str) -> tuple[int, int, int]:
    """The same, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.door_memory", door, shape],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    size, before, peak = map(int, done.stdout.split())
    return size, before, peak


def main(arguments: list[str]) -> int:
    if len(arguments) == 2:
        print(*measure(*arguments))
        return 0
    for door, shape in SHAPES:
        size, before, peak = measured(door, shape)
        print(f"| {door} | {shape} | {size} | {peak - before} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
