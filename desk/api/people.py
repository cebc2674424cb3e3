"""Accounts and the trail of operations: for administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response
from msgspec.structs import replace

from cases.words.actors import Role
from desk.accounts.accounts import Account, AccountError, Accounts
from desk.accounts.changes import Changes
from desk.accounts.switches import Switches
from desk.accounts.wishes import AddAccount, ChangeAccount, Wish
from desk.api.answers_office import (
    AccountChange,
    AccountOut,
    AccountsOut,
    NewAccount,
    TrailLine,
    TrailPage,
)
from desk.api.describe import operation, said
from desk.api.errors import ApiError
from desk.api.guard import RawBody, allowed, read_body
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.http.authentication import doer_of
from desk.http.form_input import note

TAG: Final = "管理"


def add_people(api: FastAPI, office: DeskContext) -> None:
    @api.get("/accounts", **operation(AccountsOut, "账号", tag=TAG))
    def accounts(request: Request) -> Response:
        allowed(request, Role.ADMIN)
        return said(AccountsOut(items=tuple(map(_shown, office.get(Accounts).all()))))

    @api.post(
        "/accounts",
        **operation(AccountOut, "新建账号", tag=TAG, takes=NewAccount, status=201, errors=(409,)),
    )
    def add(request: Request, body: RawBody) -> Response:
        person = allowed(request, Role.ADMIN)
        wanted = read_body(body, NewAccount)
        now = office.clock()
        account = Account(
            id=wanted.id,
            name=wanted.name,
            role=wanted.role,
            unit=wanted.unit,
            must_change=True,
            demo=person.account.demo,
            created=now,
        )
        _check_unit(office, wanted.unit)
        _need_nobody(
            office,
            person.account,
            AddAccount(
                account=wanted.id, name=wanted.name, role=wanted.role, unit=wanted.unit,
                demo=person.account.demo,
            ),
        )  # fmt: skip
        if not wanted.password:
            raise ApiError(400, "请给出初始密码（password）。")
        try:
            office.get(Accounts).add(account, wanted.password)
        except AccountError as error:
            raise ApiError(409, str(error), code="account") from None
        note(office, request, AuditAction.ACCOUNT, wanted.id, "新建")
        return said(_shown(account), 201)

    @api.patch(
        "/accounts/{account_id:coded}",
        **operation(AccountOut, "修改账号", tag=TAG, takes=AccountChange, errors=(404, 409)),
    )
    def change(request: Request, account_id: str, body: RawBody) -> Response:
        person, by = allowed(request, Role.ADMIN), doer_of(request)
        wanted = read_body(body, AccountChange)
        switches = office.get(Switches)
        account = office.get(Accounts).get(account_id)
        if account is None:
            raise ApiError(404, f"没有名为“{account_id[:80]}”的账号。")
        given = {
            name: value
            for name in ("name", "role", "unit")
            if (value := getattr(wanted, name)) is not None
        }
        new: Account = replace(account, **given)
        _check_unit(office, new.unit)
        wish = ChangeAccount(account=account.id, name=new.name, role=new.role, unit=new.unit)
        try:
            if wanted.disabled:
                # Before anything is changed: all of a request is done, or nothing.
                switches.may_disable(by, account.id)
            if given:
                _need_nobody(office, person.account, wish)
                office.get(Changes).ask(person.account, wish, by.address, by.through)
            for act in _switched(wanted, switches):
                act(by, account.id)
        except AccountError as error:
            raise ApiError(409, str(error), code="account") from None
        return said(_shown(office.get(Accounts).get(account.id) or account))

    @api.get("/trail", **operation(TrailPage, "操作日志，新的在前", tag=TAG))
    def trail(
        request: Request,
        q: Annotated[str, Query(max_length=100)] = "",
        who: Annotated[str, Query(max_length=100)] = "",
        deed: Annotated[str, Query(max_length=100)] = "",
        about: Annotated[str, Query(max_length=300)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    ) -> Response:
        allowed(request, Role.ADMIN)
        total, steps = office.trail.search(
            text=q, who=who, deed=deed, about=about, limit=limit, offset=offset
        )
        return said(
            TrailPage(
                total=total,
                items=tuple(
                    TrailLine(
                        position=one.position,
                        at=one.at,
                        who=one.who,
                        deed=one.deed,
                        about=one.about,
                        detail=one.detail,
                        address=one.address,
                    )
                    for one in steps
                ),
            )
        )


def _switched(wanted: AccountChange, switches: Switches) -> Iterator[Callable[[Doer, str], None]]:
    if wanted.disabled is not None:
        yield switches.disable if wanted.disabled else switches.enable
    if wanted.unlock:
        yield switches.unlock


def _need_nobody(office: DeskContext, by: Account, wish: Wish) -> None:
    """The checks of a page. A program cannot be the second person, nor show a password.

    Raises `ApiError` 409."""
    try:
        office.get(Changes).check(by, wish)
    except AccountError as error:
        raise ApiError(409, str(error), code="account") from None
    if office.get(Changes).needs_second(by, wish):
        raise ApiError(
            409,
            "添加账号、改角色和单位要两个人办：请在网页“管理 · 账号”里提出，由第二人确认。",
            code="second_person",
        )


def _check_unit(office: DeskContext, unit: str) -> None:
    if unit and unit not in office.register:
        raise ApiError(409, f"单位表里没有“{unit[:80]}”。", code="account")


def _shown(account: Account) -> AccountOut:
    return AccountOut(
        id=account.id,
        name=account.name,
        role=account.role,
        unit=account.unit,
        disabled=account.disabled,
        must_change=account.must_change,
        demo=account.demo,
        created=account.created,
        locked_until=account.locked_until,
    )
