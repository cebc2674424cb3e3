"""Browsers without a browser, signed in as whoever a test needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from cases.life.rules import Rules
from cases.routing.units import UnitRegister
from cases.words.actors import Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions, csrf_token
from desk.ground import wiring
from desk.ground.actions import CaseActions
from desk.ground.context import DeskContext, Readers
from desk.ground.settings import read_settings
from desk.http.authentication import cookie_name
from streams.embedded.store import EmbeddedStore
from tests.desk.analysed_once import app_of
from tests.desk.furnished import furnish

ADDRESS = "http://127.0.0.1"


def _app(office: DeskContext) -> FastAPI:
    """One for each office: to make it takes longer than most tests. Kept with the office,
    so that both go together."""
    kept: FastAPI | None = vars(office).get("app_of_tests")
    if kept is None:
        kept = vars(office)["app_of_tests"] = app_of(office)
    return kept


def client_of(office: DeskContext) -> TestClient:
    """Nobody is signed in; requests say that they come from the desk's own pages."""
    return TestClient(
        _app(office),
        base_url=ADDRESS,
        raise_server_exceptions=False,
        headers={"origin": ADDRESS},
    )


def signed_in(office: DeskContext, role: Role, unit: str = "", name: str = "") -> TestClient:
    """Somebody of this role, whose account is made if need be."""
    account_id = name or (f"{role.value}-{unit}" if unit else role.value)
    if office.get(Accounts).get(account_id) is None:
        office.get(Accounts).add(
            Account(id=account_id, name="林某", role=role, unit=unit, created=office.clock()), ""
        )
    client = client_of(office)
    word = office.get(Sessions).begin(account_id, "127.0.0.1")
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
) -> DeskContext:
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
    furnish(read)
    EmbeddedStore(read.database).close()
    office = DeskContext(
        settings=read,
        rules=_rules(config),
        register=_register(config),
        readers=Readers(read.database),
        # By the tables as they are then.
        acts=CaseActions(lambda: wiring.open_runner(office.settings)),
        demo=demo,
        machine=machine,
    )
    return office
