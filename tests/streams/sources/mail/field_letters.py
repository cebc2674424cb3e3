"""Mails as the field writes them, made by rule."""

from __future__ import annotations

import base64
from pathlib import Path

FOLDER = Path(__file__).with_name("field")


def field(name: str) -> bytes:
    """A mail written after a public bug report."""
    return (FOLDER / f"{name}.eml").read_bytes()


def mail(
    text: str,
    *headers: str,
    kind: str = "text/plain",
    subject: str = "路灯",
    sender: str = "he@m.example",
) -> bytes:
    """One part, coded as most programs do."""
    lines = [
        f"From: {sender}",
        f"Subject: {word(subject)}",
        "Message-ID: <one@m.example>",
        *headers,
        f"Content-Type: {kind}; charset=utf-8",
        "Content-Transfer-Encoding: base64",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + base64.encodebytes(text.encode())


def word(text: str) -> str:
    return text if text.isascii() else f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def part(text: str, kind: str = "text/plain", *headers: str) -> str:
    coded = base64.encodebytes(text.encode()).decode()
    lines = [f"Content-Type: {kind}; charset=utf-8", *headers, "Content-Transfer-Encoding: base64"]
    return "\n".join(lines) + "\n\n" + coded


def file_part(name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    head = f'Content-Type: {kind}\nContent-Disposition: attachment; filename="{name}"\n'
    return f"{head}Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"


def multi(kind: str, *parts: str, boundary: str = "b") -> str:
    """A multipart as a part of another, or with `whole` as a mail."""
    inner = "".join(f"--{boundary}\n{one}\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{inner}--{boundary}--\n'


def whole(body: str, *headers: str, subject: str = "路灯", sender: str = "he@m.example") -> bytes:
    head = [f"From: {sender}", f"Subject: {word(subject)}", *headers, "MIME-Version: 1.0"]
    return ("\n".join(head) + "\n" + body).replace("\n", "\r\n").encode()
