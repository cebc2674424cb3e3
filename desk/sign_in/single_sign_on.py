"""The two addresses of signing in at the office's identity provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from desk.accounts.accounts import Account, Accounts
from desk.accounts.single import account_for
from desk.accounts.tokens import Tokens
from desk.ground import wiring
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import address_of, local_path
from desk.http.cookies import cookie_of
from desk.sign_in.oidc import CALLBACK, LASTS, SECRET, Oidc, OidcError, Recognised

OIDC_START: Final = "/login/sso"


def add_single_sign_on(
    app: FastAPI,
    office: DeskContext,
    enter: Callable[[Request, Account, str], Response],
    refuse: Callable[[str, str], HTMLResponse],
) -> None:
    """`enter` signs a person in; `refuse` shows the sign-in page with a problem. Without
    an issuer in the settings there is nothing here. Raises `SourceError` when the file of
    secrets cannot be used."""
    settings = office.settings
    sign_on = settings.sign_on
    if not sign_on.issuer:
        return
    secret = wiring.source_context(settings).secrets.get(SECRET)
    oidc = Oidc(
        sign_on.issuer,
        sign_on.client_id,
        secret.reveal() if secret else "",
        settings.public_url,
        office.get(Tokens).clock,
    )
    cookie = "__Host-huiyin-sso" if office.secure else "huiyin-sso"

    @app.get(OIDC_START)
    def start(request: Request) -> Response:
        wanted = local_path(request.query_params.get("next", "/"))
        try:
            there, kept = oidc.start(wanted)
        except OidcError as problem:
            return refuse(wanted, str(problem))
        answer = RedirectResponse(there, 303)
        answer.set_cookie(
            cookie,
            kept,
            max_age=int(LASTS.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=office.secure,
        )
        return answer

    def known(request: Request, found: Recognised) -> Account:
        """Raises `OidcError`."""
        now = office.clock()
        account = account_for(office.get(Accounts), sign_on, found.names, found.called, now)
        if account is None:
            office.trail.record(
                now,
                found.names[0][:64],
                AuditAction.SIGN_IN_REFUSED,
                detail="统一身份认证通过，但没有可用的账号",
                address=address_of(request),
            )
            raise OidcError(_NO_ACCOUNT)
        return account

    @app.get(CALLBACK)
    def finish(request: Request) -> Response:
        answer: Response
        try:
            found, wanted = oidc.finish(request.query_params, cookie_of(request, cookie))
            answer = enter(request, known(request, found), local_path(wanted))
        except OidcError as problem:
            answer = refuse("/", str(problem))
        # It was good for this once.
        answer.delete_cookie(cookie, path="/", httponly=True, samesite="lax", secure=office.secure)
        return answer


_NO_ACCOUNT: Final = "统一身份认证通过，但您在本系统里没有可用的账号。请联系本系统的管理员添加。"
