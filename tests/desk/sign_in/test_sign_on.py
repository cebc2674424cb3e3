"""Signing in through the office's identity provider, and behind an authenticating gateway."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from tests.desk.clients import ADDRESS, MovingClock, client_of, office_of
from tests.standins.identity import IdentityProvider
from tests.standins.server import huge, status

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
SECRET = "a secret of the client"


@pytest.fixture(scope="module")
def machine() -> MovingClock:
    return MovingClock(NOW)


@pytest.fixture(scope="module")
def shared(machine: MovingClock) -> Iterator[IdentityProvider]:
    with IdentityProvider("huiyin", SECRET, lambda: machine().timestamp()) as made:
        yield made


@pytest.fixture
def provider(shared: IdentityProvider, machine: MovingClock) -> IdentityProvider:
    machine.at = NOW
    shared.person = {"sub": "u-1001", "preferred_username": "Lin", "name": "林某"}
    shared.changes, shared.sign, shared.said_issuer = {}, None, ""
    shared.faults.clear()
    shared.log.clear()
    return shared


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory,
    root: Path,
    shared: IdentityProvider,
    machine: MovingClock,
) -> Iterator[DeskContext]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUIYIN_SECRET_OIDC_CLIENT_SECRET", SECRET)
        made = _office(tmp_path_factory.mktemp("office"), root, shared, machine)
        client_of(made)
        yield made
    made.close()


def _office(
    home: Path, root: Path, provider: IdentityProvider, machine: MovingClock, **more: str
) -> DeskContext:
    made = office_of(
        home,
        root / "config",
        machine,
        HUIYIN_OIDC_ISSUER=provider.url,
        HUIYIN_OIDC_CLIENT_ID="huiyin",
        HUIYIN_PUBLIC_URL=ADDRESS,
        **more,  # type: ignore[arg-type]
    )
    made.get(Accounts).add(account("lin"), "")
    return made


def account(name: str, role: Role = Role.DESK, **more: object) -> Account:
    return Account(id=name, name="林某", role=role, created=NOW, **more)  # type: ignore[arg-type]


def come_back(client: TestClient, provider: IdentityProvider, **changes: str | None):
    """Goes to the provider and back; `changes` is what somebody did to the address."""
    start = client.get("/login/sso?next=/ledger?q=a", follow_redirects=False)
    assert start.status_code == 303, start.text
    query = provider.authorize(start.headers["location"]) | changes
    query = {name: value for name, value in query.items() if value is not None}
    return client.get("/login/callback", params=query, follow_redirects=False)


def refused(answer) -> str:
    assert answer.status_code == 401, answer.headers
    assert "huiyin=" not in str(answer.headers.get_list("set-cookie"))
    return str(answer.text)


def test_the_provider_signs_somebody_in_who_has_an_account(
    office: DeskContext, provider: IdentityProvider
) -> None:
    client = client_of(office)
    assert "统一身份认证" in client.get("/login").text
    answer = come_back(client, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ledger?q=a")
    assert client.get("/ledger", follow_redirects=False).status_code == 200
    step = office.trail.search()[1][0]
    assert (step.who, step.deed, step.detail) == ("lin", AuditAction.SIGN_IN, "统一身份认证")
    assert "huiyin-sso" not in client.cookies
    asked = next(hit for hit in provider.log if hit.path == "/token")
    assert SECRET not in asked.path
    assert asked.form["grant_type"] == "authorization_code"


def test_an_account_may_bear_the_number_of_the_person(
    office: DeskContext, provider: IdentityProvider
) -> None:
    office.get(Accounts).add(account("u-2002"), "")
    provider.person = {"sub": "u-2002"}
    assert come_back(client_of(office), provider).status_code == 303
    assert office.trail.search()[1][0].who == "u-2002"


def test_nobody_gets_an_account_by_signing_in(
    office: DeskContext, provider: IdentityProvider
) -> None:
    provider.person = {"sub": "u-7", "preferred_username": "stranger"}
    assert "没有可用的账号" in refused(come_back(client_of(office), provider))
    assert office.get(Accounts).get("stranger") is None
    assert office.get(Accounts).get("u-7") is None
    assert office.trail.search()[1][0].deed == AuditAction.SIGN_IN_REFUSED


def test_unless_the_office_wants_it(
    office: DeskContext,  # has set the secret
    provider: IdentityProvider,
    tmp_path: Path,
    root: Path,
    machine: MovingClock,
) -> None:
    wanting = _office(
        tmp_path / "wanting", root, provider, machine, HUIYIN_SSO_CREATE_ROLE="leader"
    )
    provider.person = {"sub": "u-7", "preferred_username": "stranger", "name": "秦某"}
    assert come_back(client_of(wanting), provider).status_code == 303
    made = wanting.get(Accounts).get("stranger")
    assert made is not None
    assert (made.name, made.role, made.has_password) == ("秦某", Role.LEADER, False)
    wanting.get(Accounts).add(account("gone", disabled=True), "")
    provider.person = {"sub": "u-8", "preferred_username": "gone"}
    assert "没有可用的账号" in refused(come_back(client_of(wanting), provider))
    assert wanting.get(Accounts).get("u-8") is None
    wanting.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another"},
        {"aud": ["huiyin", "another"]},
        {"aud": ["huiyin", "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": 1},
        {"exp": None},
        {"iat": None},
        {"iat": 9_999_999_999},
        {"nbf": 9_999_999_999},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(
    office: DeskContext, provider: IdentityProvider, changes: dict[str, object]
) -> None:
    provider.changes = changes
    assert "统一身份认证的凭证" in refused(come_back(client_of(office), provider))


@pytest.mark.parametrize("way", ["unsigned", "by_public_key", "by_a_stranger", "garbage"])
def test_a_token_that_the_provider_has_not_signed_is_refused(
    office: DeskContext, provider: IdentityProvider, way: str
) -> None:
    provider.sign = getattr(provider, way, lambda claims: "not.a.token")
    assert "没有通过校验" in refused(come_back(client_of(office), provider))


def test_new_keys_of_the_provider_are_fetched(
    office: DeskContext, provider: IdentityProvider, machine: MovingClock
) -> None:
    assert come_back(client_of(office), provider).status_code == 303
    before, provider.key = provider.key, RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
    assert "校验" in refused(come_back(client_of(office), provider))
    machine.walk(minutes=1)
    assert come_back(client_of(office), provider).status_code == 303
    provider.key = before


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "another"}, "与您的浏览器不符"),
        ({"state": None}, "与您的浏览器不符"),
        ({"state": "é"}, "与您的浏览器不符"),
        ({"code": None}, "不完整"),
        ({"iss": "https://other.example"}, "不完整"),
        ({"error": "access_denied"}, "没有通过，或已取消"),
        ({"code": "made-up"}, "没有回答"),
    ],
    ids=str,
)
def test_an_answer_that_was_tampered_with_is_refused(
    office: DeskContext, provider: IdentityProvider, changes: dict[str, str | None], said: str
) -> None:
    assert said in refused(come_back(client_of(office), provider, **changes))


def test_an_answer_is_good_once_in_one_browser_and_for_ten_minutes(
    office: DeskContext, provider: IdentityProvider, machine: MovingClock
) -> None:
    mine, other = client_of(office), client_of(office)
    start = mine.get("/login/sso", follow_redirects=False)
    said = start.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    query = provider.authorize(start.headers["location"])
    assert "重新开始" in refused(other.get("/login/callback", params=query))
    assert mine.get("/login/callback", params=query, follow_redirects=False).status_code == 303
    assert "重新开始" in refused(mine.get("/login/callback", params=query))
    start = mine.get("/login/sso", follow_redirects=False)
    query = provider.authorize(start.headers["location"])
    machine.walk(minutes=11)
    assert "超时" in refused(mine.get("/login/callback", params=query))


@pytest.mark.parametrize("cookie", ["", "x", "e30=", "é", "bnVsbA=="])
def test_a_made_up_cookie_is_refused(office: DeskContext, cookie: str) -> None:
    headers = {b"cookie": f"huiyin-sso={cookie}".encode()}
    client = client_of(office)
    assert "重新开始" in refused(client.get("/login/callback?code=1&state=1", headers=headers))


def test_the_place_to_go_on_is_always_ours(office: DeskContext, provider: IdentityProvider) -> None:
    client = client_of(office)
    start = client.get("/login/sso?next=//evil.example", follow_redirects=False)
    query = provider.authorize(start.headers["location"])
    answer = client.get("/login/callback", params=query, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_provider_that_does_not_answer_is_said_plainly(
    tmp_path: Path, root: Path, provider: IdentityProvider, machine: MovingClock
) -> None:
    office = _office(tmp_path, root, provider, machine)
    for fault in (status(500), status(302, location="http://127.0.0.1:9/"), huge):
        provider.fault(fault)
        answer = client_of(office).get("/login/sso", follow_redirects=False)
        assert "暂时没有回答" in refused(answer)
    provider.said_issuer = "https://other.example"
    assert "不可用或与" in refused(client_of(office).get("/login/sso", follow_redirects=False))
    office.close()


def test_without_the_setting_there_is_no_such_address(
    tmp_path: Path, root: Path, machine: MovingClock
) -> None:
    plain = office_of(tmp_path, root / "config", machine)
    client = client_of(plain)
    assert client.get("/login/sso").status_code == 404
    assert client.get("/login/callback").status_code == 404
    assert "统一身份认证" not in client.get("/login").text
    plain.close()


# -- the gateway -------------------------------------------------------------


@pytest.fixture
def behind(tmp_path: Path, root: Path, machine: MovingClock) -> Iterator[DeskContext]:
    machine.at = NOW
    made = office_of(
        tmp_path,
        root / "config",
        machine,
        HUIYIN_PROXY_ADDRESSES="10.0.0.5, 10.0.1.0/24",
        HUIYIN_PROXY_USER_HEADER="X-Remote-User",
    )
    made.get(Accounts).add(account("lin"), "")
    made.get(Accounts).add(account("he", Role.REVIEWER), "河边 柳树 三只鸭子")
    yield made
    made.close()


def from_address(office: DeskContext, address: str) -> TestClient:
    app = client_of(office).app
    return TestClient(
        app,
        base_url=ADDRESS,
        client=(address, 50000),
        headers={"origin": ADDRESS},
        follow_redirects=False,
    )


def test_the_gateway_names_who_signed_in(behind: DeskContext) -> None:
    client = from_address(behind, "10.0.0.5")
    said = {"x-remote-user": "LIN", "x-forwarded-for": "192.168.3.4"}
    answer = client.get("/ledger", headers=said)
    assert answer.status_code == 200
    assert "huiyin=" in answer.headers["set-cookie"]
    step = behind.trail.search()[1][0]
    assert (step.who, step.detail, step.address) == ("lin", "认证网关", "192.168.3.4")
    again = client.get("/ledger", headers=said)
    assert "set-cookie" not in again.headers
    assert behind.trail.search(deed=AuditAction.SIGN_IN)[0] == 1


@pytest.mark.parametrize("address", ["10.0.0.6", "10.0.2.1", "127.0.0.1", "::1", "testclient"])
def test_nobody_else_can_name_himself(behind: DeskContext, address: str) -> None:
    client = from_address(behind, address)
    for header in ("X-Remote-User", "x-remote-user", "X-REMOTE-USER"):
        answer = client.get("/ledger", headers={header: "lin"})
        assert answer.status_code == 303
        assert client.get("/api/v1/cases", headers={header: "lin"}).status_code == 401


def test_two_names_are_none(behind: DeskContext) -> None:
    client = from_address(behind, "10.0.1.7")
    answer = client.get("/ledger", headers=[("x-remote-user", "he"), ("x-remote-user", "lin")])
    assert answer.status_code == 303


def test_a_gateways_stranger_is_told_and_gets_nothing(behind: DeskContext) -> None:
    client = from_address(behind, "10.0.0.5")
    for path in ("/ledger", "/api/v1/cases"):
        answer = client.get(path, headers={"x-remote-user": "nobody"})
        assert answer.status_code == 403
        assert "没有可用的账号" in answer.text
    assert len(behind.get(Accounts).all()) == 2


def test_a_session_of_somebody_else_ends_when_the_gateway_names_another(
    behind: DeskContext,
) -> None:
    client = from_address(behind, "10.0.0.5")
    client.get("/ledger", headers={"x-remote-user": "lin"})
    before = client.cookies["huiyin"]
    page = client.get("/ledger", headers={"x-remote-user": "he"}).text
    assert "he · 审核" in page
    assert behind.get(Sessions).find(before) is None


def test_behind_the_gateway_a_form_needs_its_token_too(behind: DeskContext) -> None:
    client = from_address(behind, "10.0.0.5")
    said = {"x-remote-user": "lin"}
    assert client.post("/logout", headers=said).status_code == 303  # no session: to the page
    client.get("/ledger", headers=said)
    assert client.post("/logout", headers=said, data={"csrf": "x"}).status_code == 403
    elsewhere = said | {"origin": "https://evil.example"}
    assert client.post("/logout", headers=elsewhere).status_code == 403


def test_made_up_forwarded_addresses_do_not_help_guessing(behind: DeskContext) -> None:
    outside = from_address(behind, "203.0.113.9")
    for n in range(30):
        form = {"account": f"user{n}", "password": "wrong password"}
        headers = {"x-forwarded-for": f"198.51.100.{n}"}
        assert outside.post("/login", data=form, headers=headers).status_code == 401
    form = {"account": "he", "password": "河边 柳树 三只鸭子"}
    assert "频繁" in outside.post("/login", data=form).text
    through = from_address(behind, "10.0.0.5")
    spoofed = {"x-forwarded-for": "198.51.100.7, 203.0.113.9, 10.0.1.2"}
    assert "频繁" in through.post("/login", data=form, headers=spoofed).text
    other = {"x-forwarded-for": "203.0.113.9, 198.51.100.7"}
    assert through.post("/login", data=form, headers=other).status_code == 303
