"""What can only be read here: units, the check of the configuration."""

from __future__ import annotations

from collections import defaultdict

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from cases.routing.units import UnitKind
from desk.accounts.accounts import Accounts
from desk.admin.area import ADMIN, BOTH, show
from desk.doctor.checks import examine
from desk.ground.context import DeskContext
from desk.http.authentication import only


def add_tables(app: FastAPI, office: DeskContext) -> None:
    @app.get("/admin/units")
    def units(request: Request) -> HTMLResponse:
        only(request, *BOTH)
        people = defaultdict(list)
        for one in office.get(Accounts).all():
            if one.unit and not one.disabled:
                people[one.unit].append(one)
        groups = [
            (kind.value, [unit for unit in office.register if unit.kind is kind])
            for kind in UnitKind
        ]
        return show(
            office, request, "units", groups=groups, people=people, register=office.register
        )

    @app.get("/admin/check")
    def check(request: Request) -> HTMLResponse:
        only(request, *ADMIN)
        return show(office, request, "check", findings=examine(office.settings.read_again()))
