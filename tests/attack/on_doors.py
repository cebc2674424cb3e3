"""What platforms push: records that are none, and the way back of what was set aside."""

from __future__ import annotations

import hashlib
import json
import time
from random import Random

from cases.words.actors import Role
from tests.attack.people import Visitor, page_visitor, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target

POISON: tuple[str, ...] = (
    *('"' + "9" * 5000 + '"', "9" * 5000, '"\\ud800"', '"a\\u0000b"', "1e400", "NaN", "-Infinity"),
    *("null", "true", "[]", "{}", "[1]", '{"a": 1}', "1.5", '""', '" "', '"\\u202e1"', '"\\ufeff"'),
    *("[" * 400 + "]" * 400, '"' + "路" * 700 + '"', '"\\ud83d"', '"x\\u001b[31m"', "-0"),
)


def _good(number: str) -> str:
    return json.dumps(
        {"id": number, "title": "路灯", "content": "东门路灯不亮", "nickname": "网友"}
    )


@attack(
    "poison among good records",
    kind=Kind.ERRORS,
    issue=(12,),
    before="an id of 5,000 digits or half a character: 500, and the good ones never come in",
)
def poison(target: Target, dice: Random, _size: Size) -> Result:
    """One bad record a push, in the middle; the good ones around it are cases."""
    desk = token_visitor(target, Role.DESK)
    wrong, found = [], set()
    first = dice.randrange(10**9)
    numbers = []
    for at, bad in enumerate(POISON):
        pair = [f"P{first}-{at}-a", f"P{first}-{at}-b"]
        record = f'{{"id": {bad}, "title": "坏", "content": "坏的一条"}}'
        body = f"[{_good(pair[0])},{record},{_good(pair[1])}]".encode()
        status = target.media(body).status
        found.add(status)
        if status >= 500:
            wrong.append(f"{bad[:20]}: {status}")
        else:
            numbers += pair
    for number in numbers:
        try:
            desk.arrived(f"new-media:{number}")
        except AssertionError:
            wrong.append(f"{number} never comes in")
    text = desk.get("/api/v1/dead-letters")
    if text.status != 200:
        wrong.append(f"the list of dead letters: {text.status}")
    if page_visitor(target, Role.DESK).get("/dead-letters").status != 200:
        wrong.append("the page of dead letters")
    if target.traceback():
        wrong.append("a traceback in the log")
    return Result("/".join(map(str, sorted(found))), wrong, f"{len(numbers)} good ones in")


@attack(
    "dead letters of the pushed doors come back",
    kind=Kind.LOSS,
    issue=(13,),
    before="answered 200 and never replayed; 94,860 took 182 s and 1.2 GB and took in 0",
)
def replayed(target: Target, dice: Random, size: Size) -> Result:
    """The platform's id stood under another name; once the map knows it, all come in."""
    count = 2000 if size is Size.FULL else 60
    first = dice.randrange(10**9)
    text = target.config.joinpath("sources.toml").read_text("utf-8")
    for start in range(0, count, 200):
        rows = [
            {"nummer": f"D{first}-{n}", "title": "路灯", "content": f"第{n}盏路灯不亮"}
            for n in range(start, min(count, start + 200))
        ]
        assert target.media(json.dumps(rows, ensure_ascii=False).encode()).status == 200
    mended = text.replace('fields = { id = "id", title', 'fields = { id = ["id", "nummer"], title')
    assert mended != text
    target.config.joinpath("sources.toml").write_text(mended, "utf-8")
    try:
        began = time.monotonic()
        status, printed = target.huiyin("replay-dead")
        seconds = time.monotonic() - began
        again = target.huiyin("replay-dead")[0]
    finally:
        target.config.joinpath("sources.toml").write_text(text, "utf-8")
    wrong = [] if status == 0 == again else [f"status {status}: {printed[-200:]}"]
    desk = token_visitor(target, Role.DESK)
    for number in {0, count // 2, count - 1}:
        try:
            desk.arrived(f"new-media:D{first}-{number}")
        except AssertionError:
            wrong.append(f"letter {number} does not come in")
    return Result(str(status), wrong, f"{count} in {seconds:.0f} s")


def _wechat(target: Target, body: bytes, nonce: str) -> int:
    stamp = str(int(time.time()))
    parts = "".join(sorted(("wechat-token-9b1c", stamp, nonce)))
    signature = hashlib.sha1(parts.encode()).hexdigest()  # noqa: S324  as the platform does
    path = f"/push/wechat?signature={signature}&timestamp={stamp}&nonce={nonce}"
    return Visitor(target).send("POST", path, body, {"Content-Type": "text/xml"}).status


@attack(
    "XML that is a bomb",
    kind=Kind.MEMORY,
    issue=(20,),
    before="held; a mail of short lines took 1.3 GB: tests/soak/door_memory.py",
)
def xml_bomb(target: Target, dice: Random, _size: Size) -> Result:
    """Entities that unfold, a file of the machine, a body at its limit: by WeChat's door."""
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n + 1, b"&a%d;" % n * 10) for n in range(12))
    bombs = (
        b'<!DOCTYPE x [<!ENTITY a0 "ha">' + laughs + b"]><xml><Content>&a12;</Content></xml>",
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Content>&f;</Content></xml>',
        b"<xml>" + b"<a>" * 20_000 + b"</xml>",
        b"<xml><Content>" + b"&#48;" * 12_000 + b"</Content></xml>",
    )
    wrong, found = [], set()
    with target.measured() as cost:
        for body in bombs:
            found.add(_wechat(target, body, str(dice.randrange(10**9))))
    grown = (cost.rss_peak - cost.rss_before) >> 20
    if grown > 80:
        wrong.append(f"memory grew by {grown} MB")
    if any(status >= 500 or status == 0 for status in found):
        wrong.append(f"answered {found}")
    letters = token_visitor(target, Role.DESK).get("/api/v1/dead-letters").text
    if "root:" in letters:
        wrong.append("a file of the machine was read")
    return Result("/".join(map(str, sorted(found))), wrong, f"+{grown} MB")
