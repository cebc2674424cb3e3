"""Who asks is known before a route is looked for: a person by the session's cookie, a machine by
its token. What changes something comes from our own pages, or is refused."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk.accounts.accounts import Account, Accounts
from desk.accounts.second_factor import SecondFactor
from desk.accounts.sessions import Sessions, Way, csrf_token
from desk.accounts.single import account_for
from desk.accounts.tokens import Scope as TokenScope
from desk.accounts.tokens import Tokens
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.http.authentication import (
    LONGEST_PATH,
    PASSWORD,
    SECOND_STEP,
    SIGN_IN,
    SIGN_OUT,
    Person,
    cookie_name,
    from_here,
    is_open,
    local_path,
    set_cookie,
)
from desk.http.cookies import cookie_of
from desk.http.proxy import Proxies
from desk.http.token_reads import TokenReads

SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))


class _Found(Struct, frozen=True):
    """Who a request belongs to, or what it is answered."""

    person: Person | None = None
    word: str = ""
    """Of a session that begins with this request."""
    answer: Response | None = None


class SignedIn:
    """Puts the person into `request.state.person`, or answers instead."""

    def __init__(self, app: ASGIApp, office: DeskContext) -> None:
        self._app = app
        self._office = office
        self._proxies = Proxies(office.settings.sign_on)
        self._reads = TokenReads(office)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            # There are none; one that is added has to think of who asks.
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
        found = await run_in_threadpool(self._who, connection, scope["method"], address, user)
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
            return _Found(self._person(account, word, session.way))
        account = self._vouched_for(user)
        if account is None:
            return _Found(answer=_stranger(path))
        if session is not None and session.account.lower() == account.id.lower():
            return _Found(self._person(account, word, session.way))
        if word:
            self._office.get(Sessions).end(word)  # the gateway has another person now
        if method not in SAFE:
            return _Found()  # no page of this session can have sent it
        word = self._office.get(Sessions).begin(account.id, address, Way.PROXY)
        self._office.trail.record(
            self._office.clock(), account.id, AuditAction.SIGN_IN, detail=Way.PROXY, address=address
        )
        return _Found(self._person(account, word, Way.PROXY), word)

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
                return _error(403, "password", "请先在网页上修改密码。")
            return RedirectResponse(PASSWORD, 303)
        own = path in (PASSWORD, SIGN_OUT) or path.startswith(SECOND_STEP)
        if person.must_add_second and not own:
            if api:
                return _error(403, "second_factor", "您的角色要先在网页上启用两步验证。")
            return RedirectResponse(SECOND_STEP, 303)
        return None

    def _person(self, account: Account, word: str, way: Way) -> Person:
        by_password = way is Way.PASSWORD
        needs = by_password and account.role in self._office.card.second_factor
        return Person(
            account=account,
            csrf=csrf_token(word),
            must_change=(account.must_change or account.password_over) and by_password,
            must_add_second=needs and not self._office.get(SecondFactor).has(account.id),
        )

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


def _stranger(path: str) -> Response:
    text = "统一身份认证已识别您，但您在本系统里没有可用的账号。请联系本系统的管理员添加。"
    if path.startswith("/api/"):
        return _error(403, "no_account", text)
    return Response(text, 403, media_type="text/plain; charset=utf-8")


def _error(status: int, code: str, text: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": text}}, status)


def _address(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    there = quote(scope["path"]) + (f"?{query}" if query else "")
    return there if len(there) <= LONGEST_PATH else "/"


def _came_from(headers: Headers) -> str:
    """The page whose form was sent when the session had ended: the place to go on."""
    try:
        parts = urlsplit(headers.get("referer", ""))
    except ValueError:
        return "/"
    if parts.netloc != headers.get("host"):
        return "/"
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))
