"""Requests at the edge of what HTTP and our addresses allow."""

from __future__ import annotations

import unicodedata
from random import Random
from urllib.parse import quote

from cases.words.actors import Role
from tests.attack.on_secrecy import pushed
from tests.attack.people import coded, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target
from tests.attack.wire import request

_HEAD = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SMUGGLED: tuple[tuple[str, bytes], ...] = (
    (
        "length and chunks",
        _HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ),
    ("two lengths", _HEAD + b"Content-Length: 0\r\nContent-Length: 60\r\n\r\n"),
    ("a list of lengths", _HEAD + b"Content-Length: 0, 60\r\n\r\n"),
    ("a signed length", _HEAD + b"Content-Length: +0\r\n\r\n"),
    ("a length in other digits", _HEAD + "Content-Length: ０\r\n\r\n".encode()),
    ("a negative length", _HEAD + b"Content-Length: -1\r\n\r\n"),
    ("chunks in disguise", _HEAD + b"Transfer-Encoding: xchunked\r\n\r\n"),
    ("chunks twice", _HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ("a space before the colon", _HEAD + b"Content-Length : 60\r\n\r\n"),
    ("a folded header", _HEAD + b"Content-Length: 0\r\n Transfer-Encoding: chunked\r\n\r\n"),
    ("a null in a header", _HEAD + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"),
    ("a bad chunk", _HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"),
    ("a huge chunk", _HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
    ("an old version", b"GET /healthz HTTP/0.9\r\n\r\n"),
    ("no version", b"GET /healthz\r\n\r\n"),
)


@attack("a request hidden in another", kind=Kind.ERRORS, before="not measured")
def smuggled(target: Target, _dice: Random, _size: Size) -> Result:
    """Whatever could be read as one request or as two ends the connection: what follows is
    never answered in the name of who is asked before us."""
    wrong, found = [], set()
    for name, head in SMUGGLED:
        data = target.whole(head + _HIDDEN.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        status = int(data[9:12]) if data[9:12].isdigit() else 0
        found.add(status)
        if data.count(b"HTTP/1.1 ") > 1:
            wrong.append(f"{name}: the second request was answered")
        if status >= 500 and status != 501:
            wrong.append(f"{name}: {status}")
    if target.traceback():
        wrong.append("a traceback in the log")
    return Result("/".join(map(str, sorted(found))), wrong)


METHODS = (
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PUT",
    "DELETE",
    "PATCH",
    "PROPFIND",
    "get",
    "X" * 90,
)
PLACES = (
    *("/", "/login", "/logout", "/ledger", "/healthz", "/static/huiyin.css", "/files/" + "0" * 64),
    *("/push/hotline", "/push/wechat", "/api/v1/cases", "/api/v1/openapi.json", "/live", "/duty"),
    *("/open311/v2/requests.json", "/open311/discovery.xml", "/qa/export.json", "/admin", "*"),
)


@attack("methods that nobody offers", kind=Kind.ERRORS, before="not measured")
def methods(target: Target, _dice: Random, _size: Size) -> Result:
    """On open and closed addresses, signed in and not: no error, no echo of what was sent, and
    nothing done."""
    wrong, found = [], set()
    mark = "zqx-echo-mark"
    for method in METHODS:
        for path in PLACES:
            for who in ((), target.as_person()[:1]):
                data = target.whole(
                    request(path, *who, f"X-Mark: {mark}", "Connection: close", method=method)
                )
                status = int(data[9:12]) if data[9:12].isdigit() else 0
                found.add(status)
                if status >= 500 or status == 0:
                    wrong.append(f"{method} {path}: {status}")
                if mark.encode() in data:
                    wrong.append(f"{method} {path}: repeats what was sent")
                if method == "HEAD" and data.partition(b"\r\n\r\n")[2]:
                    wrong.append(f"HEAD {path}: has a body")
                let_in = status == 200 or (status == 303 and b"/login" not in data)
                if let_in and method not in ("HEAD", "OPTIONS", "get"):
                    wrong.append(f"{method} {path}: {status}")
            if len(wrong) > 20:
                break
    if target.traceback():
        wrong.append("a traceback in the log")
    return Result("/".join(map(str, sorted(found))), wrong)


TRICKS = (
    *("{}/", "/{}", "/.{}", "/./{}", "{};a=b", "{}%20", "{}%00", "{}/.", "/x/..{}", "/%2e%2e{}"),
    *("/static/..{}", "/static/%2e%2e{}", "/static/..%5c{}", "{}%2f", "{}?", "{}#", "{}%23"),
    *("/open311/..{}", "/open311/%2e%2e{}", "/push/..{}", "/login/..{}", "/login;{}", "//login{}"),
    *("/healthz/..{}", "/healthz%2f..{}", "\\{}", "/static//..{}", "/static/%252e%252e{}"),
)


@attack("roundabout addresses", kind=Kind.SECRECY, before="not measured")
def roundabout(target: Target, _dice: Random, _size: Size) -> Result:
    """A closed address behind an open one, dots, slashes and parameters: nobody is let in."""
    wrong, found = [], set()
    for path in ("/ledger", "/admin", "/api/v1/cases", "/duty", "/cases/board-export%3A1"):
        capital = path[:2].upper() + path[2:]
        for trick in (*TRICKS, capital):
            data = target.whole(request(trick.format(path), "Connection: close"))
            status = int(data[9:12]) if data[9:12].isdigit() else 0
            found.add(status)
            if status >= 500 or status == 0:
                wrong.append(f"{trick.format(path)}: {status}")
            if "西河路路口".encode() in data or (status == 200 and b"/login" not in data):
                wrong.append(f"{trick.format(path)}: {data[:80]!r}")
    return Result("/".join(map(str, sorted(found))), wrong)


RANGES = (
    *("bytes=0-0", "bytes=-1", "bytes=5-", "bytes=9-3", "bytes=999999999-", "bytes=0-0,1-1,2-2"),
    *("bytes=" + "0-," * 2000, "bytes=-" + "9" * 40, "bytes=a-b", "lines=1-2", "bytes=0-0, 0-0"),
    *("bytes=０-１", "bytes=0-18446744073709551616"),
)


@attack("parts of files", kind=Kind.PROCESSOR, before="not measured")
def ranges(target: Target, _dice: Random, _size: Size) -> Result:
    """Overlapping, endless and unreadable parts of what is served as a file."""
    wrong, found = [], set()
    who = target.as_person()[:1]
    whole = len(target.whole(request("/static/huiyin.css", "Connection: close")))
    for path in ("/static/huiyin.css", "/files/" + "0" * 64, "/qa/export.json", "/admin/trail.csv"):
        for part in RANGES:
            head = f"Range: {part}".encode().decode("latin-1")
            data = target.whole(request(path, *who, head, "Connection: close"))
            status = int(data[9:12]) if data[9:12].isdigit() else 0
            found.add(status)
            if status >= 500 or status == 0:
                wrong.append(f"{path} {part[:20]}: {status}")
            if path.startswith("/static") and len(data) > 2 * whole + 4096:
                wrong.append(f"{path} {part[:20]}: {len(data)} bytes for a file of {whole}")
    return Result("/".join(map(str, sorted(found))), wrong)


HOSTS = (
    *(
        "127.0.0.1:99999",
        "127.0.0.1:",
        "[::1]",
        "[::1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "localhost.",
    ),
    *("evil.example#127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1.evil.example", " 127.0.0.1"),
    *("127.0.0.1\t", "127.0.0.1,evil.example", "xn--evil", "evil。example", "EVIL.EXAMPLE", "-"),
)


@attack("names of the host", kind=Kind.ERRORS, before="not measured")
def hosts(target: Target, _dice: Random, _size: Size) -> Result:
    """No foreign name, and no spelling of one, comes back in an answer; two are refused."""
    wrong, found = [], set()
    for host in HOSTS:
        for path in ("/login", "/open311/discovery.json", "/push/x"):
            raw = request(path, "Connection: close", host=host.encode().decode("latin-1"))
            data = target.whole(raw)
            status = int(data[9:12]) if data[9:12].isdigit() else 0
            found.add(status)
            if status >= 500 or status == 0:
                wrong.append(f"{host!r} {path}: {status}")
            if "evil" in host.lower() and b"evil" in data.lower():
                wrong.append(f"{host!r} {path}: repeated")
    for extra in ("Host: evil.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil"):
        data = target.whole(request("/open311/discovery.json", extra, "Connection: close"))
        found.add(int(data[9:12] or 0))
        if b"evil" in data:
            wrong.append(f"{extra}: repeated")
    return Result("/".join(map(str, sorted(found))), wrong)


KEYS = (
    *("a", "A", "a-b", "a_b", "a:b", "a/b", "a b", "a|b", "a\x1fb", "a\tb", "a.b", "a,b", "a%2Db"),
    *(
        "é",
        unicodedata.normalize("NFD", "é"),
        "ａ",
        "а",
        "a\u200b",
        "a\u00ad",
        "ﬀ",
        "ff",
        "１",
        "1",
    ),
    *("a" * 200, "a" * 199 + "b", "'a'", '"a"', "a;b", "a\\b", "a=b", "None", "null", "0", "00"),
)


@attack("look-alikes of an action's number", kind=Kind.LOSS, issue=(21,), before="not measured")
def keys(target: Target, dice: Random, _size: Size) -> Result:
    """Each key is taken and is one action, or is refused in words; none is taken for another."""
    case_id = pushed(target, f"2606{dice.randrange(10**9):09}", 市民诉求="小区停水两天")
    desk = token_visitor(target, Role.DESK)
    desk.arrived(case_id)
    wrong, taken, found = [], [], set()
    for number, key in enumerate(KEYS):
        text = f"记录第{number}号"
        for _ in range(2):
            answer = desk.act(case_id, "log_contact", key.encode().decode("latin-1"), text=text)
            found.add(answer.status)
            if answer.status == 200:
                taken.append(text)
            elif answer.status not in (400, 422):
                wrong.append(f"{key[:10]!r}: {answer.status} {answer.text[:100]}")
    history = desk.get(f"/api/v1/cases/{coded(case_id)}/history?limit=200").json["items"]
    said = [each["detail"] for each in history]
    wrong += [f"{text}: {said.count(text)} times" for text in set(taken) if said.count(text) != 1]
    return Result(
        "/".join(map(str, sorted(found))), wrong, f"{len(set(taken))} of {len(KEYS)} keys"
    )


FORGED = (
    *("203.0.113.9", "127.0.0.1", "::1", "unknown", "203.0.113.9, 127.0.0.1", "203.0.113.9:80"),
    *('"[2001:db8::1]"', "' OR 1=1", "a" * 4000, "\xff", "10.0.0.1, " * 200, ""),
)


@attack("an address that the sender claims", kind=Kind.RIGHTS, before="not measured")
def forged(target: Target, _dice: Random, _size: Size) -> Result:
    """Wrong passwords under ever new forwarded addresses are those of one sender, and the trail
    has the address of the socket."""
    token_visitor(target, Role.LEADER, name="forged-owner")
    body = b"account=forged-owner&password=Wrong-word-9&next=/"
    found = []
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"):
        for claimed in FORGED:
            sent = request(
                "/login",
                f"{name}: {claimed}",
                "Origin: http://127.0.0.1",
                "Content-Type: application/x-www-form-urlencoded",
                "Connection: close",
                method="POST",
                body=body,
            )
            found.append(target.ask(sent, "127.0.0.91"))
    wrong = [] if found[-1] == 429 or found[-1] == found[10] else [f"ends with {found[-1]}"]
    wrong += ["answered 500"] if 500 in found else []
    status, printed = target.huiyin("user", "unlock", "forged-owner")
    if status != 0:
        wrong.append(printed[-200:])
    trail = token_visitor(target, Role.ADMIN).get("/api/v1/trail?limit=200").text
    wrong += ["the trail has the claimed address"] if quote("203.0.113.9") in trail else []
    wrong += [] if "127.0.0.91" in trail else ["the trail has not the address of the sender"]
    return Result("/".join(map(str, dict.fromkeys(found))), wrong)
