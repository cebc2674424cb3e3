"""What leaves the desk: lists, files, the public interface, and where the desk itself goes."""

from __future__ import annotations

import csv
import io
import ipaddress
from random import Random

from cases.words.actors import Role
from huiyin.net.addresses import Reach, reach
from tests.attack.on_secrecy import pushed
from tests.attack.people import Visitor, coded, page_visitor, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target

NAMES: tuple[tuple[str, str], ...] = (
    *(("孩子张雨桐今年七岁", "雨桐"), ("村民李有田反映", "有田"), ("我叫陈默涵", "默涵")),
    *(("家长王秋实来电", "秋实"), ("监护人赵立春", "立春"), ("学生周子墨被打", "子墨")),
    *(("家属孙小燕要求", "小燕"), ("经办人吴国庆答复", "国庆"), ("本人何晓东住", "晓东")),
    *(("联系人：欧阳云飞", "云飞"), ("我是业主刘海燕", "海燕"), ("反映人马文静称", "文静")),
    *(("邻居黄大勇占道", "大勇"), ("女儿林思彤在读", "思彤")),
)
NUMBERS: tuple[tuple[str, str], ...] = (
    *(("家里电话（0571）88886666", "88886666"), ("电话 138 1234 5678", "138 1234 5678")),
    *(("手机1381\u200b2345678", "2345678"), ("手机138\u00ad1234\u00ad5678", "5678")),
    *(("手机１３８１２３４５６７８", "３４５６７８"), ("一三八一二三四五六七八", "二三四五六七八")),
    *(("身份证330106199003078888", "199003"), ("车牌浙A·12345停车", "12345")),
    *(("邮箱zhang.san@example.cn", "zhang.san"), ("翠湖苑5栋2单元601室漏水", "601")),
    *(("石桥镇下湾村3组12号门前", "12号"), ("解放路88号3楼", "88号")),
)
"""What a citizen writes, and what nobody but the handler may read of it: words of the review."""
LEAST = {"names": 0.7, "numbers and addresses": 0.85}
"""What the rules reach on words that made none of them; the goals are 0.85 and 0.95
(docs/masking.md)."""


@attack(
    "personal data in every form",
    kind=Kind.SECRECY,
    issue=(11,),
    before="4 of 14 names found, 38 of 74 items; Open311 published the rest",
)
def personal_data(target: Target, dice: Random, _size: Size) -> Result:
    """On lists, pages, exports and the public interface, which shows nothing unreleased."""
    forms = (*NAMES, *NUMBERS)
    first = dice.randrange(10**8)
    desk, clerk = token_visitor(target, Role.DESK), page_visitor(target, Role.DESK)
    leader = token_visitor(target, Role.LEADER)
    cases = [
        pushed(target, f"26{first:08}{each:03}", 诉求标题=text, 市民诉求=f"{text}，请处理。")
        for each, (text, _) in enumerate(forms)
    ]
    for case_id in cases:
        desk.arrived(case_id)
    shown = {
        "list": clerk.get("/ledger?size=200").text,
        "API list": desk.get("/api/v1/cases?limit=200").text,
        "export": leader.get("/api/v1/export?format=csv").text,
        "leader": "".join(leader.case(case_id, reason="").text for case_id in cases),
        "page": "".join(clerk.get(f"/cases/{case_id}").text for case_id in cases),
    }
    public = Visitor(target).get("/open311/v2/requests.json").text
    wrong = [f"the public reads {text!r}" for text, secret in forms if _reads(public, text, secret)]
    shares = []
    for kind, few in (("names", NAMES), ("numbers and addresses", NUMBERS)):
        seen = [
            (text, where)
            for text, secret in few
            for where, found in shown.items()
            if _reads(found, text, secret)
        ]
        hidden = len(few) - len({text for text, _ in seen})
        shares.append(f"{kind} {hidden}/{len(few)}")
        if hidden < LEAST[kind] * len(few):
            wrong.append(f"{kind}: {seen[:8]}")
    return Result(f"{len(forms)} forms", wrong, ", ".join(shares))


