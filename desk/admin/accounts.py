"""账号: who may use the desk, as what."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from cases.words.actors import Role
from desk.accounts.accounts import ROLES, Account, AccountError, Accounts, plain_id
from desk.accounts.changes import Changes
from desk.accounts.second_factor import SecondFactor
from desk.accounts.sessions import Sessions
from desk.accounts.switches import Switches
from desk.accounts.wishes import AddAccount, Asked, ChangeAccount, ResetPassword, Wish
from desk.admin.area import ADMIN, Posted, back, show, show_as
from desk.ground.context import DeskContext
from desk.ground.doer import Doer
from desk.ground.passwords import Busy
from desk.http.authentication import address_of, doer_of, only, person_of
from desk.notices.leaves import leave_words
from desk.phrasing.vocabulary import ROLES as ROLE_WORDS

_HREF = "/admin/accounts"
_DONE = {
    "asked": "已提出。要由另一位管理员、值班台或领导在“我的账号”里确认后生效，"
    "新密码只给确认的人看，由那个人交给本人。",
    "changed": "已保存。",
    "disabled": "已停用，登录中的会话已全部退出。",
    "enabled": "已恢复。",
    "unlocked": "已解锁。",
    "dropped": "已解除两步验证，请本人登录后重新启用。",
    "ended": "登录中的会话已全部退出。",
}


class _Pages:
    """What the pages and their buttons share."""

    def __init__(self, office: DeskContext) -> None:
        self._office = office

    def listed(self, request: Request, status: int = 200, **more: object) -> HTMLResponse:
        only(request, *ADMIN)
        done = _DONE.get(request.query_params.get("done", ""), "")
        values: dict[str, object] = {"problem": "", "typed": {}, "made": None, "word": ""}
        values["done"] = done
        accounts = self._office.get(Accounts).all()
        shown = self._choices() | values | more
        return show(self._office, request, "accounts", status, accounts=accounts, **shown)

    def detailed(
        self,
        request: Request,
        account: Account,
        status: int = 200,
        problem: str = "",
        word: str = "",
    ) -> HTMLResponse:
        return show_as(
            self._office,
            request,
            "accounts",
            "admin_account.html",
            status,
            account=account,
            own=_own(request, account),
            sessions=self._office.get(Sessions).of(account.id),
            second=self._office.get(SecondFactor).has(account.id),
            tried=self._office.get(Accounts).guard.tried(account.id),
            devices=self._office.get(Accounts).devices.count(account.id),
            done=_DONE.get(request.query_params.get("done", ""), ""),
            problem=problem,
            word=word,
            leave=leave_words(self._office, account.id),
            **self._choices(),
        )

    def _choices(self) -> dict[str, object]:
        return {
            "register": self._office.register,
            "units": self._office.unit_groups(),
            "roles": [(role.value, ROLE_WORDS[role]) for role in ROLES],
            "role_words": ROLE_WORDS,
        }

    def one(self, request: Request, account_id: str) -> Account:
        """Raises `HTTPException` 403 and 404."""
        only(request, *ADMIN)
        found = self._office.get(Accounts).get(account_id)
        if found is None:
            raise HTTPException(404, "没有这个账号。")
        return found

    def switched(
        self, request: Request, account_id: str, word: str, act: Callable[[Doer, str], None]
    ) -> Response:
        """Does it and shows the account again."""
        account = self.one(request, account_id)
        try:
            act(doer_of(request), account.id)
        except AccountError as problem:
            return self.detailed(request, account, 400, str(problem))
        return back(f"{_HREF}/{account.id}?done={word}")

    def add(self, request: Request, form: FormData) -> Response:
        person = only(request, *ADMIN)
        account_id = plain_id(str(form.get("id", "")))
        try:
            wanted = _read(form, self._office, account_id)
            # What a sample account makes is of no more use than itself.
            wish = AddAccount(
                account=wanted.id,
                name=wanted.name,
                role=wanted.role,
                unit=wanted.unit,
                demo=person.account.demo,
                with_password=not form.get("no_password"),
            )
            done = self._office.get(Changes).ask(person.account, wish, address_of(request))
        except AccountError as problem:
            return self.listed(request, 400, problem=str(problem), typed=dict(form))
        except Busy:
            return self.listed(request, 503, problem=_BUSY, typed=dict(form))
        if isinstance(done, Asked):
            return back(f"{_HREF}?done=asked")
        made = self._office.get(Accounts).get(wish.account)
        return self.listed(request, made=made, word=done.secret)

    def asked(self, request: Request, account_id: str, wish: Wish, word: str) -> Response:
        """A change that may need a second person; shows the account again."""
        account, person = self.one(request, account_id), person_of(request)
        try:
            done = self._office.get(Changes).ask(person.account, wish, address_of(request))
        except AccountError as problem:
            return self.detailed(request, account, 400, str(problem))
        except Busy:
            return self.detailed(request, account, 503, _BUSY)
        if isinstance(done, Asked):
            return back(f"{_HREF}/{account.id}?done=asked")
        if done.secret:
            return self.detailed(request, self.one(request, account_id), word=done.secret)
        return back(f"{_HREF}/{account.id}?done={word}")


def add_accounts(app: FastAPI, office: DeskContext) -> None:
    pages = _Pages(office)

    @app.get(_HREF)
    def list_page(request: Request) -> HTMLResponse:
        return pages.listed(request)

    @app.post(_HREF)
    def add(request: Request, form: Posted) -> Response:
        return pages.add(request, form)

    @app.get(_HREF + "/{account_id}")
    def account_page(request: Request, account_id: str) -> HTMLResponse:
        return pages.detailed(request, pages.one(request, account_id))

    @app.post(_HREF + "/{account_id}")
    def change(request: Request, account_id: str, form: Posted) -> Response:
        account = pages.one(request, account_id)
        try:
            new = _read(form, office, account.id)
        except AccountError as problem:
            return pages.detailed(request, account, 400, str(problem))
        wish = ChangeAccount(account=account.id, name=new.name, role=new.role, unit=new.unit)
        return pages.asked(request, account_id, wish, "changed")

    @app.post(_HREF + "/{account_id}/password")
    def reset(request: Request, account_id: str, _form: Posted) -> Response:
        account = pages.one(request, account_id)
        return pages.asked(request, account_id, ResetPassword(account=account.id), "")

    _add_switches(app, office, pages)


def _add_switches(app: FastAPI, office: DeskContext, pages: _Pages) -> None:
    switches = office.get(Switches)

    @app.post(_HREF + "/{account_id}/disable")
    def disable(request: Request, account_id: str, _form: Posted) -> Response:
        return pages.switched(request, account_id, "disabled", switches.disable)

    @app.post(_HREF + "/{account_id}/enable")
    def enable(request: Request, account_id: str, _form: Posted) -> Response:
        return pages.switched(request, account_id, "enabled", switches.enable)

    @app.post(_HREF + "/{account_id}/unlock")
    def unlock(request: Request, account_id: str, _form: Posted) -> Response:
        return pages.switched(request, account_id, "unlocked", switches.unlock)

    @app.post(_HREF + "/{account_id}/end")
    def end(request: Request, account_id: str, _form: Posted) -> Response:
        return pages.switched(request, account_id, "ended", switches.end_sessions)

    @app.post(_HREF + "/{account_id}/drop-second-factor")
    def drop(request: Request, account_id: str, _form: Posted) -> Response:
        return pages.switched(request, account_id, "dropped", switches.drop_second_factor)


_BUSY = "现在登录的人太多，没有保存。请稍等片刻再试。"


def _own(request: Request, account: Account) -> bool:
    return person_of(request).account.id == account.id


def _read(form: FormData, office: DeskContext, account_id: str) -> Account:
    """The account that a form describes. Raises `AccountError`."""
    role, unit = str(form.get("role", "")), str(form.get("unit", ""))
    if role not in ROLES:
        raise AccountError("请选择角色。")
    if unit and unit not in office.register:
        raise AccountError("单位表里没有这个单位，请从列表里选。")
    return Account(
        id=account_id,
        name=str(form.get("name", "")).strip(),
        role=Role(role),
        unit=unit,
        created=office.clock(),
    )
