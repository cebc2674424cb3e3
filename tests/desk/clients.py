"""Browsers without a browser, signed in as whoever a test needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from cases.actors import Role
from cases.rules import Rules
from cases.units import UnitRegister
from desk import wiring
from desk.accounts.accounts import Account
from desk.accounts.sessions import csrf_token
from desk.acts import Acts
from desk.settings import read_settings
from desk.web.app import create_app
from desk.web.office import Office, Readers
from desk.web.who import cookie_name
from streams.embedded.store import EmbeddedStore

ADDRESS = "http://127.0.0.1"


def _app(office: Office) -> FastAPI:
    """One for each office: to make it takes longer than most tests. Kept with the office,
    so that both go together."""
    kept: FastAPI | None = vars(office).get("app_of_tests")
    if kept is None:
        kept = vars(office)["app_of_tests"] = create_app(office)
    return kept


def client_of(office: Office) -> TestClient:
    """Nobody is signed in; requests say that they come from the desk's own pages."""
    return TestClient(
        _app(office),
        base_url=ADDRESS,
        raise_server_exceptions=False,
        headers={"origin": ADDRESS},
    )


def signed_in(office: Office, role: Role, unit: str = "", name: str = "") -> TestClient:
    """Somebody of this role, whose account is made if need be."""
    account_id = name or (f"{role.value}-{unit}" if unit else role.value)
    if office.accounts.get(account_id) is None:
        office.accounts.add(
            Account(id=account_id, name="林某", role=role, unit=unit, created=office.clock()), ""
        )
    client = client_of(office)
    word = office.sessions.begin(account_id, "127.0.0.1")
    client.cookies.set(cookie_name(office), word)
    client.headers["x-csrf-token"] = csrf_token(word)
    return client


@cache
def _rules(config: Path) -> Rules:
    return wiring.build_rules(read_settings({"HUIYIN_CONFIG": str(config)}))


@cache
def _register(config: Path) -> UnitRegister:
    return wiring.build_router(read_settings({"HUIYIN_CONFIG": str(config)})).register


class MovingClock:
    """The machine's clock, in the test's hands."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def walk(self, **by: float) -> None:
        self.at += timedelta(**by)


def office_of(
    home: Path, config: Path, machine: MovingClock, *, demo: bool = False, **settings: str
) -> Office:
    """An office without a case, whose machine clock a test moves. `settings`: further
    environment variables. Close it at the end."""
    read = read_settings(
        {
            "HUIYIN_HOME": str(home),
            "HUIYIN_CONFIG": str(config),
            "HUIYIN_NOW": machine.at.isoformat(),
            "HUIYIN_CLASSIFIER": "rules",
        }
        | settings
    )
    EmbeddedStore(read.database).close()
    return Office(
        settings=read,
        rules=_rules(config),
        register=_register(config),
        readers=Readers(read.database),
        acts=Acts(lambda: wiring.open_runner(read)),
        demo=demo,
        machine=machine,
    )
