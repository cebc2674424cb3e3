"""Accounts: passwords, locks, sessions, tokens, and what the command line does with them."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient
from typer.testing import CliRunner

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, AccountError, Accounts, SignInRefused
from desk.accounts.devices import MOST
from desk.accounts.guard import _STEPS as GUARD_STEPS
from desk.accounts.guard import (
    FIRST_WAIT,
    LONGEST_WAIT,
    TRIES,
    TRIES_AT_DESK,
    TRIES_FROM_ADDRESS,
    TRIES_OF_STRANGERS,
    network,
    wait_after,
)
from desk.accounts.sessions import IDLE, LONGEST, Sessions, Way
from desk.accounts.tokens import _STEPS as TOKEN_STEPS
from desk.accounts.tokens import Scope, TokenError, Tokens
from desk.app import cli
from desk.demo.accounts import DEMO_PASSWORD, add_demo_accounts, has_real_accounts
from desk.ground import passwords
from desk.ground.audit_log import AuditAction, AuditLog
from desk.ground.context import DeskContext
from desk.ground.deskfile import DeskFile
from desk.ground.settings import SettingsError, read_settings
from tests.desk.clients import ADDRESS, MovingClock, client_of, office_of, signed_in

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
GOOD = "河边 柳树 三只鸭子"
WRONG = "wrong password"
OTHER = "山上 松树 两只兔子"


@pytest.fixture
def machine() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture
def office(tmp_path: Path, root: Path, machine: MovingClock) -> Iterator[DeskContext]:
    made = office_of(tmp_path / "home", root / "config", machine)
    made.get(Accounts).add(account("zhiban"), GOOD)
    yield made
    made.close()


def account(name: str, role: Role = Role.DESK, **more: object) -> Account:
    return Account(id=name, name="林某", role=role, created=NOW, **more)  # type: ignore[arg-type]


def sign_in(client: TestClient, name: str = "zhiban", password: str = GOOD) -> int:
    form = {"account": name, "password": password, "next": "/ledger"}
    return client.post("/login", data=form, follow_redirects=False).status_code


def refusal(office: DeskContext, name: str, password: str = WRONG, at: str = "10.0.0.9"):
    with pytest.raises(SignInRefused) as refused:
        office.get(Accounts).verify(name, password, at)
    return refused.value


# -- passwords ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "10 至 200"),
        ("长" * 201, "10 至 200"),
        ("zhiban likes tea", "容易猜"),
        ("ZHIBAN likes tea", "容易猜"),
        ("aaaabbbbaaaa", "容易猜"),
        ("1234567890", "容易猜"),
        ("abcdefghijkl", "容易猜"),
        ("Password1234", "容易猜"),
        ("qwertyuiop", "容易猜"),
        ("1qaz2wsx3edc", "容易猜"),
        (DEMO_PASSWORD, "容易猜"),
        ("change-me-2026", "容易猜"),
        ("ChangeMe@2026", "容易猜"),
        ("admin@123456", "容易猜"),
        ("Huiyin@123456", "容易猜"),
        ("qwerty@12345", "容易猜"),
        ("P@ssw0rd2026", "容易猜"),
        ("Aa123456789!", "容易猜"),
        ("woaini5201314", "容易猜"),
        ("林某某123456789", "容易猜"),
        (GOOD + " ", "空格"),
        (" 河边柳树三只鸭子游", "空格"),
        ("河边柳树\t三只鸭子游泳", "看不见"),
    ],
)
def test_what_is_easily_guessed_is_no_password(
    office: DeskContext, password: str, reason: str
) -> None:
    with pytest.raises(AccountError, match=reason):
        office.get(Accounts).set_password("zhiban", password, must_change=False)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("change-me", "至少 12"),
        ("change-me-now", "示例或常见"),
        ("Kafka@2026!!!", "示例或常见"),
        ("elasticpassword1", "示例或常见"),
        ("111111111111", "示例或常见"),
    ],
)
def test_secrets_between_programs_are_no_examples(value: str, said: str) -> None:
    with pytest.raises(passwords.PasswordError, match=said):
        passwords.check_secret("kafka_password", value)
    passwords.check_secret("kafka_password", "q7Zr-tWm4_yKd9Xs2Lb")


def test_the_office_s_own_name_is_no_password(tmp_path: Path) -> None:
    file = DeskFile(tmp_path / "desk.db")
    accounts = Accounts(file, known=("清河县舆情办", "清舆办"))
    accounts.add(account("zhiban"), GOOD)
    for password in ("清河县舆情办2026", "清舆办@清河县舆情办1"):
        with pytest.raises(AccountError, match="单位名称"):
            accounts.set_password("zhiban", password, must_change=False)
    file.close()


def test_a_first_password_never_spells_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    words = iter(["xK-he-Zq81_mWc0a", "Tn4-pQ7_zLw2VbRd"])
    monkeypatch.setattr("secrets.token_urlsafe", lambda _bytes: next(words))
    assert passwords.made_up("he") == "Tn4-pQ7_zLw2VbRd"
    monkeypatch.undo()
    assert passwords.made_up(""), "what is wrong with the name is said where the account is added"


def test_full_width_letters_are_the_letters_they_show(office: DeskContext) -> None:
    office.get(Accounts).set_password("zhiban", "tea with milk 42", must_change=False)
    assert office.get(Accounts).verify("ｚｈｉｂａｎ", "ｔｅａ ｗｉｔｈ ｍｉｌｋ ４２", "10.0.0.9")


def test_nothing_is_cut_off_a_long_password(office: DeskContext) -> None:
    longest = "河边柳树三只鸭子游泳" * 20
    office.get(Accounts).set_password("zhiban", longest, must_change=False)
    assert office.get(Accounts).verify("zhiban", longest, "10.0.0.9")
    refusal(office, "zhiban", longest + "x")


def test_the_file_holds_no_password_and_no_word_of_a_session_or_token(office: DeskContext) -> None:
    word = office.get(Sessions).begin("zhiban", "10.0.0.9")
    _, token = office.get(Tokens).make("zhiban", "大屏", Scope.READ, 1, "admin")
    raw = b"".join(path.read_bytes() for path in office.settings.home.glob("desk.db*"))
    for secret in (GOOD, word, token):
        assert secret.encode() not in raw
    assert b"$argon2id$" in raw


def test_an_older_hash_is_renewed_at_the_next_sign_in(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> str:
        with office.file.reading() as db:
            return str(db.execute("SELECT password FROM accounts").fetchone()[0])

    before = stored()
    stronger = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=64, parallelism=1),))
    monkeypatch.setattr(passwords, "_hasher", stronger)
    office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")
    assert stored() != before
    office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


# -- waits -------------------------------------------------------------------


def test_from_where_wrong_passwords_came_one_waits_and_longer_each_time(
    office: DeskContext, machine: MovingClock
) -> None:
    for _ in range(TRIES):
        assert refusal(office, "zhiban").counted
    waits = refusal(office, "zhiban", GOOD)
    assert "1 分钟" in str(waits)
    assert not waits.counted
    found = office.get(Accounts).get("ZhiBan")
    assert found is not None
    assert found.locked_until == NOW + FIRST_WAIT
    machine.walk(seconds=59)
    assert "1 分钟" in str(refusal(office, "zhiban", GOOD))
    machine.walk(seconds=1)
    assert refusal(office, "zhiban").counted
    machine.walk(seconds=119)
    assert not refusal(office, "zhiban", GOOD).counted
    machine.walk(seconds=1)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9").id == "zhiban"
    assert [wait_after(n) // FIRST_WAIT for n in range(4, 11)] == [0, 1, 2, 4, 8, 15, 15]
    assert wait_after(10**9) == LONGEST_WAIT


@pytest.mark.slow
def test_who_guesses_elsewhere_does_not_lock_the_owner_out(
    office: DeskContext, machine: MovingClock
) -> None:
    """The owner of a name has signed in at the office; a stranger tries for two days,
    every minute, from one address. The owner gets in each day: at the office, and elsewhere."""
    office.get(Accounts).devices.remember("zhiban", "", "10.0.0.1")
    guesses = 0
    for minute in range(2 * 24 * 60):
        try:
            office.get(Accounts).verify("zhiban", WRONG, "203.0.113.9")
        except SignInRefused as refused:
            guesses += refused.counted
        if minute % (24 * 60) == 600:
            assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.1")
            assert office.get(Accounts).verify("zhiban", GOOD, f"192.0.2.{minute // 1440}")
        machine.walk(minutes=1)
    # Five at once, then at most one in each quarter of an hour.
    assert guesses <= 2 * 24 * 4 + TRIES + 5


def test_a_thousand_addresses_guess_no_faster_than_one(
    office: DeskContext, machine: MovingClock
) -> None:
    word = office.get(Accounts).devices.remember("zhiban", "", "10.0.0.1")
    guesses = 0
    for minute in range(24 * 60):
        try:
            office.get(Accounts).verify("zhiban", WRONG, f"203.0.{minute % 4}.{minute % 250}")
        except SignInRefused as refused:
            guesses += refused.counted
        machine.walk(minutes=1)
    assert guesses <= TRIES_OF_STRANGERS + 5 + 24 * 4
    # Strangers wait, the owner does not: at a known device anywhere, in a known network.
    assert not refusal(office, "zhiban", GOOD, "198.51.100.1").counted
    assert office.get(Accounts).verify("zhiban", GOOD, "198.51.100.1", word)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.1")
    # And whoever has neither gets in when the admin has looked at it.
    office.get(Accounts).unlock("zhiban")
    assert office.get(Accounts).verify("zhiban", GOOD, "198.51.100.1")


def test_a_known_device_is_counted_by_itself_and_not_for_ever(
    office: DeskContext, machine: MovingClock
) -> None:
    devices = office.get(Accounts).devices
    word = devices.remember("zhiban", "", "10.0.0.1")

    def with_device(password: str, given: str = word) -> Account:
        return office.get(Accounts).verify("zhiban", password, "10.0.0.9", given)

    for _ in range(TRIES):
        with pytest.raises(SignInRefused):
            with_device(WRONG)
    with pytest.raises(SignInRefused, match="1 分钟"):
        with_device(GOOD)
    # A device of somebody else is none of this account's, nor is one that was made up.
    office.get(Accounts).add(account("he"), GOOD)
    other = devices.remember("he", "", "10.0.0.2")
    for strange in (other, "made-up", "x" * 10_000, "\ud800"):
        assert devices.known("zhiban", strange) == ""
    machine.walk(days=181)
    assert devices.known("zhiban", word) == ""


def test_a_browser_s_word_is_another_after_each_sign_in(office: DeskContext) -> None:
    devices = office.get(Accounts).devices
    first = devices.remember("zhiban", "", "10.0.0.1")
    second = devices.remember("he", first, "10.0.0.1")
    assert devices.known("zhiban", first) == ""
    assert devices.known("zhiban", second)
    assert devices.known("he", second)
    for n in range(MOST + 5):
        devices.remember("zhiban", "", f"10.0.1.{n}")
    assert devices.count("zhiban") == MOST


def test_the_page_gives_the_browser_its_word_and_believes_it(office: DeskContext) -> None:
    client = client_of(office)
    assert sign_in(client) == 303
    assert client.cookies["huiyin-device"]
    for n in range(TRIES_OF_STRANGERS):
        refusal(office, "zhiban", at=f"203.0.113.{n}")
        refusal(office, "zhiban", at="testclient")
    client.cookies.delete("huiyin")
    assert sign_in(client) == 303
    assert sign_in(client_of(office)) == 401


def test_a_new_password_makes_every_device_a_stranger(office: DeskContext) -> None:
    word = office.get(Accounts).devices.remember("zhiban", "", "10.0.0.1")
    office.get(Accounts).set_password("zhiban", OTHER, must_change=False)
    assert office.get(Accounts).devices.known("zhiban", word) == ""


def test_the_admin_sees_from_where_and_unlocks(office: DeskContext) -> None:
    for n in range(TRIES):
        refusal(office, "zhiban", at="203.0.113.9")
        refusal(office, "zhiban", at=f"203.0.113.{n}")
    found = {(each.place, each.wrong) for each in office.get(Accounts).guard.tried("zhiban")}
    assert ("地址 203.0.113.9", TRIES) in found
    assert ("陌生的电脑和地址（合计）", 2 * TRIES) in found
    admin = signed_in(office, Role.ADMIN)
    text = admin.get("/admin/accounts/zhiban").text
    assert "地址 203.0.113.9" in text
    assert "以前从那里不能再试" in text
    assert "暂缓登录" in admin.get("/admin/accounts").text
    token = admin.headers["x-csrf-token"]
    admin.post("/admin/accounts/zhiban/unlock", data={"csrf": token})
    assert office.get(Accounts).guard.tried("zhiban") == ()
    assert office.get(Accounts).verify("zhiban", GOOD, "203.0.113.9")


def test_letter_case_and_full_width_letters_are_one_name(office: DeskContext) -> None:
    for name in ("zhiban", "ZHIBAN", "ZhiBan", "ｚｈｉｂａｎ", " zhiban "):
        refusal(office, name)
    assert "分钟后再试" in str(refusal(office, "zhiban", GOOD))


def test_a_right_password_begins_the_count_anew(office: DeskContext) -> None:
    for _ in range(3):
        for _ in range(TRIES - 1):
            refusal(office, "zhiban")
        office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


def test_names_that_nobody_has_are_answered_like_the_others(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.get(Accounts).add(account("gone", disabled=True), GOOD)
    office.get(Accounts).add(account("sso"), "")
    office.get(Accounts).add(account("sample", demo=True), DEMO_PASSWORD)
    looked = []
    verify = passwords._hasher.verify_and_update

    def counting(*given: object) -> object:
        looked.append(given)
        return verify(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(
        passwords,
        "_hasher",
        SimpleNamespace(verify_and_update=counting, hash=passwords._hasher.hash),
    )
    answers = []
    for n, (name, password) in enumerate(
        [("zhiban", "x"), ("nobody", "x"), ("gone", GOOD), ("sso", ""), ("sample", DEMO_PASSWORD)]
    ):
        looked.clear()
        answers.append(
            [str(refusal(office, name, password, f"10.0.1.{n}")) for _ in range(TRIES + 1)]
        )
        # As much work for each: one hash a try, none while one has to wait.
        assert len(looked) == TRIES, name
        assert "分钟后再试" in answers[-1][TRIES], name
    assert [answer == answers[0] for answer in answers] == [True] * 5
    assert answers[0][0] == "登录名或密码不对。连续错 5 次后每次要等更久才能再试，至多 15 分钟。"


def test_one_address_cannot_try_many_accounts(office: DeskContext, machine: MovingClock) -> None:
    word = office.get(Accounts).devices.remember("zhiban", "", "10.0.0.9")
    for n in range(TRIES_FROM_ADDRESS):
        refusal(office, f"user{n}", at="10.0.0.9")
    assert "频繁" in str(refusal(office, "zhiban", GOOD, "10.0.0.9"))
    # Colleagues behind the same address go on at their own computers.
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9", word)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.10")
    machine.walk(minutes=15)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


def test_many_addresses_cannot_try_many_accounts(office: DeskContext, machine: MovingClock) -> None:
    office.get(Accounts).devices.remember("zhiban", "", "10.0.0.1")
    for n in range(TRIES_AT_DESK):
        refusal(office, f"user{n}", at=f"203.0.{n // 200}.{n % 200}")
    assert "频繁" in str(refusal(office, "he", WRONG, "198.51.100.7"))
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.1")
    machine.walk(minutes=15)
    assert refusal(office, "he", WRONG, "198.51.100.7").counted


def test_ones_own_right_password_does_not_wash_guesses_away(office: DeskContext) -> None:
    for n in range(TRIES_FROM_ADDRESS):
        refusal(office, f"user{n}")
        if n < TRIES_FROM_ADDRESS - 1:
            office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")
    assert "频繁" in str(refusal(office, "zhiban", GOOD))


def test_tries_at_the_same_moment_are_counted_one_by_one(office: DeskContext) -> None:
    def attempt(_: int) -> bool:
        try:
            office.get(Accounts).verify("zhiban", "wrong password", "10.0.0.9")
        except SignInRefused as refused:
            return refused.counted
        return False

    with ThreadPoolExecutor(8) as pool:
        looked_at = sum(pool.map(attempt, range(16)))
    assert looked_at == TRIES


def test_addresses_of_one_ipv6_network_are_one() -> None:
    assert network("2001:db8:1:2::1") == network("2001:db8:1:2:ffff::9")
    assert network("2001:db8:1:3::1") != network("2001:db8:1:2::1")
    assert network("::ffff:10.0.0.9") == network("10.0.0.9") == "10.0.0.9"


def test_who_has_an_ipv6_network_guesses_no_more_often_and_locks_nobody_out(
    office: DeskContext,
) -> None:
    """A provider gives everybody 2**64 addresses; who is given more of them is a stranger each
    time, and strangers share a count."""

    def guesses(addresses: Iterable[str]) -> int:
        return sum(refusal(office, "zhiban", WRONG, one).counted for one in addresses)

    assert guesses(f"2001:db8:1:2:{n:x}:{n:x}::9" for n in range(200)) == TRIES
    assert office.get(Accounts).verify("zhiban", GOOD, "2001:db8:1:3::1")
    word = office.get(Accounts).devices.remember("zhiban", "", network("2001:db8:9:9::1"))
    assert guesses(f"2001:db8:2:{n:x}::9" for n in range(200)) <= TRIES_OF_STRANGERS
    assert office.get(Accounts).verify("zhiban", GOOD, "2001:db8:9:9::77")
    assert office.get(Accounts).verify("zhiban", GOOD, "198.51.100.1", word)


def test_a_busy_machine_refuses_and_counts_nothing(
    office: DeskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_PATIENCE_SECONDS", 0.0)
    for _ in range(2):
        passwords._slots.acquire()
    for _ in range(TRIES):
        assert "太多" in str(refusal(office, "zhiban", GOOD))
    passwords._slots.release(2)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


def test_a_stopped_office_clock_stops_no_wait(office: DeskContext, machine: MovingClock) -> None:
    assert office.clock() == NOW
    for _ in range(TRIES):
        refusal(office, "zhiban")
    machine.walk(hours=1)
    assert office.clock() == NOW
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


def test_a_clock_that_was_put_back_leaves_nobody_waiting(
    office: DeskContext, machine: MovingClock
) -> None:
    machine.walk(days=30)
    for _ in range(TRIES_FROM_ADDRESS):
        refusal(office, "zhiban")
    machine.walk(days=-30)
    assert office.get(Accounts).verify("zhiban", GOOD, "10.0.0.9")


# -- sessions ----------------------------------------------------------------


def test_signing_in_begins_a_new_session_whatever_the_cookie_was(office: DeskContext) -> None:
    client = client_of(office)
    planted = office.get(Sessions).begin("zhiban", "10.6.6.6")
    client.cookies.set("huiyin", planted)
    assert sign_in(client) == 303
    fresh = client.cookies.get("huiyin", domain="127.0.0.1") or client.cookies.get("huiyin")
    assert fresh != planted
    assert office.get(Sessions).find(planted) is None
    assert client_of(office).get("/ledger", follow_redirects=False).status_code == 303


def test_a_session_ends_when_idle_and_after_a_shift(
    office: DeskContext, machine: MovingClock
) -> None:
    word = office.get(Sessions).begin("zhiban", "10.0.0.9")
    machine.walk(seconds=(IDLE + IDLE / 60).total_seconds())
    assert office.get(Sessions).find(word) is None
    word = office.get(Sessions).begin("zhiban", "10.0.0.9")
    for _ in range(int(LONGEST / IDLE) * 2):
        machine.walk(seconds=IDLE.total_seconds() / 2)
        assert office.get(Sessions).find(word) is not None
    machine.walk(minutes=1)
    assert office.get(Sessions).find(word) is None


def test_a_session_from_the_future_is_worth_nothing(
    office: DeskContext, machine: MovingClock
) -> None:
    machine.walk(days=30)
    word = office.get(Sessions).begin("zhiban", "10.0.0.9")
    machine.walk(days=-30)
    assert office.get(Sessions).find(word) is None


def test_signing_out_ends_the_session_on_the_server(office: DeskContext) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    word = client.cookies["huiyin"]
    assert client.post("/logout", follow_redirects=False).status_code == 303
    assert office.get(Sessions).find(word) is None


def test_a_disabled_account_is_out_at_once(office: DeskContext) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    assert client.get("/ledger", follow_redirects=False).status_code == 200
    found = office.get(Accounts).get("zhiban")
    assert found is not None
    office.get(Accounts).change(replace(found, disabled=True))
    assert client.get("/ledger", follow_redirects=False).status_code == 303
    assert client.get("/api/v1/cases").status_code == 401
    assert sign_in(client_of(office)) == 401


@pytest.mark.parametrize("change", [{"role": Role.LEADER}, {"unit": "education"}])
def test_a_change_of_role_or_unit_ends_every_session(
    office: DeskContext, change: dict[str, str]
) -> None:
    client = signed_in(office, Role.ADMIN, name="boss")
    assert client.get("/admin/accounts").status_code == 200
    found = office.get(Accounts).get("boss")
    assert found is not None
    office.get(Accounts).change(replace(found, name="高某"))
    assert client.get("/admin/accounts").status_code == 200
    office.get(Accounts).change(replace(found, **change))
    assert client.get("/admin/accounts", follow_redirects=False).status_code == 303
    assert office.get(Sessions).of("boss") == []


def test_a_new_password_ends_every_session(office: DeskContext) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    office.get(Accounts).set_password("zhiban", OTHER, must_change=False)
    assert client.get("/ledger", follow_redirects=False).status_code == 303


# -- the age of passwords ----------------------------------------------------


@pytest.fixture
def strict(tmp_path: Path, root: Path, machine: MovingClock) -> Iterator[DeskContext]:
    """An office whose passwords are good for 90 days."""
    overlay = tmp_path / "home" / "overlay"
    overlay.mkdir(parents=True)
    (overlay / "office.toml").write_text("password_days = 90\n", "utf-8")
    made = office_of(tmp_path / "home", root / "config", machine)
    made.get(Accounts).add(account("zhiban"), GOOD)
    yield made
    made.close()


def test_a_password_that_is_too_old_has_to_be_changed_first(
    strict: DeskContext, machine: MovingClock
) -> None:
    machine.walk(days=90)
    client = client_of(strict)
    assert sign_in(client) == 303
    assert client.get("/ledger", follow_redirects=False).status_code == 200
    machine.walk(minutes=1)
    answer = client.get("/ledger", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    assert client.get("/api/v1/cases").json()["error"]["code"] == "password"
    page = client.get("/password").text
    assert "已超过本单位规定的 90 天" in page
    assert "这是初始密码" not in page
    boss = signed_in(strict, Role.ADMIN, name="boss")
    assert "密码到期" in boss.get("/admin/accounts").text
    assert "已到期，下次登录时要换" in boss.get("/admin/accounts/zhiban").text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert token is not None
    form = {"csrf": token[1], "old": GOOD, "new": OTHER, "again": OTHER}
    assert client.post("/password", data=form, follow_redirects=False).headers["location"] == "/"
    assert client.get("/ledger", follow_redirects=False).status_code == 200


def test_the_age_of_a_password_stops_no_machine_and_nobody_without_a_password(
    strict: DeskContext, machine: MovingClock
) -> None:
    _, word = strict.get(Tokens).make("zhiban", "大屏", Scope.READ, 300, "zhiban")
    machine.walk(days=200)
    reader = client_of(strict)
    reader.headers["authorization"] = f"Bearer {word}"
    assert reader.get("/api/v1/cases").status_code == 200
    gate = signed_in(strict, Role.LEADER, name="gate")
    assert gate.get("/ledger", follow_redirects=False).status_code == 200


def test_as_shipped_a_password_has_no_age(office: DeskContext, machine: MovingClock) -> None:
    machine.walk(days=2000)
    found = office.get(Accounts).get("zhiban")
    assert found is not None
    assert (found.password_over, found.password_at) == (False, NOW)


def test_a_password_from_before_ages_were_kept_is_as_old_as_its_account(tmp_path: Path) -> None:
    file = DeskFile(tmp_path / "desk.db")
    machine = MovingClock(NOW)
    accounts = Accounts(file, clock=machine, password_days=lambda: 30)
    accounts.add(account("zhiban"), GOOD)
    with file.writing() as db:
        db.execute("UPDATE accounts SET password_set = ''")
    machine.walk(days=31)
    found = accounts.get("zhiban")
    assert found is not None
    assert (found.password_over, found.password_at) == (True, NOW)
    accounts.set_password("zhiban", OTHER, must_change=False)
    assert [one.password_over for one in accounts.all()] == [False]
    file.close()


# -- the first password ------------------------------------------------------


def test_the_first_password_has_to_be_changed_before_anything_else(office: DeskContext) -> None:
    office.get(Accounts).add(account("new", must_change=True), GOOD)
    client = client_of(office)
    assert sign_in(client, "new") == 303
    elsewhere = signed_in(office, Role.DESK, name="new")
    for address in ("/ledger", "/cases/x", "/dead-letters"):
        answer = client.get(address, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/password")
    assert client.get("/api/v1/cases").json()["error"]["code"] == "password"
    page = client.get("/password").text
    assert "这是初始密码" in page
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert token is not None

    def change(old: str, new: str, again: str) -> str:
        form = {"csrf": token[1], "old": old, "new": new, "again": again}
        answer = client.post("/password", data=form, follow_redirects=False)
        return answer.headers.get("location") or answer.text

    assert "不一样" in change(GOOD, OTHER, OTHER + "x")
    assert "不能与原密码相同" in change(GOOD, GOOD, GOOD)
    assert "容易猜" in change(GOOD, "1234567890", "1234567890")
    assert "登录名或密码不对" in change(OTHER, OTHER, OTHER)
    assert change(GOOD, OTHER, OTHER) == "/"
    assert client.get("/ledger", follow_redirects=False).status_code == 200
    assert elsewhere.get("/ledger", follow_redirects=False).status_code == 303
    assert sign_in(client_of(office), "new", GOOD) == 401
    assert sign_in(client_of(office), "new", OTHER) == 303


def test_whoever_signed_in_elsewhere_is_not_asked_for_a_password_he_never_had(
    office: DeskContext,
) -> None:
    office.get(Accounts).add(account("new", must_change=True), GOOD)
    client = client_of(office)
    client.cookies.set("huiyin", office.get(Sessions).begin("new", "10.0.0.9", Way.OIDC))
    assert client.get("/ledger", follow_redirects=False).status_code == 200


def test_what_happened_at_the_door_is_on_record(office: DeskContext) -> None:
    client = client_of(office)
    sign_in(client, password="wrong password")
    sign_in(client, name="my-secret-password-by-mistake", password="x")
    sign_in(client)
    steps = office.trail.search()[1]
    assert [(step.deed, step.who) for step in steps] == [
        (AuditAction.SIGN_IN, "zhiban"),
        (AuditAction.SIGN_IN_REFUSED, "（没有这个账号）"),
        (AuditAction.SIGN_IN_REFUSED, "zhiban"),
    ]
    assert all(step.address == "testclient" for step in steps)


# -- sample accounts ---------------------------------------------------------


def test_sample_accounts_are_of_no_use_without_the_sample_data(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    home, config = tmp_path / "home", root / "config"
    with_demo = office_of(home, config, machine, demo=True)
    add_demo_accounts(with_demo.get(Accounts), with_demo.register, NOW)
    assert DEMO_PASSWORD in client_of(with_demo).get("/login").text
    client = client_of(with_demo)
    assert sign_in(client, "zhiban", DEMO_PASSWORD) == 303
    word = client.cookies["huiyin"]
    _, token = with_demo.get(Tokens).make("admin", "大屏", Scope.ACT, 30, "admin")
    with_demo.close()

    without = office_of(home, config, machine)
    later = client_of(without)
    page = later.get("/login").text
    assert DEMO_PASSWORD not in page
    assert "还没有可用的账号" in page
    assert sign_in(later, "zhiban", DEMO_PASSWORD) == 401
    later.cookies.set("huiyin", word)
    assert later.get("/ledger", follow_redirects=False).status_code == 303
    bearer = {"authorization": f"Bearer {token}"}
    assert later.get("/api/v1/cases", headers=bearer).status_code == 401
    without.close()


def test_there_is_no_account_to_begin_with(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    office = office_of(tmp_path / "other", root / "config", machine)
    assert office.get(Accounts).all() == []
    for name in ("admin", "zhiban", "root", ""):
        for password in ("", "admin", DEMO_PASSWORD):
            assert sign_in(client_of(office), name, password) == 401
    office.close()


def test_a_real_account_keeps_its_own_password_beside_sample_accounts(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    office = office_of(tmp_path / "home", root / "config", machine, demo=True)
    assert not has_real_accounts(office.settings)
    office.get(Accounts).add(account("admin", Role.ADMIN), GOOD)
    add_demo_accounts(office.get(Accounts), office.register, NOW)
    assert sign_in(client_of(office), "admin", DEMO_PASSWORD) == 401
    assert sign_in(client_of(office), "admin", GOOD) == 303
    # And with it there, `huiyin run --demo` lets no sample account in.
    assert has_real_accounts(office.settings)
    office.close()


# -- tokens ------------------------------------------------------------------


def test_a_token_opens_the_interface_and_nothing_else(
    office: DeskContext, machine: MovingClock
) -> None:
    number, word = office.get(Tokens).make("zhiban", "大屏", Scope.READ, 30, "admin")
    client = client_of(office)
    bearer = {"authorization": f"Bearer {word}"}
    assert client.get("/api/v1/cases", headers=bearer).status_code == 200
    for address in ("/", "/ledger", "/dead-letters", "/password"):
        answer = client.get(address, headers=bearer, follow_redirects=False)
        assert answer.status_code == 303, address
        assert answer.headers["location"].startswith("/login")
    assert office.get(Tokens).all()[0].last_used == NOW
    machine.walk(days=30)
    assert client.get("/api/v1/cases", headers=bearer).status_code == 401
    machine.walk(days=-1)
    assert client.get("/api/v1/cases", headers=bearer).status_code == 200
    office.get(Tokens).revoke(number)
    refused = client.get("/api/v1/cases", headers=bearer)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def test_a_token_for_reading_changes_nothing_and_one_for_acting_needs_no_form(
    office: DeskContext,
) -> None:
    client = client_of(office)
    client.headers.pop("origin")
    read, act = (office.get(Tokens).make("zhiban", "x", scope, 1, "a")[1] for scope in Scope)
    there = "/api/v1/cases/board%3A1/actions"
    answers = [
        client.post(there, json={}, headers={"authorization": f"Bearer {word}"})
        for word in (read, act)
    ]
    assert answers[0].status_code == 403
    assert answers[0].json()["error"]["code"] == "scope"
    assert answers[1].status_code not in (401, 403)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer hy_x", "Basic YTpi", "hy_x", ""])
def test_a_bad_token_is_not_helped_by_a_cookie(office: DeskContext, header: str) -> None:
    client = signed_in(office, Role.DESK, name="zhiban")
    assert client.get("/api/v1/cases").status_code == 200
    assert client.get("/api/v1/cases", headers={"authorization": header}).status_code == 401


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_token_lives_for_ever(office: DeskContext, days: int) -> None:
    with pytest.raises(TokenError, match="1 至 366"):
        office.get(Tokens).make("zhiban", "x", Scope.READ, days, "admin")


# -- the command line --------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "cli"))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))

    def call(*words: str, stdin: str = "", status: int = 0) -> str:
        result = CliRunner().invoke(cli.app, list(words), input=stdin)
        assert result.exit_code == status, result.output
        return result.output

    return call


def _accounts() -> Accounts:
    from desk.ground.deskfile import DeskFile

    return Accounts(DeskFile(read_settings().desk_file))


def test_users_are_added_listed_disabled_and_enabled(run) -> None:
    said = run("user", "add", "zhou", "--role", "responder", "--name", "周某", "--unit", "housing")
    word = re.search(r"初始密码：(\S+)（", said)
    assert word is not None
    made = _accounts().verify("zhou", word[1], "")
    assert (made.must_change, made.unit) == (True, "housing")
    assert "zhou\t周某\t承办单位\thousing\t待改初始密码" in run("user", "list")
    run("user", "disable", "ZHOU")
    assert _accounts().usable("zhou") is None
    assert "停用" in run("user", "list")
    run("user", "enable", "zhou")
    assert _accounts().usable("zhou") is not None


def test_a_password_is_reset_and_a_lock_taken_away(run) -> None:
    run("user", "add", "he", "--role", "desk", "--name", "何某", "--password-stdin", stdin=GOOD)
    accounts = _accounts()
    for _ in range(TRIES):
        with pytest.raises(SignInRefused):
            accounts.verify("he", "wrong password", "")
    assert "暂缓登录" in run("user", "list")
    run("user", "unlock", "he")
    assert accounts.verify("he", GOOD, "")
    said = run("user", "password", "he", "--password-stdin", stdin=OTHER + "\n")
    assert OTHER not in said
    assert accounts.verify("he", OTHER, "").must_change


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "add", "a b", "--role", "desk", "--name", "x"), "登录名应由"),
        (("user", "add", "ok", "--role", "responder", "--name", "x"), "要指明单位"),
        (("user", "add", "ok", "--role", "desk", "--name", " "), "请填写姓名"),
        (("user", "add", "ok", "--role", "desk", "--name", "x", "--unit", "moon"), "没有“moon”"),
        (("user", "add", "ok", "--role", "system", "--name", "x"), "角色应为"),
        (
            ("user", "add", "ok", "--role", "desk", "--name", "x", "--password-stdin"),
            "没有读到密码",
        ),
        (("user", "password", "nobody"), "没有名为“nobody”"),
        (("user", "disable", "nobody"), "没有名为“nobody”"),
        (("user", "unlock", "nobody"), "没有名为“nobody”"),
        (("token", "add", "nobody", "--name", "x"), "没有名为“nobody”"),
        (("token", "revoke", "7"), "没有第 7 号"),
    ],
)
def test_what_cannot_be_is_said_plainly(run, words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, status=1)


def test_the_same_name_in_other_letters_is_taken(run) -> None:
    run("user", "add", "he", "--role", "desk", "--name", "何某", "--no-password")
    assert "仅统一认证" in run("user", "list")
    said = run("user", "add", "HE", "--role", "desk", "--name", "何某", status=1)
    assert "已有名为" in said


def test_tokens_are_made_listed_and_revoked(run) -> None:
    run("user", "add", "robot", "--role", "leader", "--name", "大屏", "--no-password")
    said = run("token", "add", "robot", "--name", "大屏", "--scope", "read", "--days", "30")
    word = said.rsplit("：", 1)[1].strip()
    assert word.startswith("hy_")
    listed = run("token", "list")
    assert "1\trobot\t大屏\tread\t有效" in listed
    assert word not in listed
    run("token", "revoke", "1")
    assert "已吊销" in run("token", "list")


def test_what_is_done_on_the_machine_is_on_record_under_the_system_s_user(
    run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.delenv("SUDO_USER", raising=False)
    run("user", "add", "robot", "--role", "leader", "--name", "大屏", "--no-password")
    run("token", "add", "robot", "--name", "大屏")
    run("user", "password", "robot", "--password-stdin", stdin=GOOD)
    for command in ("unlock", "disable", "enable"):
        run("user", command, "robot")
    run("token", "revoke", "1")
    file = DeskFile(read_settings().desk_file)
    steps = AuditLog(file).search()[1]
    me = f"命令行（{pwd.getpwuid(os.getuid()).pw_name}）"
    assert [(step.who, step.about) for step in steps] == [(me, "robot")] * 7
    (token,) = Tokens(file).all()
    assert (token.made_by, token.foreign) == (me, False)
    if os.getuid() == 0:
        monkeypatch.setenv("SUDO_USER", "wang")
        run("user", "unlock", "robot")
        assert AuditLog(file).search()[1][0].who == f"{me[:-1]}，sudo 自 wang）"
    file.close()


# -- settings ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HUIYIN_PROXY_ADDRESSES", "proxy.local", "IP 地址"),
        ("HUIYIN_PROXY_ADDRESSES", "0.0.0.0/0", "IP 地址"),
        ("HUIYIN_PROXY_USER_HEADER", "X-Remote-User", "HUIYIN_PROXY_ADDRESSES"),
        ("HUIYIN_PROXY_USER_HEADER", "Cookie", "请求头"),
        ("HUIYIN_OIDC_ISSUER", "http://idp.example", "https://"),
        ("HUIYIN_OIDC_ISSUER", "https://idp.example", "HUIYIN_OIDC_CLIENT_ID"),
        ("HUIYIN_SSO_CREATE_ROLE", "admin", "desk、reviewer、leader"),
    ],
)
def test_settings_of_single_sign_on_that_cannot_be_are_refused(
    name: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings({name: value})


def test_the_cookie_of_a_desk_behind_tls_is_for_this_host_and_tls_only(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    office = office_of(
        tmp_path, root / "config", machine, HUIYIN_PUBLIC_URL="https://huiyin.example"
    )
    office.get(Accounts).add(account("zhiban"), GOOD)
    client = client_of(office)
    client.headers["origin"] = "https://huiyin.example"
    form = {"account": "zhiban", "password": GOOD}
    answer = client.post("/login", data=form, follow_redirects=False)
    session, device = answer.headers.get_list("set-cookie")
    parts = {part.strip().lower() for part in session.split(";")[1:]}
    assert session.startswith("__Host-huiyin=")
    assert parts == {"path=/", "httponly", "secure", "samesite=lax"}
    assert device.startswith("__Host-huiyin-device=")
    kept = {part.strip().lower() for part in device.split(";")[1:]}
    assert kept == parts | {"max-age=15552000"}
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    client.headers["origin"] = ADDRESS
    assert client.post("/login", data=form, follow_redirects=False).status_code == 403
    office.close()


# -- files of an earlier version ---------------------------------------------


def test_locks_of_an_earlier_version_are_gone_and_its_tokens_are_told(tmp_path: Path) -> None:
    file = DeskFile(tmp_path / "desk.db")
    file.ensure("tries", GUARD_STEPS[:1])
    file.ensure("tokens", TOKEN_STEPS[:1])
    at, later = NOW.isoformat(), NOW.replace(year=2027).isoformat()
    with file.writing() as db:
        db.execute("INSERT INTO tries VALUES ('zhiban', 5, ?, ?)", (at, later))
        db.execute("INSERT INTO tries_from (address, at) VALUES ('10.0.0.9', ?)", (at,))
        db.execute(
            "INSERT INTO tokens (key, account, name, scope, made_by, created, expires) "
            "VALUES ('k', 'zhiban', '大屏', 'read', 'admin', ?, ?)",
            (at, later),
        )
    accounts = Accounts(file, clock=MovingClock(NOW))
    accounts.add(account("zhiban"), GOOD)
    found = accounts.get("zhiban")
    assert found is not None
    assert found.locked_until is None
    assert accounts.verify("zhiban", GOOD, "10.0.0.9")
    (token,) = Tokens(file, MovingClock(NOW)).all()
    assert (token.agreed_by, token.foreign) == ("", True)
    file.close()
