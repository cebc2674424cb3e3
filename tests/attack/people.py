"""Those who reach the desk, as they do it: pages with a session, the interface with a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions, csrf_token
from desk.accounts.tokens import Scope, Tokens
from desk.ground.deskfile import DeskFile

if TYPE_CHECKING:
    from tests.attack.target import Target

PATIENCE = 30.0


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """One sender of requests."""

    def __init__(
        self,
        target: Target,
        headers: Mapping[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> None:
        """`source`: any address in 127.0.0.0/8."""
        self._target, self._source = target, source
        self._headers = dict(headers or {})
        self.csrf = self._headers.get("X-CSRF-Token", "")

    def send(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection(
            "127.0.0.1", self._target.port, timeout=PATIENCE, source_address=(self._source, 0)
        )
        try:
            connection.request(
                method,
                quote(path, safe="/%?=&:+,"),
                body or None,
                {"Origin": f"http://127.0.0.1:{self._target.port}", **self._headers,
                 **(headers or {})},
            )  # fmt: skip
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), dict(answer.getheaders()))
        finally:
            connection.close()

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, **form: str) -> Answer:
        body = urlencode({"csrf": self.csrf, **form}).encode()
        return self.send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def call(self, path: str, body: object, key: str = "") -> Answer:
        """The interface with a JSON document; `key` makes a repeat the same action."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return self.send("POST", path, json.dumps(body, ensure_ascii=False).encode(), headers)

    def act(self, case_id: str, do: str, key: str = "", /, **fields: object) -> Answer:
        return self.call(f"/api/v1/cases/{coded(case_id)}/actions", {"do": do, **fields}, key)

    def case(self, case_id: str, *, reason: str = "核实情况") -> Answer:
        asked = f"?reason={reason}" if reason else ""
        return self.get(f"/api/v1/cases/{coded(case_id)}{asked}")

    def arrived(self, case_id: str) -> dict[str, Any]:
        """The case, once the desk has taken it in."""
        end = monotonic() + PATIENCE
        while (answer := self.case(case_id)).status == 404 and monotonic() < end:
            sleep(0.05)
        assert answer.status == 200, (case_id, answer.text[:300])
        found: dict[str, Any] = answer.json["case"]
        return found


def coded(case_id: str) -> str:
    return quote(case_id, safe="")


def page_visitor(target: Target, role: Role, unit: str = "", name: str = "") -> Visitor:
    """Signed in on the pages; the account is made if need be."""
    account = name or (f"{role.value}-{unit}" if unit else role.value)
    file = DeskFile(target.home / "desk.db")
    try:
        _have(file, account, role, unit)
        word = Sessions(file).begin(account, "127.0.0.1")
    finally:
        file.close()
    return Visitor(target, {"Cookie": f"huiyin={word}", "X-CSRF-Token": csrf_token(word)})


def token_visitor(target: Target, role: Role, unit: str = "", name: str = "") -> Visitor:
    """A program with a token of its own account."""
    account = name or (f"{role.value}-{unit}" if unit else role.value)
    file = DeskFile(target.home / "desk.db")
    try:
        _have(file, account, role, unit)
        _, token = Tokens(file).make(account, "attack", Scope.ACT, 30, account)
    finally:
        file.close()
    return Visitor(target, {"Authorization": f"Bearer {token}"})


def set_password(home: Path, account: str, password: str) -> None:
    """Of an account that exists, without the change at the first sign-in."""
    file = DeskFile(home / "desk.db")
    try:
        Accounts(file).set_password(account, password, must_change=False)
    finally:
        file.close()


def _have(file: DeskFile, account: str, role: Role, unit: str) -> None:
    accounts = Accounts(file)
    if accounts.get(account) is None:
        made = datetime(2026, 11, 1, tzinfo=BEIJING)
        accounts.add(Account(id=account, name="林某", role=role, unit=unit, created=made), "")
