"""对上交换 against a stand-in of the platform that refuses, delays, repeats and lies."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.case import Case, State
from cases.record.platform import Sent, Upward
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.actions.acting import Acting
from desk.delivery.service import delivery_log
from desk.exchange.service import exchange_step, platforms
from desk.ground import wiring
from desk.ground.doer import Doer
from desk.ground.settings import Settings, SettingsError, read_settings
from sinks.delivery.base import DeliveryError, Receipt
from sinks.delivery.log import GRACE, PAUSES
from sinks.delivery.platform import message_id
from streams.embedded.runner import EmbeddedRunner
from streams.sources.push.hotline_push import HotlinePush
from streams.sources.seam.config import SourceEntry
from streams.sources.seam.secrets import Secrets
from tests.desk.case_office import CaseOffice, text_of
from tests.standins.hotline_platform import Platform, order, push

NUMBER = "260305101108115409"
CASE = f"hotline:{NUMBER}"
KEY = "exchange-key-93b1"
OFFICER = Doer(actor=Actor("lin", Role.DESK, "林某"))
TABLE = """
[platform.city]
name = "市12345平台"
sources = ["hotline"]
url = "URL"
allow_private_addresses = true
timeout_seconds = 1
headers = { Idempotency-Key = "{delivery_id}" }
sign = { secret = "EXCHANGE_KEY" }
success = { path = "code", values = ["0000"], message_path = "message", reference_path = "data.id", number_path = "data.record_number" }
[platform.city.messages.sign]
payload = { record_number = "{source_item_id}", act = "签收" }
[platform.city.messages.return]
payload = { record_number = "{source_item_id}", act = "退单", reason = "{text}" }
[platform.city.messages.extension]
payload = { record_number = "{source_item_id}", act = "延期", reason = "{text}", until = "{field:until}" }
[platform.city.messages.call_back]
payload = { record_number = "{source_item_id}", act = "回访", note3 = "{field:contacted}", note6 = "{field:resolved}", grade = "{field:grade}" }
"""
WORDS = [
    {"says": "退单审核", "path": "audit", "type": "kind", "values": ["TD"], "granted": "result",
     "text": "opinion", "number": "id"},
    {"says": "延期审核", "path": "audit", "type": "kind", "values": ["YQ"], "granted": "result",
     "text": "opinion", "number": "id", "due_at": "new_limit"},
    {"says": "督办", "path": "supervise", "text": "opinion", "number": "id", "due_at": "limit"},
    {"says": "回访", "path": "visit", "contacted": "lx", "resolved": "jj", "grade": "myd"},
]  # fmt: skip


class Under:
    """An office under a platform: its desk, the sending, and the platform's pushes."""

    def __init__(self, desk: CaseOffice, above: Platform) -> None:
        self.desk, self.above = desk, above
        self.settings = desk.office.settings
        self.step: Callable[[], bool] = exchange_step(self.settings, self._runner())
        options = {
            "auth": {"kind": "bearer", "secrets": ["TOKEN"]},
            "words": WORDS,
        }
        entry = SourceEntry(
            name="hotline",
            adapter="hotline-push",
            channel="12345热线",
            options=options,
            file="sources.toml",
        )
        self._push = HotlinePush.from_options(entry, Secrets({"TOKEN": "platform-token-1"}))

    def _runner(self) -> EmbeddedRunner:
        made = self.desk.office.acts.runner()
        assert isinstance(made, EmbeddedRunner)
        return made

    def started_anew(self) -> None:
        self.step = exchange_step(self.settings, self._runner())

    def pushes(self, **changed: object) -> dict[str, object]:
        """The platform pushes the order, or what it says of it; gives its answer."""
        body = changed if "record_number" in changed else order(NUMBER, **changed)
        answer = self._push.receive(push(body), now=self.desk.now)
        assert answer.batch is not None
        self.desk.runner.take("hotline", answer.batch)
        self.desk.runner.pump_all()
        found = json.loads(answer.body)
        assert isinstance(found, dict)
        return found

    def says(self, **words: object) -> dict[str, object]:
        return self.pushes(record_number=NUMBER, **words)

    def does(self, command: do.AnyCommand) -> None:
        self.desk.office.get(Acting).act(OFFICER, CASE, command)

    def signs(self) -> None:
        """The unit acknowledges the order."""
        unit = Doer(actor=Actor("wang", Role.RESPONDER, "王某", self.case.unit))
        self.desk.office.get(Acting).act(unit, CASE, do.Acknowledge())

    def sends(self, after: timedelta = timedelta(0)) -> Case:
        self.desk.now += after
        self.step()
        return self.case

    @property
    def case(self) -> Case:
        return self.desk.case(CASE)

    @property
    def acts(self) -> list[object]:
        """What the platform was told, in its order."""
        return [taken.json["act"] for taken in self.above.taken]


