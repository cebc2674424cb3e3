"""Cases: find them, read one, read what happened to it, do something to it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import FastAPI, Header, Query, Request
from fastapi.responses import FileResponse, Response
from msgspec.structs import fields

from cases.life.available_actions import available_actions
from cases.life.handling import COMMANDS
from cases.privacy.visibility import Sight, sight_of
from cases.record.case import Case
from cases.record.commands import AnyCommand, Command
from desk.actions.menu import WORDS
from desk.api.answers import (
    ActionDone,
    CaseAnswer,
    CasePage,
    Files,
    History,
    Me,
    Possible,
    PossibleActions,
)
from desk.api.describe import operation, problems, said
from desk.api.errors import ApiError, Detail
from desk.api.filtering import filter_of, parameters, query_of
from desk.api.guard import RawBody, read_body
from desk.api.paging import MOST, next_cursor, paged, read_cursor
from desk.api.views import case_answer, case_item, happened, visible
from desk.files.attachments import file_lines, find_file, send_file
from desk.files.uploads import MediaType
from desk.ground.audit_log import AuditAction
from desk.ground.context import DeskContext
from desk.ground.sight import NoReason, NotForYou, Unmasking, find_case, only_seen
from desk.http.authentication import address_of, person_of
from desk.http.form_input import note
from desk.http.unmasking import GRANT
from sinks.ledger.base import Page

TAG: Final = "事项"
_LONGEST_KEY: Final = 64

Limit = Annotated[int, Query(ge=1, le=MOST, description="一页最多几件")]


Reason = Annotated[
    str,
    Query(
        description="为什么要看个人信息；写了才显示，并记入操作日志", min_length=2, max_length=200
    ),
]


def add_cases(api: FastAPI, office: DeskContext) -> None:  # noqa: PLR0915  (a route each)
    @api.get("/me", **operation(Me, "我是谁，能做什么", tag=TAG))
    def me(request: Request) -> Response:
        person = person_of(request)
        return said(
            Me(
                account=person.account.id,
                name=person.account.name,
                role=person.role,
                unit=person.unit,
                commands=tuple(
                    name for name in COMMANDS if office.rules.handling.allows(person.actor, name)
                ),
            )
        )

    @api.get("/cases", **operation(CasePage, "检索事项", tag=TAG, parameters=parameters()))
    def cases(request: Request, limit: Limit = 50, cursor: str = "") -> Response:
        person, now = person_of(request), office.clock()
        wanted = filter_of(request, "limit", "cursor")
        at = read_cursor(cursor, wanted, now)
        query = query_of(wanted, request, office)
        page = Page(0, ())
        if query is not None:
            with office.readers.reader() as store:
                page = store.ledger.search(paged(query, at, limit))
        shown = only_seen(page.cases, person.actor)
        return said(
            CasePage(
                total=page.total,
                exact=page.exact,
                items=tuple(case_item(one, office, now, person.actor) for one in shown),
                next=next_cursor(at, len(page.cases), page.total),
            )
        )

    @api.get("/cases/{case_id:coded}", **operation(CaseAnswer, "一件事项", tag=TAG, errors=(404,)))
    def one_case(request: Request, case_id: str, reason: Reason = "") -> Response:
        person = person_of(request)
        case = _load(office, request, case_id)
        _note_token(office, request, case)
        unmasked = bool(_unmask(office, request, case, reason))
        answer = case_answer(case, person, office, office.clock(), unmasked=unmasked)
        return said(answer, headers={"etag": f'"{case.seq}"'})

    @api.get(
        "/cases/{case_id:coded}/history",
        **operation(History, "办理过程，先发生的在前", tag=TAG, errors=(404,)),
    )
    def history(
        request: Request,
        case_id: str,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Limit = 100,
        reason: Reason = "",
    ) -> Response:
        case = _load(office, request, case_id)
        _note_token(office, request, case)
        unmasked = bool(_unmask(office, request, case, reason))
        events = visible(case, case_id, person_of(request), unmasked=unmasked).history
        rest = events[after:]
        return said(
            History(
                total=len(events),
                items=happened(rest[:limit], office, office.clock()),
                next=after + limit if len(rest) > limit else None,
            )
        )

    @api.get(
        "/cases/{case_id:coded}/files",
        **operation(Files, "附件：来源的和值班台添加的", tag=TAG, errors=(404,)),
    )
    def files(request: Request, case_id: str, reason: Reason = "") -> Response:
        person, case = person_of(request), _load(office, request, case_id)
        _note_token(office, request, case)
        grant = _unmask(office, request, case, reason)
        return said(Files(items=file_lines(case, office, person, grant=grant)))

    @api.get(
        "/files/{sha}",
        summary="一个文件",
        tags=[TAG],
        response_class=FileResponse,
        responses={
            200: {"description": "好", "content": {one.value: {} for one in MediaType}},
            **problems(401, 403, 404, 429, 503),
        },
    )
    def one_file(request: Request, sha: str, reason: Reason = "") -> Response:
        found = find_file(office, request, sha)
        grant = request.query_params.get(GRANT, "")
        granted = office.get(Unmasking).granted(grant, found.case, person_of(request).actor)
        if not granted and not _unmask(office, request, found.case, reason, files=True):
            raise ApiError(403, "附件里可能有个人信息，请带 reason 说明为什么需要打开。")
        return send_file(office, request, found, sha)

    @api.get(
        "/cases/{case_id:coded}/actions",
        **operation(PossibleActions, "我现在能对它做什么", tag=TAG, errors=(404,)),
    )
    def possible(request: Request, case_id: str) -> Response:
        person, case = person_of(request), _load(office, request, case_id)
        found = available_actions(case, person.actor, office.clock(), office.rules)
        return said(
            PossibleActions(
                case_id=case_id,
                seq=case.seq,
                actions=tuple(
                    Possible(
                        do=name,
                        word=WORDS[name],
                        possible=one.possible,
                        reason=one.why_not,
                    )
                    for name, one in found.items()
                ),
            )
        )

    @api.post(
        "/cases/{case_id:coded}/actions",
        **operation(ActionDone, "办理", tag=TAG, takes=AnyCommand, errors=(404, 409)),
    )
    def act(
        request: Request,
        case_id: str,
        body: RawBody,
        idempotency_key: Annotated[
            str, Header(description="同一个键再次提交只办理一次", max_length=_LONGEST_KEY)
        ] = "",
        if_match: Annotated[
            str, Header(description="读取时的版本号（ETag）；别人办理过则答 409")
        ] = "",
    ) -> Response:
        person = person_of(request)
        command = read_command(body)
        name = str(command.__struct_config__.tag)
        now = office.clock()
        if not office.rules.handling.allows(person.actor, name):
            note(office, request, AuditAction.REFUSED, case_id[:200], name)
            word = WORDS[name]
            raise ApiError(403, f"您的角色（{person.role}）不能做“{word}”（{name}）。")
        done = office.acts.submit(
            person.actor,
            case_id,
            command,
            action_id=idempotency_key,
            seen=_version(if_match),
        )
        now = office.clock()
        seqs = {one.seq for one in done.events}
        # Handing a case back may take it out of one's sight.
        still = sight_of(done.case, person.actor) is not Sight.NOTHING
        history = visible(done.case, case_id, person).history if still else ()
        return said(
            ActionDone(
                case_id=case_id,
                seq=done.case.seq,
                events=happened([one for one in history if one.seq in seqs], office, now),
                summary=case_item(done.case, office, now, person.actor) if still else None,
            ),
            headers={"etag": f'"{done.case.seq}"'},
        )


def _load(office: DeskContext, request: Request, case_id: str) -> Case:
    """Raises `NoSuchCase`, also where it is none of this person's business."""
    with office.readers.reader() as store:
        return find_case(store.ledger, case_id, person_of(request).actor)


