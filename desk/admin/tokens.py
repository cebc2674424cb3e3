"""接口令牌: how programs use the interface."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from desk.accounts.accounts import Accounts
from desk.accounts.tokens import MOST_DAYS, Scope, TokenError, Tokens
from desk.admin.area import ADMIN, Posted, back, note, show
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import only

_HREF = "/admin/tokens"
SCOPES = {Scope.READ: "只读", Scope.ACT: "读取和办理"}


def add_tokens(app: FastAPI, office: DeskContext) -> None:
    tokens = office.get(Tokens)

    def page(request: Request, status: int = 200, **more: object) -> HTMLResponse:
        only(request, *ADMIN)
        now = tokens.clock()
        values: dict[str, object] = {"problem": "", "word": "", "typed": {}}
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
            if person.account.demo and not account.demo:
                raise TokenError("示例账号不能为真实的账号添加令牌。")  # noqa: TRY301
            whole = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else 0
            number, word = tokens.make(account.id, name, Scope(scope), whole, person.account.id)
        except TokenError as problem:
            return page(request, 400, problem=str(problem), typed=dict(form))
        detail = f"添加第 {number} 号，{name.strip()}，{SCOPES[Scope(scope)]}"
        note(office, request, AuditAction.TOKEN, account.id, detail)
        return page(request, word=word)

    @app.post(_HREF + "/{number}/revoke")
    def revoke(request: Request, number: int, _form: Posted) -> Response:
        only(request, *ADMIN)
        try:
            found = tokens.revoke(number)
        except TokenError as problem:
            return page(request, 404, problem=str(problem))
        note(office, request, AuditAction.TOKEN, found.account, f"吊销第 {number} 号，{found.name}")
        return back(_HREF)
