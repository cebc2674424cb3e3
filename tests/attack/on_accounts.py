"""Rights: whether one gets another's, or takes his away."""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

from cases.words.actors import Role
from tests.attack.on_secrecy import pushed
from tests.attack.people import Answer, Visitor, coded, page_visitor, set_password, token_visitor
from tests.attack.registry import Kind, Result, Size, attack
from tests.attack.target import Target

RIGHT = "qh-Pf7-rain-lamp"


def _sign_in(target: Target, account: str, password: str, source: str, cookie: str = "") -> Answer:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    visitor = Visitor(target, {"Cookie": cookie} if cookie else {}, source)
    body = urlencode({"account": account, "password": password, "next": "/"}).encode()
    return visitor.send("POST", "/login", body, form)


@attack(
    "an administrator becomes another person",
    kind=Kind.RIGHTS,
    issue=(15,),
    before="a token of another account, at once, and the trail names only the other",
)
def other_rights(target: Target, _dice: Random, _size: Size) -> Result:
    """A token, a password, a role, an account of the desk's: each needs a second person."""
    token_visitor(target, Role.DESK)
    admin = page_visitor(target, Role.ADMIN)
    wrong = []
    tried = {
        "token": admin.post("/admin/tokens", account="desk", name="对接", scope="act", days="30"),
        "password": admin.post("/admin/accounts/desk/password"),
        "account": admin.post(
            "/admin/accounts", id="desk9", name="林某", role="desk", unit="", way="password"
        ),
        "own role": admin.post("/admin/accounts/admin", name="林某", role="desk", unit=""),
    }
    for what, answer in tried.items():
        if answer.status >= 500:
            wrong.append(f"{what}: {answer.status}")
        if "hy_" in answer.text or "首次密码" in answer.text:
            wrong.append(f"{what} is given at once")
    trail = admin.get("/admin/trail").text
    if "待第二人确认" not in trail or "admin" not in trail:
        wrong.append("the trail does not say who asked")
    status, printed = target.huiyin("token", "add", "desk", "--name", "试", "--days", "3")
    if status == 0 and "命令行" not in admin.get("/admin/trail").text:
        wrong.append(f"a token made on the machine leaves no trace: {printed[:80]}")
    return Result("asked", wrong)


@attack(
    "wrong passwords against the right owner",
    kind=Kind.RIGHTS,
    issue=(18,),
    before="five lock the owner out, from anywhere, for ever",
)
def locked_out(target: Target, _dice: Random, size: Size) -> Result:
    """From one address and from many; the owner signs in from another one meanwhile."""
    token_visitor(target, Role.LEADER, name="owner")
    set_password(target.home, "owner", RIGHT)
    wrong, found = [], []
    first = _sign_in(target, "owner", RIGHT, "127.0.0.9")
    if first.status != 303:
        wrong.append(f"the owner: {first.status}")
    device = first.headers.get("set-cookie", "").partition(";")[0]
    found += [
        _sign_in(target, "owner", f"Wrong-{number}-word", "127.0.0.66").status
        for number in range(40 if size is Size.FULL else 8)
    ]
    owner = _sign_in(target, "owner", RIGHT, "127.0.0.9")
    if owner.status != 303:
        wrong.append(f"the owner at the usual place: {owner.status}")
    if _sign_in(target, "owner", RIGHT, "127.0.0.66").status == 303:
        wrong.append("who guesses is not slowed down")
    if size is Size.FULL:
        found += [
            _sign_in(target, "owner", "Wrong-word-9", f"127.0.2.{number}").status
            for number in range(60)
        ]
        again = _sign_in(target, "owner", RIGHT, "127.0.0.9", device)
        if again.status != 303:
            wrong.append(f"the owner's own browser, while many guess: {again.status}")
    unknown = _sign_in(target, "no-such-person", "Wrong-word-9", "127.0.0.77")
    known = _sign_in(target, "leader", "Wrong-word-9", "127.0.0.78")
    if unknown.status != known.status:
        wrong.append("the answer tells whether an account exists")
    statuses = "/".join(str(each) for each in dict.fromkeys(found))
    return Result(statuses, wrong)


@attack(
    "a unit repeals another's document",
    kind=Kind.RIGHTS,
    issue=(16,),
    before="any unit repealed any document, and its answers were unpublished",
)
def foreign_document(target: Target, dice: Random, _size: Size) -> Result:
    owner = page_visitor(target, Role.RESPONDER, "housing")
    thief = page_visitor(target, Role.RESPONDER, "health")
    title = f"物业管理办法{dice.randrange(10**6)}"
    owner.post("/qa/documents", title=title, reference="县办〔2026〕1号", valid_from="2026-01-01")
    page = owner.get("/qa/documents").text
    here = page.index(title)
    number = page[page.index("/qa/documents/", here) :].split("/")[3]
    answer = thief.post(f"/qa/documents/{number}/repeal", seen="1", day="2026-11-01", text="废止")
    wrong = [] if "失效" not in owner.get("/qa/documents").text[here : here + 900] else ["repealed"]
    if answer.status < 400:
        wrong.append(f"answered {answer.status}")
    return Result(str(answer.status), wrong)


@attack(
    "the number of another's action",
    kind=Kind.LOSS,
    issue=(21,),
    before="account x with 1-k and account x-1 with k: the second is dropped in silence",
)
def colliding_keys(target: Target, dice: Random, _size: Size) -> Result:
    """Equal-looking idempotency keys of two accounts are two actions; of one, one."""
    case_id = pushed(target, f"2604{dice.randrange(10**9):09}", 市民诉求="小区停水两天")
    first = token_visitor(target, Role.DESK, name="x")
    other = token_visitor(target, Role.DESK, name="x-1")
    first.arrived(case_id)
    first.act(case_id, "log_contact", "1-k", text="甲记录")
    other.act(case_id, "log_contact", "k", text="乙记录")
    other.act(case_id, "log_contact", "k", text="乙记录")
    history = first.get(f"/api/v1/cases/{coded(case_id)}/history").json["items"]
    said = [each["detail"] for each in history]
    wrong = [
        f"{text}: {said.count(text)} times"
        for text in ("甲记录", "乙记录")
        if said.count(text) != 1
    ]
    return Result("2 actions", wrong)


WEAK = ("change-me", "Change-Me1", "password123", "qwerty123456", "huiyin2026", "admin@123456",
        "青禾县青禾县青禾县", "weak-owner-1", "1qaz2wsx3edc", "ｃｈａｎｇｅ－ｍｅ", "111111111111")  # fmt: skip


@attack(
    "passwords that everybody guesses",
    kind=Kind.RIGHTS,
    issue=(21,),
    before="change-me was accepted",
)
def weak_passwords(target: Target, _dice: Random, _size: Size) -> Result:
    token_visitor(target, Role.LEADER, name="weak-owner")
    set_password(target.home, "weak-owner", RIGHT)
    page = page_visitor(target, Role.LEADER, name="weak-owner")
    wrong = []
    for word in WEAK:
        answer = page.post("/password", old=RIGHT, new=word, again=word)
        if answer.status == 303:
            wrong.append(f"{word} is taken")
            set_password(target.home, "weak-owner", RIGHT)
            page = page_visitor(target, Role.LEADER, name="weak-owner")
    return Result("400", wrong)
