"""Requests whose head costs more than it should, or breaks something."""

from __future__ import annotations

from random import Random
from urllib.parse import quote

from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target
from tests.attack.wire import request

MOST_TIMES = 10.0
"""What a hostile request may cost against an ordinary one, the noise of a busy machine in it."""


def _statuses(found: list[int]) -> str:
    return "/".join(str(each) for each in dict.fromkeys(found))


def _times(target: Target, hostile: bytes, count: int) -> tuple[float, list[int]]:
    """How many ordinary requests a hostile one costs, and what it was answered. 200 ordinary
    ones are enough for the system's clock to see."""
    ordinary = request("/login", "Cookie: huiyin=x", "Connection: close")
    found: list[int] = []
    plain = target.cost(lambda: [target.ask(ordinary) for _ in range(200)]) / 200
    dear = target.cost(lambda: found.extend(target.ask(hostile) for _ in range(count))) / count
    return dear / max(plain, 0.0005), found


def _dear(target: Target, hostile: bytes, count: int = 20) -> Result:
    times, found = _times(target, hostile, count)
    wrong = [f"costs {times:.0f} times an ordinary request"] if times > MOST_TIMES else []
    if any(status >= 500 or status == 0 for status in found):
        wrong.append(f"answered {_statuses(found)}")
    return Result(_statuses(found), wrong, f"{times:.1f} × ordinary")


@attack("a cookie of 60 KB", kind=Kind.PROCESSOR, issue=(6,))
def big_cookie(target: Target, _dice: Random, size: Size) -> Result:
    """CVE-2024-7592: reading a quoted value took time with the square of its length."""
    value = '"' + "\\a" * 30_000 + '"'
    hostile = request("/ledger", f"Cookie: huiyin={value}", "Connection: close")
    return _dear(target, hostile, 1 if size is Size.FULL else 5)


@attack("a cookie of 24 KB", kind=Kind.PROCESSOR, issue=(6,))
def allowed_cookie(target: Target, _dice: Random, _size: Size) -> Result:
    """The same, below the limit for headers."""
    value = '"' + "\\a" * 12_000 + '"'
    return _dear(target, request("/ledger", f"Cookie: huiyin={value}", "Connection: close"), 5)


@attack("ten thousand cookies", kind=Kind.PROCESSOR, issue=(6,))
def many_cookies(target: Target, _dice: Random, _size: Size) -> Result:
    cookies = "; ".join(f"c{number}=v" for number in range(3_000))
    return _dear(target, request("/ledger", f"Cookie: {cookies}", "Connection: close"))


@attack("thousands of headers", kind=Kind.PROCESSOR)
def many_headers(target: Target, _dice: Random, _size: Size) -> Result:
    headers = [f"x{number}: y" for number in range(6_000)]
    return _dear(target, request("/login", *headers, "Connection: close"))


