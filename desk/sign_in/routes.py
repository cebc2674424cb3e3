"""Signing in and out, and one's own password."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from desk.accounts.accounts import (
    LONGEST,
    ROLES,
    SHORTEST,
    Account,
    AccountError,
    Accounts,
    SignInRefused,
    plain_id,
)
from desk.accounts.devices import LASTS as DEVICE_LASTS
from desk.accounts.guard import network
from desk.accounts.half_signed_in import HalfSignedIn
from desk.accounts.second_factor import SecondFactor
from desk.accounts.sessions import Sessions, Way
from desk.demo.accounts import DEMO_PASSWORD
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.passwords import Busy, normal
from desk.http.authentication import (
    PASSWORD,
    SIGN_IN,
    SIGN_OUT,
    address_of,
    check_length,
    cookie_name,
    device_cookie,
    drop_cookie,
    from_here,
    local_path,
    person_of,
    posted,
    set_cookie,
)
from desk.http.cookies import cookie_of
from desk.http.form_input import note
from desk.http.pages import Frame, render
from desk.sign_in.second_step import add_second_step, code_page
from desk.sign_in.single_sign_on import OIDC_START, add_single_sign_on

_MOST_BYTES = 16 << 10
_NOBODY = "（没有这个账号）"
Form = Annotated[FormData, Depends(posted)]


def add_login(app: FastAPI, office: DeskContext) -> None:
    @app.get(SIGN_IN)
    def sign_in_page(request: Request) -> HTMLResponse:
        return _login_page(office, local_path(request.query_params.get("next", "/")))

    @app.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        form = await _sign_in_form(request, office.settings.public_url)
        return await run_in_threadpool(_sign_in, office, request, form)

    @app.post(SIGN_OUT)
    def sign_out(request: Request, _form: Form) -> Response:
        office.get(Sessions).end(cookie_of(request, cookie_name(office)))
        note(office, request, AuditAction.SIGN_OUT)
        answer = RedirectResponse(SIGN_IN, 303)
        drop_cookie(answer, office)
        return answer

    @app.get(PASSWORD)
    def password_page(request: Request) -> HTMLResponse:
        return _password_page(office, request)

    @app.post(PASSWORD)
    def change_password(request: Request, form: Form) -> Response:
        person, address = person_of(request), address_of(request)
        old, new = str(form.get("old", "")), str(form.get("new", ""))
        try:
            office.get(Accounts).verify(
                person.account.id, old, address, cookie_of(request, device_cookie(office))
            )
            _check_again(old, new, str(form.get("again", "")))
            office.get(Accounts).set_password(person.account.id, new, must_change=False)
        except Busy:
            return _password_page(office, request, "现在登录的人太多，请稍等片刻再试。", 503)
        except (AccountError, SignInRefused) as problem:
            return _password_page(office, request, str(problem), 400)
        note(office, request, AuditAction.PASSWORD)
        answer = RedirectResponse("/", 303)
        set_cookie(answer, office, office.get(Sessions).begin(person.account.id, address))
        _remember_device(office, request, person.account.id, answer)
        return answer

    add_second_step(
        app,
        office,
        form_of=partial(_sign_in_form, public_url=office.settings.public_url),
        enter=partial(_enter_with_password, office),
        refuse=lambda wanted, problem: _login_page(office, wanted, problem, status=401),
    )
    add_single_sign_on(
        app,
        office,
        lambda request, account, wanted: enter(office, request, account, Way.OIDC, wanted),
        lambda wanted, problem: _login_page(office, wanted, problem, status=401),
    )


async def _sign_in_form(request: Request, public_url: str) -> FormData:
    """Nobody is signed in yet, so there is no token. A page elsewhere that signs a visitor
    in under another's account is stopped by where the browser says it comes from.

    Raises `HTTPException` 403 and 413."""
    if not from_here(request.headers, public_url):
        raise HTTPException(403, "请从本系统的登录页登录。")
    check_length(request, _MOST_BYTES)
    return await request.form(max_files=0, max_fields=10, max_part_size=_MOST_BYTES)


def _sign_in(office: DeskContext, request: Request, form: FormData) -> Response:
    address = address_of(request)
    account_id, password = plain_id(str(form.get("account", ""))), str(form.get("password", ""))
    wanted = local_path(str(form.get("next", "/")))
    try:
        account = office.get(Accounts).verify(
            account_id, password, address, cookie_of(request, device_cookie(office))
        )
    except SignInRefused as refused:
        if refused.counted:
            _note_refusal(office, account_id, address)
        return _login_page(office, wanted, str(refused), account_id[:64], 401)
    if office.get(SecondFactor).has(account.id):
        return code_page(office, office.get(HalfSignedIn).begin(account.id, wanted))
    return _enter_with_password(office, request, account, wanted)


def _enter_with_password(
    office: DeskContext, request: Request, account: Account, wanted: str
) -> Response:
    answer = enter(office, request, account, Way.PASSWORD, wanted)
    _remember_device(office, request, account.id, answer)
    return answer


def _remember_device(office: DeskContext, request: Request, account: str, answer: Response) -> None:
    """Wrong passwords from elsewhere do not keep this browser out from now on."""
    word = office.get(Accounts).devices.remember(
        account, cookie_of(request, device_cookie(office)), network(address_of(request))
    )
    answer.set_cookie(
        device_cookie(office),
        word,
        max_age=int(DEVICE_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=office.secure,
    )


def enter(
    office: DeskContext, request: Request, account: Account, way: Way, wanted: str
) -> Response:
    """Signs in a person whose identity is proved, with a new session."""
    address = address_of(request)
    before = cookie_of(request, cookie_name(office))
    if before:
        office.get(Sessions).end(before)
    word = office.get(Sessions).begin(account.id, address, way)
    office.trail.record(
        office.clock(), account.id, AuditAction.SIGN_IN, detail=way, address=address
    )
    must_change = (account.must_change or account.password_over) and way is Way.PASSWORD
    answer = RedirectResponse(PASSWORD if must_change else wanted, 303)
    set_cookie(answer, office, word)
    return answer


def _login_page(
    office: DeskContext, wanted: str, problem: str = "", account: str = "", status: int = 200
) -> HTMLResponse:
    accounts = office.get(Accounts).all()
    return render(
        "login.html",
        Frame(office.clock(), "login", demo=office.demo, place=office.card.place),
        status,
        problem=problem,
        account=account,
        wanted=wanted,
        oidc=OIDC_START if office.settings.sign_on.issuer else "",
        demo_accounts=sorted(
            (one for one in accounts if one.demo and not one.disabled and office.demo),
            # Who opens it for the first time wants to see the duty desk.
            key=lambda one: (ROLES.index(one.role), one.id),
        ),
        demo_password=DEMO_PASSWORD,
        nobody=not any(not one.disabled and (office.demo or not one.demo) for one in accounts),
    )


def _password_page(
    office: DeskContext, request: Request, problem: str = "", status: int = 200
) -> HTMLResponse:
    person = person_of(request)
    return render(
        "password.html",
        Frame(
            office.clock(),
            "password",
            person=person,
            demo=office.demo,
            place=office.card.place,
        ),
        status,
        problem=problem,
        shortest=SHORTEST,
        longest=LONGEST,
        password_days=office.card.password_days,
    )


def _check_again(old: str, new: str, again: str) -> None:
    """Raises `AccountError`."""
    if normal(new) != normal(again):
        raise AccountError("两次输入的新密码不一样。")
    if normal(new) == normal(old):
        raise AccountError("新密码不能与原密码相同。")


def _note_refusal(office: DeskContext, account_id: str, address: str) -> None:
    # A name that nobody has may be a password typed into the wrong field: it is not kept.
    known = office.get(Accounts).get(account_id)
    office.trail.record(
        office.clock(),
        known.id if known else _NOBODY,
        AuditAction.SIGN_IN_REFUSED,
        detail="密码不对或账号不可用",
        address=address,
    )
