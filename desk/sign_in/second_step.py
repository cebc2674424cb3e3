"""两步验证: the code after the password, and the page on which a person turns it on and off."""

from __future__ import annotations

from typing import Final, Protocol

import segno
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from desk.accounts.accounts import Account, Accounts, SignInRefused
from desk.accounts.half_signed_in import HalfSignedIn
from desk.accounts.second_factor import (
    RECOVERY_CODES,
    SecondFactor,
    SecondFactorError,
    authenticator_uri,
)
from desk.accounts.sessions import Sessions
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import (
    SECOND_STEP,
    SIGN_IN,
    address_of,
    cookie_name,
    device_cookie,
    person_of,
)
from desk.http.cookies import cookie_of
from desk.http.form_input import Form, note
from desk.http.page_context import page_context
from desk.http.pages import Frame, render

CODE: Final = f"{SIGN_IN}/code"
_WRONG: Final = "验证码不对。请填手机验证器里现在显示的 6 位数字，每个只能用一次；或填一个备用码。"
_AGAIN: Final = "登录等得太久，或验证码错得太多。请重新输入密码。"


class _Enters(Protocol):
    def __call__(self, request: Request, account: Account, wanted: str) -> Response: ...


class _ReadsForm(Protocol):
    async def __call__(self, request: Request) -> FormData: ...


class _Refuses(Protocol):
    def __call__(self, wanted: str, problem: str) -> HTMLResponse: ...


def add_second_step(
    app: FastAPI,
    office: DeskContext,
    *,
    form_of: _ReadsForm,
    enter: _Enters,
    refuse: _Refuses,
) -> None:
    """`form_of`: the form of a person who is not signed in yet. `enter`: signs in who is proved.
    `refuse`: the page of the password, with what went wrong."""

    @app.get(CODE)
    def nothing_here() -> Response:
        return RedirectResponse(SIGN_IN, 303)

    @app.post(CODE)
    async def code(request: Request) -> Response:
        form = await form_of(request)
        return await run_in_threadpool(_prove, office, request, form, enter, refuse)

    _add_own_pages(app, office)


def code_page(office: DeskContext, word: str, problem: str = "", status: int = 200) -> HTMLResponse:
    """Asks for the code. `word`: of the half that is done."""
    return render(
        "code.html",
        Frame(office.clock(), "login", demo=office.demo, place=office.card.place),
        status,
        word=word,
        problem=problem,
    )


def _prove(
    office: DeskContext, request: Request, form: FormData, enter: _Enters, refuse: _Refuses
) -> Response:
    halves, word = office.get(HalfSignedIn), str(form.get("step", ""))
    half = halves.find(word)
    account = office.get(Accounts).usable(half.account) if half else None
    if half is None or account is None:
        return refuse("/", _AGAIN)
    try:
        right = _code_is_right(office, request, half.account, form)
    except SignInRefused as refused:
        return code_page(office, word, str(refused), 401)
    if right:
        halves.end(word)
        return enter(request, account, half.wanted)
    halves.wrong_code(word)
    office.trail.record(
        office.clock(),
        account.id,
        AuditAction.SIGN_IN_REFUSED,
        detail="验证码不对",
        address=address_of(request),
    )
    if halves.find(word) is None:
        return refuse(half.wanted, _AGAIN)
    return code_page(office, word, _WRONG, 401)


def _code_is_right(office: DeskContext, request: Request, account: str, form: FormData) -> bool:
    """Counted like passwords, and apart from them: who guesses, at either, keeps nobody out who
    comes with a known browser. Raises `SignInRefused`."""
    guard = office.get(Accounts).guard
    device = cookie_of(request, device_cookie(office))
    attempt = guard.attempt(account, address_of(request), device, code=True)
    right = office.get(SecondFactor).right(account, str(form.get("code", "")))
    if right:
        guard.right(attempt)
    return right


class _OwnPage:
    """What the page and its buttons share."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office

    def shown(
        self,
        request: Request,
        status: int = 200,
        problem: str = "",
        codes: tuple[str, ...] = (),
    ) -> HTMLResponse:
        """`codes`: new recovery codes, shown this once."""
        office, person = self._office, person_of(request)
        factor = office.get(SecondFactor)
        secret = factor.waiting(person.account.id)
        issuer = f"回音 {office.card.place}".strip()
        with page_context(office, request, "account") as (_store, around, _now):
            pass
        return render(
            "second_factor.html",
            around,
            status,
            account=person.account,
            required=person.must_add_second,
            on=factor.has(person.account.id),
            left=factor.left(person.account.id),
            most=RECOVERY_CODES,
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            picture=_picture(authenticator_uri(secret, person.account.id, issuer))
            if secret
            else "",
            codes=codes,
            problem=problem,
        )


def _picture(uri: str) -> Markup:
    """As SVG within the page. Safe: segno draws it, and the text in it is drawn, not written."""
    drawn = segno.make(uri, error="m", micro=False).svg_inline(scale=5, border=4, light="white")
    return Markup(drawn)  # noqa: S704


def _add_own_pages(app: FastAPI, office: DeskContext) -> None:
    page = _OwnPage(office)
    factor = office.get(SecondFactor)

    @app.get(SECOND_STEP)
    def second_factor_page(request: Request) -> HTMLResponse:
        return page.shown(request)

    @app.post(f"{SECOND_STEP}/begin")
    def begin(request: Request, form: Form) -> Response:
        """With the password once more: an open browser that its owner left is no proof."""
        account = person_of(request).account
        try:
            office.get(Accounts).verify(
                account.id,
                str(form.get("password", "")),
                address_of(request),
                cookie_of(request, device_cookie(office)),
            )
            factor.begin(account.id)
        except (SignInRefused, SecondFactorError) as problem:
            return page.shown(request, 400, str(problem))
        return RedirectResponse(SECOND_STEP, 303)

    @app.post(f"{SECOND_STEP}/confirm")
    def confirm(request: Request, form: Form) -> Response:
        account = person_of(request).account
        try:
            codes = factor.confirm(account.id, str(form.get("code", "")))
        except SecondFactorError as problem:
            return page.shown(request, 400, str(problem))
        office.get(Sessions).end_others(account.id, cookie_of(request, cookie_name(office)))
        note(office, request, AuditAction.ACCOUNT, account.id, "启用两步验证")
        return page.shown(request, codes=codes)

    @app.post(f"{SECOND_STEP}/codes")
    def renew(request: Request, form: Form) -> Response:
        account = person_of(request).account
        if problem := _refused(request, form, account):
            return page.shown(request, 400, problem)
        note(office, request, AuditAction.ACCOUNT, account.id, "重新生成备用码")
        return page.shown(request, codes=factor.renew_recovery(account.id))

    @app.post(f"{SECOND_STEP}/off")
    def turn_off(request: Request, form: Form) -> Response:
        account = person_of(request).account
        if problem := _refused(request, form, account):
            return page.shown(request, 400, problem)
        factor.remove(account.id)
        note(office, request, AuditAction.ACCOUNT, account.id, "停用两步验证")
        return RedirectResponse(SECOND_STEP, 303)

    def _refused(request: Request, form: FormData, account: Account) -> str:
        """What is wrong with the code of the form; "" for nothing."""
        try:
            right = _code_is_right(office, request, account.id, form)
        except SignInRefused as refused:
            return str(refused)
        return "" if right else _WRONG
