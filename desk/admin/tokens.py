"""接口令牌: how programs use the interface."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from desk.accounts.accounts import AccountError, Accounts
from desk.accounts.changes import Changes
from desk.accounts.tokens import MOST_DAYS, Scope, TokenError, Tokens
from desk.accounts.wishes import Asked, MakeToken
from desk.admin.area import ADMIN, Posted, back, show
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import address_of, only
from desk.http.form_input import note

_HREF = "/admin/tokens"
SCOPES = {Scope.READ: "只读", Scope.ACT: "读取和办理"}


def add_tokens(app: FastAPI, office: DeskContext) -> None:
    tokens = office.get(Tokens)

    def page(request: Request, status: int = 200, **more: object) -> HTMLResponse:
        only(request, *ADMIN)
        now = tokens.clock()
        values: dict[str, object] = {"problem": "", "word": "", "typed": {}, "told": ""}
        rows = [
            (
                one,
                "已吊销" if one.revoked else "已过期" if one.expires <= now else "有效",
                office.get(Accounts).usable(one.account) is not None,
            )
            for one in tokens.all()
        ]
        return show(
            office,
            request,
            "tokens",
            status,
            rows=rows,
            scopes=SCOPES,
            most_days=MOST_DAYS,
            accounts=[
                one for one in office.get(Accounts).all() if office.get(Accounts).usable(one.id)
            ],
            **(values | more),
        )

    @app.get(_HREF)
    def tokens_page(request: Request) -> HTMLResponse:
        return page(request)

    @app.post(_HREF)
    def add(request: Request, form: Posted) -> HTMLResponse:
        person = only(request, *ADMIN)
        name, days = str(form.get("name", "")), str(form.get("days", ""))
        account = office.get(Accounts).usable(str(form.get("account", "")))
        scope = str(form.get("scope", ""))
        try:
            if account is None or scope not in set(Scope):
                raise TokenError("请选择账号和权限。")  # noqa: TRY301
            wish = MakeToken(
                account=account.id, name=name, scope=Scope(scope), days=whole_days(days)
            )
            done = office.get(Changes).ask(person.account, wish, address_of(request))
        except (TokenError, AccountError) as problem:
            return page(request, 400, problem=str(problem), typed=dict(form))
        if isinstance(done, Asked):
            return page(request, told=_ASKED)
        return page(request, word=done.secret)

    @app.post(_HREF + "/{number}/revoke")
    def revoke(request: Request, number: int, _form: Posted) -> Response:
        only(request, *ADMIN)
        try:
            found = tokens.revoke(number)
        except TokenError as problem:
            return page(request, 404, problem=str(problem))
        note(office, request, AuditAction.TOKEN, found.account, f"吊销第 {number} 号，{found.name}")
        return back(_HREF)


_ASKED: Final = (
    "已提出。令牌属于所选的账号：由本人，或另一位管理员、值班台、领导在“我的账号”里确认后添加，"
    "只给确认的人看一次。"
)


def whole_days(text: str) -> int:
    """As typed; 0, which no token has, for nonsense."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