def _reads(found: str, text: str, secret: str) -> bool:
    """Whether the secret stands where the text of the citizen is shown."""
    at = text.index(secret)
    return text[max(0, at - 2) : at] + secret in found


SIGNS = ("=1+1", "＝1+1", "+1", "＋1", "-1+1", "－1", "@x", "＠x", "\t=1", "\r=1", " =1", "\ufeff=1",
         "\u200b=1", "\u00a0=1", "|x", "%0A=1")  # fmt: skip


@attack(
    "formulas for a spreadsheet",
    kind=Kind.ERRORS,
    issue=(21,),
    before="full-width ＝＋＠ were left alone",
)
def formulas(target: Target, dice: Random, _size: Size) -> Result:
    """Titles that a spreadsheet would compute, in the files of both doors out."""
    first = dice.randrange(10**8)
    desk = token_visitor(target, Role.DESK)
    for each, sign in enumerate(SIGNS):
        case_id = pushed(target, f"27{first:08}{each:03}", 诉求标题=f"{sign}魑", 市民诉求="路灯")
        desk.arrived(case_id)
    text = desk.get("/api/v1/export?format=csv").text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row if "魑" in cell]
    bare = [
        cell for cell in cells if cell.lstrip("\ufeff\u200b\u00a0 \t\r\n")[:1] in "=＝+＋-－@＠"
    ]
    wrong = [f"{cell!r} begins a formula" for cell in bare]
    if len(cells) < len(SIGNS):
        wrong.append(f"only {len(cells)} titles in the file")
    return Result("text", wrong)


INSIDE = ("192.0.0.192", "64:ff9b:1::1", "::127.0.0.1", "::ffff:127.0.0.1", "2002:7f00:1::1",
          "2001:0:7f00:1::1", "100.64.0.1", "198.18.0.1", "240.0.0.1", "0.0.0.0", "169.254.169.254",  # noqa: S104
          "fe80::1", "fec0::1", "fd00::1", "64:ff9b::7f00:1", "100:0:0:1::1", "5f00::1")  # fmt: skip


@attack(
    "addresses inside, in disguise",
    kind=Kind.RIGHTS,
    issue=(21,),
    before="192.0.0.192, 64:ff9b:1::/48 and ::127.0.0.1 counted as public",
)
def inside(target: Target, _dice: Random, _size: Size) -> Result:
    """Where a source that turned bad would like to send the desk."""
    del target
    wrong = [
        f"{text} counts as public"
        for text in INSIDE
        if reach(ipaddress.ip_address(text)) is Reach.PUBLIC
    ]
    return Result("refused", wrong)


@attack(
    "a token that goes elsewhere",
    kind=Kind.RIGHTS,
    issue=(15, 21),
    before="held",
)
def token_elsewhere(target: Target, dice: Random, _size: Size) -> Result:
    """A program's token on pages, a session's cookie without its word, a push's token at the
    interface, a foreign origin."""
    case_id = pushed(target, f"28{dice.randrange(10**9):09}", 市民诉求="小区停水")
    desk, clerk = token_visitor(target, Role.DESK), page_visitor(target, Role.DESK)
    desk.arrived(case_id)
    body = b'{"do": "log_contact", "text": "x"}'
    path = f"/api/v1/cases/{coded(case_id)}/actions"
    form = {"Content-Type": "application/json"}
    tried = {
        "a token on a page": desk.get("/ledger").status == 200,
        "a push's token at the interface": target.platform().get("/api/v1/me").status == 200,
        "no word of the session": clerk.send("POST", path, body, {**form, "X-CSRF-Token": "x"}).status
        == 200,
        "a foreign origin": clerk.send("POST", path, body, {**form, "Origin": "http://evil.example"}).status
        == 200,
        "a cookie's word of another": page_visitor(target, Role.LEADER).send(
            "POST", path, body, {**form, "X-CSRF-Token": clerk.csrf}
        ).status
        == 200,
    }  # fmt: skip
    return Result("401/403", [what for what, done in tried.items() if done])
