"""我的账号: sessions and tokens of who is signed in, and what that person may agree to."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from msgspec import Struct

from desk.accounts.accounts import Account, AccountError
from desk.accounts.changes import Changes
from desk.accounts.second_factor import SecondFactor
from desk.accounts.sessions import Sessions, session_id
from desk.accounts.tokens import MOST_DAYS, Scope, Token, TokenError, Tokens
from desk.accounts.wishes import (
    AddAccount,
    Asked,
    ChangeAccount,
    Made,
    MakeToken,
    ResetPassword,
    Wish,
    may_agree,
)
from desk.admin.area import back
from desk.admin.tokens import SCOPES, whole_days
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.passwords import Busy
from desk.http.authentication import address_of, cookie_name, person_of
from desk.http.cookies import cookie_of
from desk.http.form_input import Form, note
from desk.http.page_context import page_context
from desk.http.pages import render
from desk.notices.leaves import leave_words
from desk.notices.units import MAY as TOLD
from desk.phrasing.vocabulary import ROLES

HREF: Final = "/account"
_DONE: Final = {
    "ended": "已退出。",
    "revoked": "已吊销，使用它的程序立即不能访问。",
    "refused": "已处理，没有改动。",
    "agreed": "已确认，立即生效。",
}
_BUSY: Final = "现在登录的人太多，没有保存。请稍等片刻再试。"


class Line(Struct, frozen=True):
    """A request as the page tells it."""

    asked: Asked
    told: str
    mine: bool
    """Asked by who looks at it, who can take it back."""


class _Page:
    """What the page and its buttons share."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office

    def shown(
        self, request: Request, status: int = 200, problem: str = "", made: Made | None = None
    ) -> HTMLResponse:
        office, account = self._office, person_of(request).account
        with page_context(office, request, "account") as (_store, around, _now):
            pass
        return render(
            "account.html",
            around,
            status,
            account=account,
            role=ROLES[account.role],
            second=office.get(SecondFactor).has(account.id),
            unit=office.register.name(account.unit) if account.unit else "",
            sessions=office.get(Sessions).of(account.id),
            here=session_id(cookie_of(request, cookie_name(office))),
            tokens=self._tokens(account),
            scopes=SCOPES,
            most_days=MOST_DAYS,
            lines=self._lines(account),
            leave=leave_words(office, account.id),
            is_told=account.role in TOLD,
            done=_DONE.get(request.query_params.get("done", ""), ""),
            problem=problem,
            made=made,
            made_told=_told(made.wish, office) if made else "",
        )

    def _tokens(self, account: Account) -> list[Token]:
        """The own ones that are good now."""
        tokens = self._office.get(Tokens)
        now = tokens.clock()
        return [
            one
            for one in tokens.all()
            if one.account.lower() == account.id.lower()
            and one.revoked is None
            and one.expires > now
        ]

    def _lines(self, account: Account) -> list[Line]:
        return [
            Line(asked, _told(asked.wish, self._office), mine=not may_agree(account, asked))
            for asked in self._office.get(Changes).waiting()
            if may_agree(account, asked) or asked.asked_by.lower() == account.id.lower()
        ]


def add_own_account(app: FastAPI, office: DeskContext) -> None:
    page = _Page(office)

    @app.get(HREF)
    def own_page(request: Request) -> HTMLResponse:
        return page.shown(request)

    @app.post(HREF + "/sessions")
    def end_sessions(request: Request, form: Form) -> Response:
        """One of the own ones, or all but this one."""
        account, wanted = person_of(request).account, str(form.get("session", ""))
        if wanted:
            office.get(Sessions).end_one(account.id, wanted)
        else:
            office.get(Sessions).end_others(account.id, cookie_of(request, cookie_name(office)))
        note(office, request, AuditAction.SIGN_OUT, account.id, "结束自己的其他登录")
        return back(f"{HREF}?done=ended")

    @app.post(HREF + "/tokens")
    def make_token(request: Request, form: Form) -> Response:
        account, scope = person_of(request).account, str(form.get("scope", ""))
        if scope not in set(Scope):
            return page.shown(request, 400, "请选择权限。")
        wish = MakeToken(
            account=account.id,
            name=str(form.get("name", "")),
            scope=Scope(scope),
            days=whole_days(str(form.get("days", ""))),
        )
        try:
            done = office.get(Changes).ask(account, wish, address_of(request))
        except (AccountError, TokenError) as problem:
            return page.shown(request, 400, str(problem))
        return page.shown(request, made=done if isinstance(done, Made) else None)

    @app.post(HREF + "/tokens/{number}/revoke")
    def revoke(request: Request, number: int, _form: Form) -> Response:
        account = person_of(request).account
        try:
            found = office.get(Tokens).revoke(number, account.id)
        except TokenError as problem:
            return page.shown(request, 404, str(problem))
        note(office, request, AuditAction.TOKEN, found.account, f"吊销第 {number} 号，{found.name}")
        return back(f"{HREF}?done=revoked")

    _add_requests(app, office, page)


def _add_requests(app: FastAPI, office: DeskContext, page: _Page) -> None:
    @app.post(HREF + "/requests/{number}/agree")
    def agree(request: Request, number: int, _form: Form) -> Response:
        try:
            made = office.get(Changes).agree(
                person_of(request).account, number, address_of(request)
            )
        except (AccountError, TokenError) as problem:
            return page.shown(request, 400, str(problem))
        except Busy:
            return page.shown(request, 503, _BUSY)
        return page.shown(request, made=made) if made.secret else back(f"{HREF}?done=agreed")

    @app.post(HREF + "/requests/{number}/refuse")
    def refuse(request: Request, number: int, _form: Form) -> Response:
        try:
            office.get(Changes).refuse(person_of(request).account, number, address_of(request))
        except AccountError as problem:
            return page.shown(request, 400, str(problem))
        return back(f"{HREF}?done=refused")


def _told(wish: Wish, office: DeskContext) -> str:
    match wish:
        case AddAccount() | ChangeAccount():
            unit = f"，{office.register.name(wish.unit)}" if wish.unit else ""
            what = "添加账号" if isinstance(wish, AddAccount) else "修改账号"
            return f"{what} {wish.account}：{wish.name}，{ROLES[wish.role]}{unit}"
        case ResetPassword():
            return f"重设 {wish.account} 的密码"
        case MakeToken():
            scope = SCOPES[wish.scope]
            return f"为 {wish.account} 添加令牌：{wish.name}，{scope}，{wish.days} 天"
