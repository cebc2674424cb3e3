"""All pages of 管理."""

from __future__ import annotations

from fastapi import FastAPI

from desk.web.admin.accounts import add_accounts
from desk.web.admin.area import add_start
from desk.web.admin.letters import add_letters
from desk.web.admin.model import add_model
from desk.web.admin.sources import add_sources
from desk.web.admin.tables import add_tables
from desk.web.admin.tokens import add_tokens
from desk.web.admin.trail import add_trail
from desk.web.office import Office


def add_admin(app: FastAPI, office: Office) -> None:
    add_start(app)
    add_sources(app, office)
    add_letters(app, office)
    add_tables(app, office)
    add_accounts(app, office)
    add_tokens(app, office)
    add_model(app, office)
    add_trail(app, office)
