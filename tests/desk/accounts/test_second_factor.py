"""两步验证: set up on one's own account, asked for after the password, good once."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient
from typer.testing import CliRunner

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts import half_signed_in
from desk.accounts.accounts import Account, Accounts
from desk.accounts.guard import TRIES, TRIES_FROM_ADDRESS, TRIES_OF_STRANGERS
from desk.accounts.second_factor import (
    RECOVERY_CODES,
    STEP_SECONDS,
    SecondFactor,
    authenticator_uri,
    totp,
)
from desk.accounts.sessions import Sessions
from desk.app import cli
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from huiyin.store.ciphers import is_sealed
from huiyin.store.errors import StoreError
from huiyin.store.master import Master
from tests.desk.clients import MovingClock, client_of, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
GOOD = "河边 柳树 三只鸭子"


@pytest.fixture
def machine() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture
def office(tmp_path: Path, root: Path, machine: MovingClock) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", machine)
    made.get(Accounts).add(Account(id="zhiban", name="林某", role=Role.DESK, created=NOW), GOOD)
    yield made
    made.close()


@pytest.fixture
def secret(office: DeskContext, machine: MovingClock) -> bytes:
    """Of an account whose second step is on; the code of that moment is used up."""
    factor = office.get(SecondFactor)
    factor.begin("zhiban")
    made = base64.b32decode(factor.waiting("zhiban"))
    factor.confirm("zhiban", code_at(made, machine))
    machine.walk(minutes=1)
    return made


def code_at(secret: bytes, machine: MovingClock, steps: int = 0) -> str:
    return totp(secret, int(machine().timestamp()) // STEP_SECONDS + steps)


def gives_password(client: TestClient, password: str = GOOD) -> Response:
    form = {"account": "zhiban", "password": password, "next": "/ledger"}
    return client.post("/login", data=form, follow_redirects=False)


def gives_code(client: TestClient, word: str, code: str) -> Response:
    form = {"step": word, "code": code}
    return client.post("/login/code", data=form, follow_redirects=False)


def word_of(page: Response) -> str:
    found = re.search(r'name="step" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def is_in(client: TestClient) -> bool:
    return client.get("/account", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_the_codes_are_those_of_the_standard(at: int, code: str) -> None:
    """RFC 6238, appendix B, the last six of its eight digits."""
    assert totp(b"12345678901234567890", at // STEP_SECONDS) == code


def test_the_picture_says_whose_code_it_is() -> None:
    said = authenticator_uri("GEZDGNBV", "zhiban", "回音 宁都县")
    assert said.startswith("otpauth://totp/%E5%9B%9E%E9%9F%B3%20")
    assert "secret=GEZDGNBV" in said
    assert "%3Azhiban?" in said


def test_it_is_turned_on_with_password_and_first_code(
    office: DeskContext, machine: MovingClock
) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    other = office.get(Sessions).begin("zhiban", "10.0.0.8")
    refused = client.post("/account/second-factor/begin", data={"password": "wrong"})
    assert refused.status_code == 400
    assert office.get(SecondFactor).waiting("zhiban") == ""
    page = client.post("/account/second-factor/begin", data={"password": GOOD})
    assert "<svg" in page.text
    secret = office.get(SecondFactor).waiting("zhiban")
    assert secret[:4] in page.text
    wrong = client.post("/account/second-factor/confirm", data={"code": "12"})
    assert "应为手机验证器里现在显示的 6 位数字" in wrong.text
    assert not office.get(SecondFactor).has("zhiban")
    code = code_at(base64.b32decode(secret), machine)
    done = client.post("/account/second-factor/confirm", data={"code": f"{code[:3]} {code[3:]}"})
    assert len(re.findall(r"<code class=\"secret\">[a-z2-7]{5}-[a-z2-7]{5}</code>", done.text)) == (
        RECOVERY_CODES
    )
    assert office.get(SecondFactor).has("zhiban")
    assert office.get(Sessions).find(other) is None, "other browsers are signed out"
    assert is_in(client)
    assert "（已启用）" in client.get("/account").text
    assert "secret" not in client.get("/account/second-factor").text, "codes are shown once"
    steps = [step.detail for step in office.trail.search()[1]]
    assert "启用两步验证" in steps


def test_the_password_alone_signs_nobody_in(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = client_of(office)
    page = gives_password(client)
    assert page.status_code == 200
    assert not client.cookies
    assert not is_in(client)
    done = gives_code(client, word_of(page), code_at(secret, machine))
    assert (done.status_code, done.headers["location"]) == (303, "/ledger")
    assert is_in(client)


def test_a_code_is_good_once_and_for_its_time(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    factor = office.get(SecondFactor)
    assert not factor.right("zhiban", code_at(secret, machine, -2)), "too old"
    assert not factor.right("zhiban", code_at(secret, machine, 2)), "too new"
    assert factor.right("zhiban", code_at(secret, machine, 1)), "a phone that is a little ahead"
    assert not factor.right("zhiban", code_at(secret, machine, 1)), "used"
    assert not factor.right("zhiban", code_at(secret, machine)), "before the one that was used"
    machine.walk(seconds=STEP_SECONDS * 2)
    typed = code_at(secret, machine).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert factor.right("zhiban", typed), "full-width digits of an input method"


def test_a_recovery_code_is_good_once(office: DeskContext, secret: bytes) -> None:
    del secret
    factor = office.get(SecondFactor)
    codes = factor.renew_recovery("zhiban")
    assert factor.right("zhiban", codes[0].upper().replace("-", " "))
    assert not factor.right("zhiban", codes[0])
    assert factor.left("zhiban") == RECOVERY_CODES - 1
    new = factor.renew_recovery("zhiban")
    assert not factor.right("zhiban", codes[1]), "those of before are void"
    assert factor.right("zhiban", new[0])


def test_after_five_wrong_codes_the_password_is_asked_for_again(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = client_of(office)
    word = word_of(gives_password(client))
    for _ in range(half_signed_in.TRIES - 1):
        assert "验证码不对" in gives_code(client, word, "000000").text
    assert "请重新输入密码" in gives_code(client, word, "000000").text
    assert gives_code(client, word, code_at(secret, machine)).status_code == 401
    assert not is_in(client)
    refusals = [step for step in office.trail.search()[1] if step.detail == "验证码不对"]
    assert {step.deed for step in refusals} == {AuditAction.SIGN_IN_REFUSED}


def test_many_wrong_codes_cost_a_wait_and_the_password_none(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = client_of(office)
    for _ in range(2):
        word = word_of(gives_password(client))
        for _ in range(TRIES):
            answer = gives_code(client, word, "000000")
    assert "分钟后再试" in answer.text
    page = gives_password(client)
    assert page.status_code == 200, "the password was right each time"
    assert "分钟后再试" in gives_code(client, word_of(page), code_at(secret, machine)).text
    machine.walk(minutes=16)
    page = gives_password(client)
    assert gives_code(client, word_of(page), code_at(secret, machine)).status_code == 303


def test_nobody_can_make_the_owner_wait_for_the_code(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    """The count of codes has a name that cannot be typed as a login name."""
    stranger = client_of(office)
    for _ in range(40):
        form = {"account": " code:zhiban", "password": "x", "next": "/"}
        stranger.post("/login", data=form)
    machine.walk(minutes=16)
    client = client_of(office)
    word = word_of(gives_password(client))
    assert gives_code(client, word, code_at(secret, machine)).status_code == 303


def test_the_step_between_ends_and_belongs_to_one_account(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = client_of(office)
    assert "请重新输入密码" in gives_code(client, "made up", code_at(secret, machine)).text
    word = word_of(gives_password(client))
    machine.walk(seconds=half_signed_in.LASTS.total_seconds() + 1)
    assert "请重新输入密码" in gives_code(client, word, code_at(secret, machine)).text
    word = word_of(gives_password(client))
    assert gives_code(client, word, code_at(secret, machine)).status_code == 303
    machine.walk(minutes=1)
    assert gives_code(client, word, code_at(secret, machine)).status_code == 401, "used up"
    word = word_of(gives_password(client))
    office.get(Accounts).set_password("zhiban", GOOD + " 两头牛", must_change=False)
    office.get(Accounts).change(
        Account(id="zhiban", name="林某", role=Role.DESK, disabled=True, created=NOW)
    )
    machine.walk(minutes=1)
    assert gives_code(client, word, code_at(secret, machine)).status_code == 401, "disabled"


def test_a_known_browser_goes_on_whoever_guesses(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    """Wrong passwords of strangers, or of the house, and codes of who stole the password."""
    own = client_of(office)
    assert (
        gives_code(own, word_of(gives_password(own)), code_at(secret, machine)).status_code == 303
    )
    machine.walk(minutes=1)
    guard = office.get(Accounts).guard
    for n in range(TRIES_FROM_ADDRESS):
        guard.attempt(f"name-{n}", "testclient")
    for n in range(TRIES_OF_STRANGERS):
        guard.attempt("zhiban", f"203.0.113.{n}", code=True)
    page = gives_password(client_of(office))
    assert page.status_code == 401, "from this network strangers wait"
    own.cookies.delete("huiyin")
    page = gives_password(own)
    assert gives_code(own, word_of(page), code_at(secret, machine)).status_code == 303


def test_the_administrator_sees_who_waits_for_a_code_and_ends_it(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = client_of(office)
    for _ in range(2):
        word = word_of(gives_password(client))
        for _ in range(TRIES):
            gives_code(client, word, "000000")
    known = office.get(Accounts).get("zhiban")
    assert known is not None
    assert known.locked_until is not None
    admin = signed_in(office, Role.ADMIN)
    assert "，验证码" in admin.get("/admin/accounts/zhiban").text
    admin.post("/admin/accounts/zhiban/unlock")
    word = word_of(gives_password(client))
    assert gives_code(client, word, code_at(secret, machine)).status_code == 303


@pytest.mark.parametrize("change", ["password", "role"])
def test_a_step_between_ends_with_the_password_and_the_rights_it_began_with(
    office: DeskContext, machine: MovingClock, secret: bytes, change: str
) -> None:
    client = client_of(office)
    word = word_of(gives_password(client))
    if change == "password":
        office.get(Accounts).set_password("zhiban", GOOD + " 两头牛", must_change=False)
    else:
        other = Account(id="zhiban", name="林某", role=Role.LEADER, created=NOW)
        office.get(Accounts).change(other)
    assert gives_code(client, word, code_at(secret, machine)).status_code == 401
    assert not is_in(client)


def test_two_who_send_one_code_at_once_are_one(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    factor, code = office.get(SecondFactor), code_at(secret, machine)
    with ThreadPoolExecutor(8) as many:
        right = list(many.map(lambda _: factor.right("zhiban", code), range(16)))
    assert sum(right) == 1


def test_a_foreign_page_cannot_send_the_code(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = client_of(office)
    word = word_of(gives_password(client))
    form = {"step": word, "code": code_at(secret, machine)}
    away = {"origin": "http://elsewhere.example"}
    assert client.post("/login/code", data=form, headers=away).status_code == 403


def test_it_is_turned_off_and_renewed_with_a_code(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    here = "/account/second-factor"
    assert client.post(f"{here}/off", data={"code": "000000"}).status_code == 400
    assert client.post(f"{here}/codes", data={"code": "000000"}).status_code == 400
    assert client.post(f"{here}/begin", data={"password": GOOD}).status_code == 400, "on already"
    shown = client.post(f"{here}/codes", data={"code": code_at(secret, machine)})
    assert "备用码" in shown.text
    machine.walk(minutes=1)
    client.post(f"{here}/off", data={"code": code_at(secret, machine)})
    assert not office.get(SecondFactor).has("zhiban")
    assert gives_password(client_of(office)).status_code == 303


def test_an_administrator_drops_it_for_who_lost_the_phone(
    office: DeskContext, secret: bytes
) -> None:
    del secret
    admin = signed_in(office, Role.ADMIN)
    where = "/admin/accounts/zhiban"
    assert "解除两步验证" in admin.get(where).text
    done = admin.post(f"{where}/drop-second-factor")
    assert "已解除两步验证" in done.text
    assert not office.get(SecondFactor).has("zhiban")
    assert admin.post(f"{where}/drop-second-factor").status_code == 400
    desk = signed_in(office, Role.DESK, name="zhiban")
    assert desk.post(f"{where}/drop-second-factor").status_code == 403


def test_nobody_drops_the_own_without_a_code(office: DeskContext, machine: MovingClock) -> None:
    admin = signed_in(office, Role.ADMIN)
    factor = office.get(SecondFactor)
    factor.begin("admin")
    factor.confirm("admin", code_at(base64.b32decode(factor.waiting("admin")), machine))
    answer = admin.post("/admin/accounts/admin/drop-second-factor")
    assert answer.status_code == 400
    assert factor.has("admin")


def test_the_command_line_drops_it(
    office: DeskContext, secret: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    del secret
    monkeypatch.setenv("HUIYIN_HOME", str(office.settings.home))
    run = CliRunner().invoke
    done = run(cli.app, ["user", "drop-second-factor", "zhiban"])
    assert done.exit_code == 0, done.output
    assert not office.get(SecondFactor).has("zhiban")
    again = run(cli.app, ["user", "drop-second-factor", "zhiban"])
    assert again.exit_code != 0
    assert "没有启用两步验证" in again.output


def test_a_role_that_needs_it_does_nothing_else_first(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "office.toml").write_text('second_factor = ["admin"]\n', "utf-8")
    office = office_of(tmp_path / "home", root / "config", machine, HUIYIN_OVERLAY=str(overlay))
    try:
        who = Account(id="admin", name="高某", role=Role.ADMIN, created=NOW)
        office.get(Accounts).add(who, GOOD)
        admin = signed_in(office, Role.ADMIN, name="admin")
        answer = admin.get("/admin/accounts", follow_redirects=False)
        assert answer.headers["location"] == "/account/second-factor"
        assert "您的角色要启用两步验证" in admin.get("/account/second-factor").text
        assert admin.get("/api/v1/counters").status_code == 403
        factor = office.get(SecondFactor)
        factor.begin("admin")
        factor.confirm("admin", code_at(base64.b32decode(factor.waiting("admin")), machine))
        assert admin.get("/admin/accounts", follow_redirects=False).status_code == 200
        desk = signed_in(office, Role.DESK)
        assert desk.get("/", follow_redirects=False).status_code == 200
    finally:
        office.close()


def test_the_secret_is_on_no_page_afterwards(
    office: DeskContext, machine: MovingClock, secret: bytes
) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    admin = signed_in(office, Role.ADMIN)
    hidden = base64.b32encode(secret).decode()
    pages = (client.get("/account/second-factor"), admin.get("/admin/accounts/zhiban"))
    assert all(hidden[:8] not in page.text.replace(" ", "") for page in pages)
    assert timedelta(minutes=1) < half_signed_in.LASTS <= timedelta(minutes=10)
    assert machine() > NOW


def test_the_secret_lies_sealed_under_the_master_key(
    office: DeskContext, secret: bytes, machine: MovingClock
) -> None:
    """Also one that was made before there was a master key."""
    path = office.settings.desk_file
    assert secret in path.read_bytes() + path.with_name("desk.db-wal").read_bytes()
    factor = SecondFactor(office.file, machine, master=Master(b"m" * 32))
    with office.file.reading() as db:
        (stored,) = db.execute("SELECT secret FROM second_factors").fetchone()
    assert secret not in stored
    assert factor.right("zhiban", code_at(secret, machine))
    factor.begin("another")
    made = base64.b32decode(factor.waiting("another"))
    assert factor.confirm("another", code_at(made, machine))
    with pytest.raises(StoreError, match="HUIYIN_KEY_FILE"):
        SecondFactor(office.file, machine).right("another", "123456")


def test_the_desk_seals_under_the_key_of_its_settings(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    key = tmp_path / "master.key"
    key.write_text("ab" * 32)
    office = office_of(tmp_path / "home", root / "config", machine, HUIYIN_KEY_FILE=str(key))
    office.get(SecondFactor).begin("zhiban")
    with office.file.reading() as db:
        (stored,) = db.execute("SELECT secret FROM second_factors").fetchone()
    assert is_sealed(stored)
    office.close()