@pytest.fixture
def under(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Under]:
    config = tmp_path / "config"
    shutil.copytree(root / "config", config)
    monkeypatch.setenv("HUIYIN_SECRET_EXCHANGE_KEY", KEY)
    with Platform() as above:
        (config / "platform.toml").write_text(TABLE.replace("URL", above.url), "utf-8")
        desk = CaseOffice(tmp_path / "home", config, wiring.build_rules(_settings(config)))
        made = Under(desk, above)
        made.pushes(处理期限="2026-12-01 18:00:00", **{"受理时间 ": "2026-11-23 10:11:08"})
        yield made
        desk.close()


def _settings(config: Path) -> Settings:
    return read_settings({"HUIYIN_CONFIG": str(config)})


# -- at most once --------------------------------------------------------------


def test_it_is_signed_for_once_and_the_receipt_stands_on_the_case(under: Under) -> None:
    under.signs()
    case = under.sends()
    (message,) = case.upward
    assert (message.sent, under.acts) == (Sent.TAKEN, ["签收"])
    assert "R-77" in message.detail
    under.sends(timedelta(days=1))
    under.started_anew()
    under.sends(timedelta(days=1))
    assert under.acts == ["签收"]
    page = text_of(under.desk.person(Role.DESK).sees(CASE))
    assert "对上交换 平台已收下 签收" in page


def test_a_receipt_that_arrives_meanwhile_disturbs_nobody_who_fills_in_a_form(under: Under) -> None:
    under.signs()
    seen = under.case.seq
    under.sends()
    assert under.case.seq == seen + 1
    command = do.ReturnToPlatform(reason="属邻县")
    under.desk.office.get(Acting).act(OFFICER, CASE, command, seen=seen)
    assert [one.what for one in under.case.upward] == [Upward.SIGN, Upward.RETURN]


def test_a_request_is_signed_and_carries_the_id_of_its_message(under: Under) -> None:
    under.signs()
    under.sends()
    (taken,) = under.above.taken
    stamp = taken.headers["x-timestamp"]
    right = hmac.new(KEY.encode(), f"{stamp}.".encode() + taken.body, hashlib.sha256).hexdigest()
    assert taken.headers["x-signature"] == right
    assert taken.headers["idempotency-key"].startswith("d-")


def test_a_refusal_for_now_is_tried_again_with_growing_pauses_and_then_told(under: Under) -> None:
    under.above.behave = "503"
    under.does(do.ReturnToPlatform(reason="属邻县"))
    under.sends()
    under.sends(timedelta(seconds=30))
    assert len(under.above.taken) == 1
    for pause in PAUSES[:-1]:
        assert under.sends(pause).upward[0].sent is Sent.WAITS
    assert len(under.above.taken) == len(PAUSES)
    case = under.sends(PAUSES[-1])
    assert case.upward[0].sent is Sent.FAILED
    assert "HTTP 503" in case.upward[0].detail
    under.sends(timedelta(days=1))
    assert len(under.above.taken) == len(PAUSES) + 1
    kinds = [alert.kind for alert in under.desk.runner.store.alerts(20)]
    assert AlertKind.UPWARD_FAILED in kinds
    under.above.behave = "ok"
    under.does(do.SendUpAgain(number=1))
    assert [one.sent for one in under.sends().upward] == [Sent.FAILED, Sent.TAKEN]
    ids = [taken.headers["idempotency-key"] for taken in under.above.taken]
    assert len(set(ids)) == 2


def test_a_platform_that_delays_gets_it_once_when_it_takes_it(under: Under) -> None:
    under.above.behave = "503"
    under.signs()
    assert under.sends().upward[0].sent is Sent.WAITS
    under.above.behave = "ok"
    under.started_anew()
    assert under.sends(PAUSES[0]).upward[0].sent is Sent.TAKEN
    under.sends(timedelta(days=1))
    assert len(under.above.taken) == 2


def test_a_refusal_for_good_is_not_repeated(under: Under) -> None:
    under.above.behave = "refused"
    under.does(do.ReturnToPlatform(reason="属邻县"))
    case = under.sends()
    assert (case.upward[0].sent, case.open) == (Sent.FAILED, True)
    assert "工单已办结" in case.upward[0].detail
    under.sends(timedelta(days=1))
    assert len(under.above.taken) == 1


