"""All pages of 管理."""

from __future__ import annotations

from fastapi import FastAPI

from desk.admin.accounts import add_accounts
from desk.admin.area import add_start
from desk.admin.audit_log import add_trail
from desk.admin.backup import add_backup
from desk.admin.model import add_model
from desk.admin.tables import add_tables
from desk.admin.tokens import add_tokens
from desk.annual_review.routes import add_annual_review
from desk.dead_letters.routes import add_letters
from desk.dead_letters.set_aside import add_set_aside
from desk.ground.context import DeskContext
from desk.personal.routes import add_persons
from desk.processing.routes import add_processing
from desk.setup.routes import add_setup
from desk.sources.routes import add_sources
from desk.tables.calendar_pages import add_calendar
from desk.tables.routes import add_table_pages


def add_admin(app: FastAPI, office: DeskContext) -> None:
    add_start(app)
    add_sources(app, office)
    add_letters(app, office)
    add_set_aside(app, office)
    add_setup(app, office)
    add_tables(app, office)
    add_calendar(app, office)
    add_table_pages(app, office)
    add_accounts(app, office)
    add_tokens(app, office)
    add_model(app, office)
    add_trail(app, office)
    add_backup(app, office)
    add_persons(app, office)
    add_processing(app, office)
    add_annual_review(app, office)