def _note_token(office: DeskContext, request: Request, case: Case) -> None:
    """A program that reads a confidential case is on record under the names of whose token
    it is, who asked for the token and who agreed."""
    person = person_of(request)
    if person.token is None or not case.confidential:
        return
    if sight_of(case, person.actor) is Sight.NOTHING:
        return
    note(office, request, AuditAction.TOKEN, case.case_id, "读取保密件")


def _unmask(
    office: DeskContext, request: Request, case: Case, reason: str, *, files: bool = False
) -> str:
    """A grant, where a reason is given; that it was asked for, and why, is noted. Raises
    `ApiError`."""
    if not reason.strip():
        return ""
    person = person_of(request)
    try:
        return office.get(Unmasking).ask(
            case,
            person.actor,
            reason,
            office.clock(),
            address_of(request),
            files=files,
            through=person.through,
        )
    except NotForYou as refusal:
        raise ApiError(403, f"{refusal}请不要带 reason。") from None
    except NoReason as problem:
        raise ApiError(400, str(problem)) from None


def read_command(data: bytes) -> AnyCommand:
    """Raises `ApiError` 400, also for a field that the command does not have: a slip
    of the pen must not pass for a wish."""
    raw = read_body(data, dict[str, object])
    kind: type[Command] | None = COMMANDS.get(str(raw.get("do", "")))
    if kind is None:
        raise ApiError(
            400,
            f"do 应为动作的名称，实际是“{str(raw.get('do', ''))[:40]}”。",
            details=[Detail(where="$.do", text=f"可用的有：{'、'.join(COMMANDS)}")],
        )
    known = {field.encode_name for field in fields(kind)}
    if strange := sorted(raw.keys() - known - {"do"}):
        raise ApiError(
            400,
            f"动作 {raw['do']} 没有“{strange[0][:40]}”这一项。",
            details=[Detail(where=f"$.{one[:40]}", text="没有这一项") for one in strange],
        )
    command: AnyCommand = read_body(data, kind)  # type: ignore[assignment]
    return command


def _version(text: str) -> int | None:
    if text in ("", "*"):
        return None
    digits = text.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise ApiError(400, f'If-Match 应为读取时的 ETag，如 "12"，实际是“{text[:40]}”。')
    return int(digits)