@pytest.mark.parametrize("lie", ["slow", "drop-after-reading", "login-page", "no-code", "half"])
def test_what_may_have_arrived_is_never_repeated_and_a_person_settles_it(
    under: Under, lie: str
) -> None:
    under.above.behave = lie
    under.does(do.ReturnToPlatform(reason="属邻县"))
    assert under.sends().upward[0].sent is Sent.UNCLEAR
    under.above.behave = "ok"
    under.sends(timedelta(days=1))
    under.started_anew()
    under.sends(timedelta(days=1))
    assert len(under.above.taken) == 1
    officer = under.desk.person(Role.DESK)._client
    page = text_of(officer.get("/exchange").text)
    assert "对上消息未送达，1 件" in page
    assert "是否送达不明 退单" in page
    typed = {
        "csrf": officer.headers["x-csrf-token"],
        "case": CASE,
        "number": "1",
        "delivered": "1",
        "proof": "平台截图 12",
    }
    assert officer.post("/exchange/settle", data=typed).status_code == 303
    assert under.sends().upward[0].sent is Sent.TAKEN
    assert officer.post("/exchange/settle", data=typed).status_code == 400
    assert len(under.above.taken) == 1


def test_settled_as_not_arrived_it_goes_again_when_a_person_says_so(under: Under) -> None:
    under.above.behave = "drop-after-reading"
    under.does(do.ReturnToPlatform(reason="属邻县"))
    under.sends()
    officer = under.desk.person(Role.DESK)._client
    typed = {
        "csrf": officer.headers["x-csrf-token"],
        "case": CASE,
        "number": "1",
        "delivered": "0",
        "proof": "平台查无",
    }
    assert officer.post("/exchange/settle", data=typed).status_code == 303
    assert under.sends().upward[0].sent is Sent.FAILED
    under.above.behave = "ok"
    under.sends(timedelta(days=1))
    assert len(under.above.taken) == 1
    under.does(do.SendUpAgain(number=1))
    under.sends()
    assert under.acts == ["退单", "退单"]


def test_an_answer_about_another_order_is_no_receipt(under: Under) -> None:
    under.above.behave = "other-number"
    under.signs()
    (message,) = under.sends().upward
    assert message.sent is Sent.UNCLEAR
    assert f"说的是工单 999，发的是 {NUMBER}" in message.detail


def test_a_platform_that_took_it_and_forgot_is_asked_again_by_a_person(under: Under) -> None:
    under.does(do.ReturnToPlatform(reason="属邻县"))
    under.sends()
    page = text_of(under.desk.person(Role.DESK)._client.get("/exchange").text)
    assert "等待平台答复，1 件" in page
    under.desk.now += timedelta(hours=25)
    under.does(do.ReturnToPlatform(reason="属邻县，再次申请"))
    under.sends()
    assert under.acts == ["退单", "退单"]


def test_a_sender_that_died_after_the_receipt_tells_it_and_sends_nothing(under: Under) -> None:
    under.signs()
    (message,) = under.case.upward
    log = delivery_log(under.settings)
    sent = message_id(CASE, message)
    attempt = log.record_intent(sent, case_id=CASE, door="市平台", now=under.desk.now)
    receipt = Receipt(at=under.desk.now, via="市平台", reference="R-9")
    log.record_outcome(sent, attempt, receipt, now=under.desk.now)
    log.close()
    (message,) = under.sends().upward
    assert (message.sent, message.detail, under.acts) == (Sent.TAKEN, "R-9", [])


def test_a_sender_that_died_in_the_middle_leaves_it_unclear_after_a_while(under: Under) -> None:
    under.signs()
    (message,) = under.case.upward
    log = delivery_log(under.settings)
    sent = message_id(CASE, message)
    log.record_intent(sent, case_id=CASE, door="市平台", now=under.desk.now)
    log.close()
    assert under.sends().upward[0].sent is Sent.WAITS
    assert under.sends(GRACE).upward[0].sent is Sent.UNCLEAR
    assert under.acts == []


# -- the platform's words ---------------------------------------------------------


def test_a_return_comes_back_granted_and_twice(under: Under) -> None:
    under.does(do.ReturnToPlatform(reason="属邻县"))
    under.sends()
    audit = {"id": "A-1", "kind": "TD", "result": "同意", "opinion": "转邻县"}
    under.says(audit=audit)
    under.says(audit=audit)
    case = under.case
    assert (case.state, case.round.exception) == (State.CLOSED, "上级平台同意退单：转邻县")
    assert len(case.downward) == 1
    page = text_of(under.desk.person(Role.DESK).sees(CASE))
    assert "上级平台同意退单" in page
    assert "平台同意" in page


def test_an_extension_comes_back_granted_with_its_own_date(under: Under) -> None:
    under.does(do.AskPlatformExtension(until=date(2026, 12, 8), reason="需停水施工"))
    under.sends()
    assert under.above.taken[-1].json["until"] == "2026-12-08 23:59:59"
    audit = {"id": "A-2", "kind": "YQ", "result": "同意", "new_limit": "2026-12-04"}
    under.says(audit=[audit])
    clock = under.case.round.source_clock
    assert clock is not None
    assert clock.due_at == datetime(2026, 12, 4, 23, 59, 59, tzinfo=BEIJING)
    assert clock.original_due_at == datetime(2026, 12, 1, 18, 0, tzinfo=BEIJING)


