"""Who asks: every request but a few belongs to a person, or is sent to sign in.

A cookie proves a person, a token a machine. A request that changes something and
comes with a cookie must come from our own pages: the browser says where it comes
from (`Sec-Fetch-Site`, `Origin`), and the form carries the session's token.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from msgspec import Struct
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response

from cases.words.actors import Actor, Role
from desk.accounts.accounts import Account
from desk.accounts.tokens import Token
from desk.ground.context import DeskContext
from desk.ground.doer import Doer

SIGN_IN: Final = "/login"
PASSWORD: Final = "/password"  # noqa: S105  (a page)
SIGN_OUT: Final = "/logout"
SECOND_STEP: Final = "/account/second-factor"
OPEN: Final = (SIGN_IN, "/login/", "/setup/first", "/static/", "/healthz", "/push/", "/open311/")
"""Asked for by people who are not signed in yet, or by machines with proofs of their own."""
MOST_FORM_BYTES: Final = 1 << 20
LONGEST_PATH: Final = 2000


class Person(Struct, frozen=True, kw_only=True):
    """A person who is signed in, for one request."""

    account: Account
    csrf: str = ""
    """What the forms carry; "" for a machine with a token."""
    machine: bool = False
    must_change: bool = False
    """Signed in with a password that another person set."""
    must_add_second: bool = False
    """Signed in with a password, in a role that needs a second step, and has none yet."""
    token: Token | None = None
    """What a machine came with."""

    @property
    def through(self) -> str:
        """For the trail: through whose token, "" for a browser."""
        return f"（{self.token.people}）" if self.token else ""

    @property
    def actor(self) -> Actor:
        return self.account.actor

    @property
    def role(self) -> Role:
        return self.account.role

    @property
    def unit(self) -> str:
        return self.account.unit


def cookie_name(office: DeskContext) -> str:
    # With the prefix a browser takes the cookie from this very host and through TLS only.
    return "__Host-huiyin" if office.secure else "huiyin"


def device_cookie(office: DeskContext) -> str:
    """Of the long-lived cookie that tells a browser which has signed in before."""
    return f"{cookie_name(office)}-device"


def set_cookie(answer: Response, office: DeskContext, word: str) -> None:
    answer.set_cookie(
        cookie_name(office), word, path="/", httponly=True, samesite="lax", secure=office.secure
    )


def drop_cookie(answer: Response, office: DeskContext) -> None:
    answer.delete_cookie(
        cookie_name(office), path="/", httponly=True, samesite="lax", secure=office.secure
    )


def is_open(path: str) -> bool:
    """Whether nobody has to be signed in for it."""
    return any(path == each or (each[-1] == "/" and path.startswith(each)) for each in OPEN)


def from_here(headers: Headers, public_url: str) -> bool:
    """Whether the browser says that our own page sent this. `public_url`: where people
    reach the desk, "" for the host that the request names."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # An older browser, or one that came without TLS.
    origin = headers.get("origin", "")
    if public_url and origin == public_url:
        return True
    secure = urlsplit(public_url).scheme == "https"
    host = headers.get("host", "")
    return bool(host) and origin in ((f"https://{host}",) if secure else _both(host))


def _both(host: str) -> tuple[str, str]:
    return f"http://{host}", f"https://{host}"


def person_of(request: Request) -> Person:
    """For routes: who asks."""
    person: Person = request.state.person
    return person


def doer_of(request: Request) -> Doer:
    """For services: who does it, from where and through whose token."""
    person = person_of(request)
    return Doer(actor=person.actor, address=address_of(request), through=person.through)


def only(request: Request, *roles: Role) -> Person:
    """Who asks, with one of these roles. Raises `HTTPException` 403."""
    person = person_of(request)
    if person.role not in roles:
        raise HTTPException(403, "您的角色不能打开这个页面。如需要，请联系管理员。")
    return person


async def posted(request: Request) -> FormData:
    """The form of a POST, whose token was checked. For `Depends`.

    Raises `HTTPException` 403 for a wrong token, 413 for more than `MOST_FORM_BYTES`."""
    check_length(request, MOST_FORM_BYTES)
    form = await request.form(max_files=0, max_fields=500, max_part_size=MOST_FORM_BYTES)
    check_token(request, str(form.get("csrf", "")))
    return form


def posted_file(most: int, *roles: Role) -> Callable[[Request], AsyncIterator[FormData]]:
    """A form with one file, whose token was checked. For `Depends`. Raises `HTTPException` 403,
    for another role before anything is read, and 413 for more than `most` bytes."""

    async def form(request: Request) -> AsyncIterator[FormData]:
        only(request, *roles)
        check_length(request, most, f"文件最大 {most >> 20} MB，请分成几个再传。")
        async with request.form(max_files=1, max_fields=20) as found:
            check_token(request, str(found.get("csrf", "")))
            yield found

    return form


def check_length(request: Request, most: int, said: str = "提交的内容太大。") -> None:
    """Raises `HTTPException` 413 for a body that is longer, or does not say how long."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and int(length) <= most):
        raise HTTPException(413, said)


def check_token(request: Request, given: str) -> None:
    """Raises `HTTPException` 403."""
    person = person_of(request)
    if person.machine:
        return
    given = given or request.headers.get("x-csrf-token", "")
    same = hmac.compare_digest(person.csrf.encode(), given.encode("utf-8", "surrogatepass"))
    if not (person.csrf and same):
        raise HTTPException(403, "页面已过期，请返回刷新后再提交。")


def local_path(wanted: str) -> str:
    """Where to go after signing in: a path of our own, whatever the address says."""
    if not wanted.startswith("/") or wanted[1:2] in ("/", "\\") or len(wanted) > LONGEST_PATH:
        return "/"
    return wanted if wanted.isprintable() and "\\" not in wanted else "/"


def address_of(request: Request) -> str:
    """The address a request comes from, seen through our own reverse proxies."""
    address: str = request.state.address
    return address
