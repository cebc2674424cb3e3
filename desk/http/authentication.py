"""Who asks: every request but a few belongs to somebody, or is sent to sign in.

A cookie proves a person, a token a machine. A request that changes something and
comes with a cookie must come from our own pages: the browser says where it comes
from (`Sec-Fetch-Site`, `Origin`), and the form carries the session's token.
"""

from __future__ import annotations

import hmac
import logging
from typing import Final
from urllib.parse import quote, urlsplit

from fastapi import Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cases.words.actors import Actor, Role
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions, Way, csrf_token
from desk.accounts.single import account_for
from desk.accounts.tokens import Scope as TokenScope
from desk.accounts.tokens import Token, Tokens
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.http.cookies import cookie_of
from desk.http.proxy import Proxies
from desk.http.token_reads import TokenReads
from huiyin.store.errors import StoreError

_log = logging.getLogger(__name__)

SIGN_IN: Final = "/login"
PASSWORD: Final = "/password"  # noqa: S105  (a page)
SIGN_OUT: Final = "/logout"
OPEN: Final = (SIGN_IN, "/login/", "/setup/first", "/static/", "/healthz", "/push/", "/open311/")
"""Asked for by people who are not signed in yet, or by machines with proofs of their own."""
SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
MOST_FORM_BYTES: Final = 1 << 20
_LONGEST_PATH: Final = 2000


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who is signed in, for one request."""

    account: Account
    csrf: str = ""
    """What his forms carry; "" for a machine with a token."""
    machine: bool = False
    must_change: bool = False
    """Signed in with a password that somebody else gave him."""
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


class _Found(Struct, frozen=True):
    """Who a request belongs to, or what it is answered."""

    person: Person | None = None
    word: str = ""
    """Of a session that begins with this request."""
    answer: Response | None = None


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


class SignedIn:
    """Puts the person into `request.state.person`, or answers in his place."""

    def __init__(self, app: ASGIApp, office: DeskContext) -> None:
        self._app = app
        self._office = office
        self._proxies = Proxies(office.settings.sign_on)
        self._reads = TokenReads(office)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # There are none; one that somebody adds has to think of who asks.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # One for the whole request: what answers a crash, outside of here, wants it too.
        state = scope.setdefault("state", {})
        scope, address, user = self._proxies.read(scope)
        state["address"] = address
        if is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            found = await run_in_threadpool(self._who, connection, scope["method"], address, user)
        except StoreError as error:
            # Outside of the pages, where nobody else would put it into words.
            _log.error("data file: %s", error)
            found = _Found(answer=_unreadable(scope["path"]))
        answer = found.answer or self._instead(scope, connection, found.person)
        if answer is not None:
            await answer(scope, receive, send)
            return
        state["person"] = found.person
        await self._app(scope, receive, self._with_cookie(send, found.word))

    def _who(
        self, connection: HTTPConnection, method: str, address: str, user: str | None
    ) -> _Found:
        word = cookie_of(connection, cookie_name(self._office))
        path: str = connection.scope["path"]
        if path.startswith("/api/") and "authorization" in connection.headers:
            found = self._machine(connection.headers["authorization"], method)
            token = found.person.token if found.person else None
            if token is not None and method in SAFE:
                self._reads.note(token, path, address)
            return found
        session = self._office.get(Sessions).find(word) if word else None
        if user is None:
            account = self._office.get(Accounts).usable(session.account) if session else None
            if session is None or account is None:
                return _Found()
            return _Found(_person(account, word, session.way))
        account = self._vouched_for(user)
        if account is None:
            return _Found(answer=_stranger(path))
        if session is not None and session.account.lower() == account.id.lower():
            return _Found(_person(account, word, session.way))
        if word:
            self._office.get(Sessions).end(word)  # the gateway has somebody else now
        if method not in SAFE:
            return _Found()  # no page of this session can have sent it
        word = self._office.get(Sessions).begin(account.id, address, Way.PROXY)
        self._office.trail.record(
            self._office.clock(), account.id, AuditAction.SIGN_IN, detail=Way.PROXY, address=address
        )
        return _Found(_person(account, word, Way.PROXY), word)

    def _vouched_for(self, user: str) -> Account | None:
        office = self._office
        return account_for(
            office.get(Accounts), office.settings.sign_on, [user], "", office.clock()
        )

    def _machine(self, header: str, method: str) -> _Found:
        """By an API token; a cookie that comes along counts for nothing."""
        kind, _, word = header.partition(" ")
        token = self._office.get(Tokens).find(word.strip()) if kind.lower() == "bearer" else None
        account = self._office.get(Accounts).usable(token.account) if token else None
        if token is None or account is None:
            answer = _error(401, "bad_token", "接口令牌无效、已过期或已吊销。请联系管理员。")
            answer.headers["www-authenticate"] = "Bearer"
            return _Found(answer=answer)
        if method not in SAFE and token.scope is not TokenScope.ACT:
            return _Found(answer=_error(403, "scope", "这个接口令牌只能读取，不能办理。"))
        return _Found(Person(account=account, machine=True, token=token))

    def _instead(
        self, scope: Scope, connection: HTTPConnection, person: Person | None
    ) -> Response | None:
        """What to answer when the request may not go on."""
        path: str = scope["path"]
        api = path.startswith("/api/")
        safe = scope["method"] in SAFE
        if person is None:
            script = "x-csrf-token" in connection.headers
            if api or (not safe and script):
                return _error(401, "sign_in", "请先登录。")
            there = _address(scope) if safe else _came_from(connection.headers)
            return RedirectResponse(f"{SIGN_IN}?next={quote(there, safe='')}", 303)
        ours = person.machine or from_here(connection.headers, self._office.settings.public_url)
        if not safe and not ours:
            return _error(403, "origin", "这个请求不是从本系统的页面发出的，已拒绝。")
        if person.must_change and path not in (PASSWORD, SIGN_OUT):
            if api:
                return _error(403, "password", "请先在网页上修改初始密码。")
            return RedirectResponse(PASSWORD, 303)
        return None

    def _with_cookie(self, send: Send, word: str) -> Send:
        if not word:
            return send
        cookie = Response()
        set_cookie(cookie, self._office, word)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie.headers["set-cookie"])
            await send(message)

        return sending


def _person(account: Account, word: str, way: Way) -> Person:
    return Person(
        account=account,
        csrf=csrf_token(word),
        must_change=account.must_change and way is Way.PASSWORD,
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


def _address(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    there = quote(scope["path"]) + (f"?{query}" if query else "")
    return there if len(there) <= _LONGEST_PATH else "/"


def _came_from(headers: Headers) -> str:
    """The page whose form was sent when the session had ended: the place to go on."""
    try:
        parts = urlsplit(headers.get("referer", ""))
    except ValueError:
        return "/"
    if parts.netloc != headers.get("host"):
        return "/"
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))


def _stranger(path: str) -> Response:
    text = "统一身份认证已识别您，但您在本系统里没有可用的账号。请联系本系统的管理员添加。"
    if path.startswith("/api/"):
        return _error(403, "no_account", text)
    return Response(text, 403, media_type="text/plain; charset=utf-8")


def _unreadable(path: str) -> Response:
    text = "暂时读不到数据，刚才的操作没有入库。请稍后再试；仍不行请联系管理员运行 huiyin doctor。"
    if path.startswith("/api/"):
        return _error(503, "unavailable", text)
    return Response(text, 503, media_type="text/plain; charset=utf-8")


def _error(status: int, code: str, text: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": text}}, status)


def person_of(request: Request) -> Person:
    """For routes: who asks."""
    person: Person = request.state.person
    return person


def doer_of(request: Request) -> Doer:
    """For services: who does it, from where and through whose token."""
    person = person_of(request)
    return Doer(actor=person.actor, address=address_of(request), through=person.through)


def only(request: Request, *roles: Role) -> Person:
    """Who asks, if he has one of the roles. Raises `HTTPException` 403."""
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


def check_length(request: Request, most: int) -> None:
    """Raises `HTTPException` 413 for a body that is longer, or does not say how long."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and int(length) <= most):
        raise HTTPException(413, "提交的内容太大。")


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
    if not wanted.startswith("/") or wanted[1:2] in ("/", "\\") or len(wanted) > _LONGEST_PATH:
        return "/"
    return wanted if wanted.isprintable() and "\\" not in wanted else "/"


def address_of(request: Request) -> str:
    """The address a request comes from, seen through our own reverse proxies."""
    address: str = request.state.address
    return address