def test_its_supervision_and_its_call_back_come_down(under: Under) -> None:
    under.says(supervise={"id": "D-1", "opinion": "限两日", "limit": "2026-11-26 12:00"})
    (pressure,) = under.case.pressures
    assert (pressure.rung.value, pressure.text) == ("督办", "上级平台督办：限两日")
    assert pressure.due_at == datetime(2026, 11, 26, 12, 0, tzinfo=BEIJING)
    under.says(visit={"lx": "未联系", "jj": "未解决", "myd": "非常不满意"})
    word = under.case.downward[-1]
    assert (word.contacted, word.resolved) == (False, False)


def test_a_decision_in_words_nobody_knows_is_kept_and_named(under: Under) -> None:
    answer = under.says(audit={"id": "A-3", "kind": "TD", "result": "待定"})
    refused = json.dumps(answer, ensure_ascii=False)
    assert "退单审核中 result 是“待定”，应为 同意" in refused
    assert under.case.downward == ()
    (letter,) = under.desk.runner.store.newest_letters(5)
    assert "待定" in letter.letter.detail


# -- tables ------------------------------------------------------------------------


def test_a_table_that_cannot_work_is_named(
    under: Under, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config" / "platform.toml"
    file.write_text(TABLE.replace('url = "URL"\n', ""), "utf-8")
    with pytest.raises(SettingsError, match="没有写发送“签收”的地址"):
        wiring.build_rules(_settings(tmp_path / "config"))
    file.write_text(TABLE.replace("URL", "https://x.example/{unknown}"), "utf-8")
    with pytest.raises(DeliveryError, match="不认识占位符"):
        platforms(_settings(tmp_path / "config"))


def test_an_address_of_the_own_network_is_refused_unless_the_table_says_so(
    under: Under, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "platform.toml"
    guarded = TABLE.replace("URL", under.above.url).replace("allow_private_addresses = true\n", "")
    file.write_text(guarded, "utf-8")
    under.settings = read_settings(
        {"HUIYIN_HOME": str(tmp_path / "home"), "HUIYIN_CONFIG": str(tmp_path / "config")}
    )
    under.started_anew()
    under.signs()
    assert under.sends().upward[0].sent is Sent.WAITS
    assert under.above.taken == []


def test_nobody_else_sees_or_settles(under: Under) -> None:
    unit = under.desk.person(Role.RESPONDER, "housing")._client
    assert unit.get("/exchange").status_code == 403
    typed = {"csrf": unit.headers["x-csrf-token"], "case": CASE, "number": "1", "delivered": "1"}
    assert unit.post("/exchange/settle", data=typed | {"proof": "x"}).status_code == 403


def test_who_may_not_know_of_what_sort_a_case_is_sees_and_settles_none_of_its_messages(
    under: Under,
) -> None:
    under.above.behave = "drop-after-reading"
    under.does(do.ReturnToPlatform(reason="属邻县"))
    assert under.sends().upward[0].sent is Sent.UNCLEAR
    under.does(do.MarkConfidential(reason="要求保密"))
    admin = under.desk.person(Role.ADMIN)._client
    page = text_of(admin.get("/exchange").text)
    assert "（内容保密）" in page
    assert "退单" not in page
    assert "属邻县" not in page
    form = {"case": CASE, "number": "1", "delivered": "1", "proof": "平台截图"}
    typed = form | {"csrf": admin.headers["x-csrf-token"]}
    assert admin.post("/exchange/settle", data=typed).status_code in (400, 404)
    assert under.sends().upward[0].sent is Sent.UNCLEAR
    officer = under.desk.person(Role.DESK)._client
    assert "是否送达不明 退单" in text_of(officer.get("/exchange").text)
    typed = form | {"csrf": officer.headers["x-csrf-token"]}
    assert officer.post("/exchange/settle", data=typed).status_code == 303


def test_a_message_of_the_platform_carries_what_our_call_back_found(under: Under) -> None:
    under.signs()
    under.does(do.DraftReply(text="已抢修完成，恢复供水。咨询电话：0999-2345678。"))
    reviewer = Doer(actor=Actor("he", Role.REVIEWER, "何某"))
    under.desk.office.get(Acting).act(reviewer, CASE, do.ApproveReply(draft=1))
    under.does(do.Deliver(draft=1, via="hotline-back"))
    under.does(do.CallBack(contacted=True, resolved=True, satisfied=True))
    case = under.sends()
    assert [one.what for one in case.upward] == [Upward.SIGN, Upward.CALL_BACK]
    last = under.above.taken[-1].json
    assert (last["note3"], last["note6"], last["grade"]) == ("已联系", "已解决", "")
