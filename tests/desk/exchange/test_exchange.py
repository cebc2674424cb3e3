"""对上交换 against a stand-in of the platform that refuses, delays, repeats and lies."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from cases.alerts import AlertKind
from cases.record import commands as do
from cases.record.case import State
from cases.record.platform import Sent, Upward
from cases.words.actors import Actor, Role
from cases.words.times import BEIJING
from desk.actions.acting import Acting
from desk.delivery.service import delivery_log
from desk.exchange.service import platforms
from desk.ground import wiring
from desk.ground.doer import Doer
from desk.ground.settings import SettingsError, read_settings
from sinks.delivery.base import DeliveryError, Receipt
from sinks.delivery.log import GRACE, PAUSES
from sinks.delivery.platform import message_id
from tests.desk.case_office import text_of
from tests.desk.exchange.under import CASE, KEY, NUMBER, OFFICER, TABLE, Under, settings_of

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
        wiring.build_rules(settings_of(tmp_path / "config"))
    file.write_text(TABLE.replace("URL", "https://x.example/{unknown}"), "utf-8")
    with pytest.raises(DeliveryError, match="不认识占位符"):
        platforms(settings_of(tmp_path / "config"))


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