@attack("a header without an end", kind=Kind.MEMORY)
def endless_header(target: Target, _dice: Random, size: Size) -> Result:
    """One line that goes on, as fast as it is taken."""
    before, sent = target.rss(), 0
    with target.wire() as wire:
        wire.send(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nx: ")
        while sent < (64 << 20 if size is Size.FULL else 8 << 20) and wire.send(b"y" * 65536):
            sent += 65536
        status = wire.status()
    grown = target.rss() - before
    wrong = [f"memory grew by {grown >> 20} MB"] if grown > 40 << 20 else []
    return Result(str(status or "ended"), wrong, f"{sent >> 20} MB read")


@attack("an address of 60 KB", kind=Kind.PROCESSOR)
def long_address(target: Target, _dice: Random, _size: Size) -> Result:
    return _dear(target, request("/" + "a/" * 30_000, "Connection: close"))


@attack("an address of 3,900 parts", kind=Kind.PROCESSOR)
def many_segments(target: Target, _dice: Random, _size: Size) -> Result:
    """As long as is allowed, for the part that strangers reach and that reads it in parts."""
    return _dear(target, request("/open311" + "/%2e" * 1_900, "Connection: close"))


@attack("a query of 4,000 conditions", kind=Kind.PROCESSOR)
def many_conditions(target: Target, _dice: Random, _size: Size) -> Result:
    query = "&".join("a" for _ in range(3_900))
    return _dear(target, request(f"/open311/v2/requests.json?{query}", "Connection: close"))


HOSTILE = (
    "0",
    "-1",
    "9" * 30,
    "9" * 5000,
    "1e9",
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "%F0%9F%98%80" * 50,
)
"""For every condition of a list: no number, too large for anything, no text."""
NAMES = ("q", "page", "size", "limit", "cursor", "unit", "case", "received_from", "year", "month")
LISTS = (
    *("/", "/ledger", "/queue", "/duty", "/promises", "/qa", "/opinion", "/disclosure", "/board"),
    *("/rectification", "/site", "/reports", "/admin", "/admin/trail", "/admin/calendar"),
    *("/api/v1/cases", "/api/v1/events", "/api/v1/export", "/open311/v2/requests.json"),
)


@attack("hostile conditions of lists", kind=Kind.ERRORS)
def hostile_conditions(target: Target, dice: Random, size: Size) -> Result:
    who = target.as_person()
    tried = [(path, name, value) for path in LISTS for name in NAMES for value in HOSTILE]
    if size is Size.QUICK:
        tried = dice.sample(tried, 200)
    wrong, found = [], []
    for path, name, value in tried:
        status = target.ask(request(f"{path}?{name}={value}", *who, "Connection: close"))
        found.append(status)
        if status >= 500 or status == 0:
            wrong.append(f"{path}?{name}={value[:20]}: {status}")
    return Result(_statuses(sorted(found)), wrong)


SEARCHES = (
    *(
        '"' * 100,
        "(" * 100,
        "*" * 100,
        "%" * 100,
        "a" * 100,
        "的" * 100,
        "a OR " * 20,
        "NEAR(" * 20,
    ),
    *(
        "'; DROP TABLE cases; --",
        "-" * 100,
        "^" * 100,
        ":" * 100,
        "\\" * 100,
        "a* " * 33,
        "{a b}: ",
    ),
)


@attack("searches that are none", kind=Kind.PROCESSOR, before="not measured")
def searches(target: Target, _dice: Random, _size: Size) -> Result:
    """Quotes, operators and wildcards of every search program there is."""
    who = target.as_person()

    def ask(text: str) -> int:
        return target.ask(request(f"/ledger?q={quote(text)}", *who, "Connection: close"))

    wrong: list[str] = []
    found: list[int] = []
    plain = target.cost(lambda: [ask("井盖") for _ in range(20)]) / 20
    for text in SEARCHES:
        dear = target.cost(lambda text=text: found.extend(ask(text) for _ in range(5))) / 5  # type: ignore[misc]
        times = dear / max(plain, 0.001)
        if times > MOST_TIMES:
            wrong.append(f"{text[:12]!r} costs {times:.0f} times a search")
        if found[-1] >= 500 or found[-1] == 0:
            wrong.append(f"{text[:12]!r}: {found[-1]}")
    return Result(_statuses(sorted(found)), wrong)


PATHS = (
    *("/%00", "/static/%00", "/static/..%2f..%2fetc/passwd", "/static/" + "a" * 4000, "/\\"),
    *("/%ff%fe", "/cases/%00", "/cases/%ed%a0%80", "/cases/" + "9" * 7000, "/files/%00"),
    *("/push/%00", "/push/" + "a" * 7000, "/open311/v2/requests/%00.json", "//evil.example/%2f.."),
    *("/api/v1/cases/%00", "/api/v1/cases/" + "%F0%9F%98%80" * 500, "/cases/" + "%2F" * 2000),
    *("/login?next=//evil.example", "/reports/%00", "/admin/sources/%00", "*", "http://x/"),
)


@attack("strange addresses", kind=Kind.ERRORS)
def strange_addresses(target: Target, _dice: Random, _size: Size) -> Result:
    """Null bytes, what is no UTF-8, ids of thousands of digits; as a stranger and signed in."""
    wrong, found = [], []
    for headers in ((), target.as_person()):
        for path in PATHS:
            status = target.ask(request(path, *headers, "Connection: close"))
            found.append(status)
            if status >= 500 or status == 0:
                wrong.append(f"{path[:40]}: {status}")
    if target.traceback():
        wrong.append("a traceback in the log")
    return Result(_statuses(sorted(found)), wrong)


@attack("headers that are no text", kind=Kind.ERRORS)
def strange_headers(target: Target, _dice: Random, _size: Size) -> Result:
    wrong, found = [], []
    for name in ("Origin", "Referer", "X-Forwarded-For", "Authorization", "Range", "If-Match"):
        for value in (
            "\xff\xfe",
            "9" * 6000,
            "Bearer \xff",
            "bytes=" + "0-1," * 900,
            "[",
            "http://[",
        ):
            for path in ("/login", "/ledger", "/api/v1/cases", "/static/huiyin.css", "/open311/x"):
                status = target.ask(request(path, f"{name}: {value}", "Connection: close"))
                found.append(status)
                if status >= 500 or status == 0:
                    wrong.append(f"{path} {name}: {value[:20]!a}: {status}")
    if target.traceback():
        wrong.append("a traceback in the log")
    return Result(_statuses(sorted(found)), wrong)


@attack("a foreign host", kind=Kind.ERRORS, issue=(21,))
def foreign_host(target: Target, _dice: Random, _size: Size) -> Result:
    """The name that a request gives us may stand nowhere in an answer: it would stay in caches."""
    wrong, found = [], []
    for host in ("evil.example", "203.0.113.7", "203.0.113.7:80", "127.0.0.1:8765/evil", "a@b", ""):
        for path in ("/open311/discovery.json", "/open311/discovery.xml", "/push/x/", "/open311"):
            answer = target.whole(request(path, "Connection: close", host=host))
            found.append(int(answer[9:12] or 0))
            if host and host.encode() in answer:
                wrong.append(f"{path} repeats {host}")
    return Result(_statuses(sorted(found)), wrong)


@attack("lines for the log", kind=Kind.DISK, issue=(7,))
def log_lines(target: Target, _dice: Random, size: Size) -> Result:
    """What is no HTTP, and upgrades that nobody offers: a line for each attempt."""
    count = 1000 if size is Size.FULL else 100
    before = target.log.stat().st_size
    for _ in range(count):
        target.ask(b"\x16\x03\x01 no HTTP\r\n\r\n")
        status = target.ask(request("/login", "Connection: close, Upgrade", "Upgrade: websocket"))
    grown = target.log.stat().st_size - before
    wrong = [f"the log grew by {grown:,} bytes"] if grown > 16 << 10 else []
    return Result(f"400/{status}", wrong, f"{grown:,} bytes")
