"""What every ledger does, written once. A test module inherits `LedgerBehaviour` and
supplies the `ledger` fixture: an empty ledger.

`ready` is called after writing and before searching, for ledgers whose search lags
behind what was written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cases.figures.case_facts import facts_of
from cases.record import commands as do
from cases.record.case import Case, State, encode_case
from cases.words.labels import Sentiment
from sinks.ledger.base import Change, Facets, Ledger, Order, Page, Query
from tests.cases.helpers import (
    CITY,
    DESK,
    DUE,
    HOUSING,
    LEAD,
    OFFICE,
    POLICE,
    RECEIVED,
    REVIEWER,
    UNPLACED,
    Story,
    assigned_to,
    at,
    item,
    labels,
    reply,
    usual,
)

SOON = "2026-03-03T10:00"


class LedgerBehaviour:
    @pytest.fixture
    def ledger(self) -> Ledger:
        raise NotImplementedError

    def ready(self, ledger: Ledger) -> None:
        """Waits until what was written can be found."""

    def write(self, ledger: Ledger, *cases: Case) -> None:
        assert ledger.store([Change(case, 0) for case in cases]) == ()
        self.ready(ledger)

    def found(self, ledger: Ledger, **conditions: object) -> list[str]:
        """Numbers of the cases found, sorted."""
        page = ledger.search(Query(**conditions))  # type: ignore[arg-type]
        assert page.total == len(page.cases)
        scanned = [case.case_id for case in ledger.scan(Query(**conditions))]  # type: ignore[arg-type]
        assert scanned == sorted(case.case_id for case in page.cases)
        return sorted(case.item.source_item_id for case in page.cases)

    def test_outlines_come_by_receipt_and_follow_the_case(self, ledger: Ledger) -> None:
        early, late = (
            Story(item(number, received_at=received)).case
            for number, received in (("2", RECEIVED), ("1", RECEIVED + timedelta(hours=1)))
        )
        self.write(ledger, late, early)
        assert list(ledger.outlines()) == [facts_of(early), facts_of(late)]
        assert list(ledger.outlines(RECEIVED, RECEIVED)) == []
        assert list(ledger.outlines(RECEIVED, late.received_at)) == [facts_of(early)]
        assert list(ledger.outlines(since=late.received_at)) == [facts_of(late)]
        story = Story(item("3"))
        before = story.case
        self.write(ledger, before)
        story.does(DESK, do.Assign(lead=POLICE, reason="不属住建"), RECEIVED + timedelta(hours=1))
        ledger.store([Change(story.case, before.seq)])
        self.ready(ledger)
        assert facts_of(story.case) in list(ledger.outlines())
        assert facts_of(before) not in list(ledger.outlines())

    # -- documents and compare-and-set ---------------------------------------

    def test_what_was_written_is_loaded_byte_for_byte(self, ledger: Ledger) -> None:
        case = Story().case
        self.write(ledger, case)
        loaded = ledger.load([case.case_id, "letters:nobody"])
        assert set(loaded) == {case.case_id}
        assert encode_case(loaded[case.case_id]) == encode_case(case)

    def test_nothing_asked_for_is_nothing_loaded(self, ledger: Ledger) -> None:
        assert ledger.load([]) == {}
        assert ledger.store([]) == ()

    def test_what_was_just_written_is_loaded_without_waiting(self, ledger: Ledger) -> None:
        case = Story().case
        ledger.store([Change(case, 0)])
        assert set(ledger.load([case.case_id])) == {case.case_id}

    def test_a_case_is_new_only_once(self, ledger: Ledger) -> None:
        case = Story().case
        self.write(ledger, case)
        assert ledger.store([Change(case, 0)]) == (case.case_id,)

    def test_a_case_that_is_not_there_has_no_events(self, ledger: Ledger) -> None:
        case = Story().case
        assert ledger.store([Change(case, 3)]) == (case.case_id,)
        assert ledger.load([case.case_id]) == {}

    def test_the_second_of_two_writers_is_told_and_writes_nothing(self, ledger: Ledger) -> None:
        story = Story()
        before = story.case
        self.write(ledger, before)
        story.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
        mine = story.case
        theirs = Story()
        theirs.does(DESK, do.Assign(lead=CITY, reason="改派"), "2026-03-02T11:00")
        assert ledger.store([Change(theirs.case, before.seq)]) == ()
        assert ledger.store([Change(mine, before.seq)]) == (mine.case_id,)
        assert ledger.load([mine.case_id])[mine.case_id].unit == CITY

    def test_one_lost_race_holds_nobody_else_up(self, ledger: Ledger) -> None:
        taken, free = Story(item("1")).case, Story(item("2")).case
        self.write(ledger, taken)
        assert ledger.store([Change(taken, 0), Change(free, 0)]) == (taken.case_id,)
        assert set(ledger.load([free.case_id])) == {free.case_id}

    def test_many_cases_at_once(self, ledger: Ledger) -> None:
        cases = [Story(item(f"{n:04}")).case for n in range(1, 1203)]
        self.write(ledger, *cases)
        ids = [case.case_id for case in cases]
        assert set(ledger.load(ids)) == set(ids)
        assert [case.case_id for case in ledger.scan(Query(limit=3, offset=7))] == ids

    # -- text ----------------------------------------------------------------

    TEXTS = (
        ("1", "小区停车，费用太高", "物业每月收 300 元。"),
        ("2", "停车场没有灯", "费用都交了，㙦头村 A座 也没有。"),
        ("3", "公交 bus 晚点", "ＡＢＣ１２３ 路每天晚点 50%，_真的_ 不行！"),
        ("4", "“引号”和*星号*", 'NOT a OR b AND c NEAR(d) "x" - col: ^y'),
    )

    def texts(self, ledger: Ledger) -> None:
        cases = [Story(item(n, title=title, body=body)).case for n, title, body in self.TEXTS]
        self.write(ledger, *cases)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("停车", ["1", "2"]),
            ("车费", ["1"]),  # across punctuation
            ("停车，费", ["1"]),
            ("停 车 费", ["1", "2"]),  # three pieces, anywhere
            ("停车 费用", ["1", "2"]),
            ("停车 公交", []),
            ("费", ["1", "2"]),
            ("车停", []),  # the order counts
            ("㙦头", ["2"]),
            ("abc123", ["3"]),  # full width is half width
            ("ＢＵＳ", ["3"]),
            ("bu", ["3"]),
            ("Bus", ["3"]),
            ("50%", ["3"]),
            ("停%费", []),
            ("停_费", []),
            ("停*", ["1", "2"]),
            ("“引号”", ["4"]),
            ('"x"', ["4"]),
            ("NOT a", ["4"]),
            ("a OR b", ["4"]),
            ("停车 OR 公交", []),
            ("NEAR(d)", ["4"]),
            ("col:", ["4"]),
            ("不存在的话", []),
            ("", ["1", "2", "3", "4"]),
            ("！ ， %", ["1", "2", "3", "4"]),  # nothing to look for
        ],
    )
    def test_text_is_found_as_it_is_written(
        self, ledger: Ledger, text: str, expected: list[str]
    ) -> None:
        self.texts(ledger)
        assert self.found(ledger, text=text) == expected

    def test_a_case_is_found_by_its_number_and_by_its_reply(self, ledger: Ledger) -> None:
        answered = item("WZ0018811", replies=(reply("已责成物业公示账目。", RECEIVED),))
        self.write(ledger, Story(answered).case, Story(item("2")).case)
        assert self.found(ledger, text="WZ0018811") == ["WZ0018811"]
        assert self.found(ledger, text="公示账目") == ["WZ0018811"]

    def test_the_text_that_was_replaced_is_found_no_more(self, ledger: Ledger) -> None:
        story = Story(item(title="路灯不亮", body="请修路灯。"))
        self.write(ledger, story.case)
        before = story.case.seq
        story.shows(item(title="井盖缺失", body="请补井盖。"), "2026-03-03T09:00")
        ledger.store([Change(story.case, before)])
        self.ready(ledger)
        assert self.found(ledger, text="路灯") == []
        assert self.found(ledger, text="井盖") == ["1001"]

    def test_who_wrote_it_is_never_found(self, ledger: Ledger) -> None:
        self.write(ledger, Story(item(body="我是周晓岚，电话13912345678。")).case)
        for secret in ("周晓岚", "晓岚", "13912345678", "2345"):
            assert self.found(ledger, text=secret) == [], secret

    # -- conditions ----------------------------------------------------------

    def test_by_source_channel_topic_kind_and_risk(self, ledger: Ledger) -> None:
        other = item("2", source="hotline", channel="12345热线")
        self.write(
            ledger,
            Story(item("1"), read_as=labels(risk=("群体诉求", "工资拖欠"))).case,
            Story(other, read_as=labels(topic="交通运输", risk=("工资",))).case,
        )
        assert self.found(ledger, source="hotline") == ["2"]
        assert self.found(ledger, channel="12345热线") == ["2"]
        assert self.found(ledger, channel="12345") == []
        assert self.found(ledger, topic="交通运输") == ["2"]
        assert self.found(ledger, kind="投诉", topic="城乡建设") == ["1"]
        assert self.found(ledger, risk="工资拖欠") == ["1"]
        assert self.found(ledger, risk="工资") == ["2"]

    def test_by_unit_lead_or_assisting_and_by_whole_ids(self, ledger: Ledger) -> None:
        self.write(
            ledger,
            Story(item("1"), to=assigned_to("a1", "a3")).case,
            Story(item("2"), to=assigned_to("a")).case,
            Story(item("3"), to=assigned_to(POLICE, "a1")).case,
        )
        assert self.found(ledger, unit="a1") == ["1", "3"]
        assert self.found(ledger, unit="a") == ["2"]
        assert self.found(ledger, unit="a3") == ["1"]
        assert self.found(ledger, unit="3") == []

    def test_a_scan_that_is_left_early_is_closed_and_holds_nothing_up(self, ledger: Ledger) -> None:
        self.write(ledger, *(Story(item(str(number))).case for number in range(5)))
        for one_moment in (True, False):
            scan = ledger.scan(Query(), one_moment=one_moment)
            assert next(scan).item.source_item_id == "0"
            scan.close()
            assert next(scan, None) is None
            assert ledger.search(Query()).total == 5

    def test_by_lead_unit_and_not_by_who_is_left_when_nobody_leads(self, ledger: Ledger) -> None:
        returned = Story(item("3"), to=assigned_to(HOUSING, POLICE))
        returned.does(LEAD, do.AskReturn(reason="不属本局"), "2026-03-02T11:00")
        returned.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), "2026-03-02T12:00")
        self.write(
            ledger,
            Story(item("1"), to=assigned_to(POLICE, HOUSING)).case,
            Story(item("2"), to=assigned_to(HOUSING, POLICE)).case,
            returned.case,
            Story(item("4"), to=UNPLACED).case,
        )
        assert self.found(ledger, lead=POLICE) == ["1"]
        assert self.found(ledger, lead=HOUSING) == ["2"]
        assert self.found(ledger, lead=OFFICE) == ["4"]
        assert self.found(ledger, unit=POLICE) == ["1", "2", "3"]
        assert self.found(ledger, lead=HOUSING, unit=POLICE) == ["2"]
        assert ledger.facets(Query(lead=POLICE)).unit == ((HOUSING, 1), (POLICE, 1))

    def test_by_state(self, ledger: Ledger) -> None:
        handling = Story(item("2"))
        handling.does(LEAD, do.Acknowledge(), "2026-03-02T11:00")
        self.write(ledger, Story(item("1")).case, handling.case)
        assert self.found(ledger, states=(State.HANDLING,)) == ["2"]
        assert self.found(ledger, states=(State.HANDLING, State.ASSIGNED)) == ["1", "2"]
        assert self.found(ledger, states=(State.CLOSED,)) == []

    def test_by_whether_the_desk_has_to_choose_a_unit(self, ledger: Ledger) -> None:
        self.write(ledger, Story(item("1"), to=UNPLACED).case, Story(item("2")).case)
        assert self.found(ledger, dispatched=False) == ["1"]
        assert self.found(ledger, dispatched=True) == ["2"]

    def test_by_high_risk_is_urgent_or_one_of_the_risks(self, ledger: Ledger) -> None:
        self.write(
            ledger,
            Story(item("1"), read_as=labels(urgent=True)).case,
            Story(item("2"), read_as=labels(risk=("群体诉求",))).case,
            Story(item("3"), read_as=labels(risk=("工资拖欠",))).case,
        )
        assert self.found(ledger, high_risks=("群体诉求", "安全生产")) == ["1", "2"]
        assert self.found(ledger, high_risks=()) == ["1"]

    def test_without_what_is_withheld_from_a_reader(self, ledger: Ledger) -> None:
        accused, secret = Story(item("1")), Story(item("2"))
        accused.does(DESK, do.MarkConfidential(reason="检举", accused=(HOUSING,)), SOON)
        secret.does(DESK, do.MarkConfidential(reason="本人要求"), SOON)
        self.write(ledger, accused.case, secret.case, Story(item("3")).case)
        assert self.found(ledger) == ["1", "2", "3"]
        assert self.found(ledger, not_withheld_from=(f"unit:{HOUSING}",)) == ["2", "3"]
        assert self.found(ledger, not_withheld_from=("role:admin",)) == ["3"]
        assert self.found(ledger, not_withheld_from=("unit:x", "role:admin")) == ["3"]
        query = Query(not_withheld_from=("role:admin",))
        assert sum(count for _, count in ledger.facets(query).kind) == 1
        marks = [one.withheld_from for one in ledger.outlines()]
        assert sorted(marks) == [(), ("role:admin",), (f"unit:{HOUSING}", "role:admin")]

    def test_ranges_include_their_beginning_and_not_their_end(self, ledger: Ledger) -> None:
        self.write(ledger, Story().case)
        second = timedelta(seconds=1)
        for name, moment in (("due", DUE), ("received", RECEIVED)):
            begin, end = f"{name}_from", f"{name}_to"
            assert self.found(ledger, **{begin: moment}) == ["1001"]
            assert self.found(ledger, **{begin: moment + second}) == []
            assert self.found(ledger, **{end: moment}) == []
            assert self.found(ledger, **{end: moment + second}) == ["1001"]

    def test_a_case_that_is_paused_has_no_due_time(self, ledger: Ledger) -> None:
        story = Story()
        story.does(DESK, do.PauseForSupplement(missing="楼栋"), "2026-03-02T11:00")
        self.write(ledger, story.case)
        assert self.found(ledger, due_to=at("2027-01-01T00:00")) == []
        assert ledger.counts(at("2026-04-01T09:00"), ()).overdue == 0

    def test_by_whether_the_current_round_has_a_reply(self, ledger: Ledger) -> None:
        again = Story(item("3", replies=(reply(when=at("2026-03-03T09:00")),)))
        again.does(DESK, do.Reopen(reason="又坏了"), "2026-03-05T09:00")
        self.write(
            ledger,
            Story(item("1")).case,
            Story(item("2", replies=(reply(),))).case,
            again.case,
        )
        assert self.found(ledger, replied=True) == ["2"]
        assert self.found(ledger, replied=False) == ["1", "3"]

    def test_by_sentiment(self, ledger: Ledger) -> None:
        angry = labels(sentiment=Sentiment.NEGATIVE)
        self.write(ledger, Story(item("1"), read_as=angry).case, Story(item("2")).case)
        assert self.found(ledger, sentiment="negative") == ["1"]

    def test_by_what_the_newest_call_back_said(self, ledger: Ledger) -> None:
        def called(number: str, *answers: bool) -> Case:
            story = Story(item(number, replies=(reply(when=at("2026-03-03T09:00")),)))
            for satisfied in answers:
                story.does(
                    DESK, do.CallBack(resolved=None, satisfied=satisfied), "2026-03-04T09:00"
                )
            return story.case

        self.write(ledger, called("1", True), called("2", True, False), called("3"))
        assert self.found(ledger, satisfied=True) == ["1"]
        assert self.found(ledger, satisfied=False) == ["2"]

    def test_by_whether_a_unit_gave_it_back(self, ledger: Ledger) -> None:
        returned = Story(item("1"))
        returned.does(LEAD, do.AskReturn(reason="不属本局"), "2026-03-02T11:00")
        returned.does(DESK, do.DecideReturn(unit=HOUSING, approve=True), "2026-03-02T12:00")
        self.write(ledger, returned.case, Story(item("2")).case)
        assert self.found(ledger, returned=True) == ["1"]
        assert self.found(ledger, returned=False) == ["2"]

    def test_by_matter(self, ledger: Ledger) -> None:
        linked = Story(item("1"))
        linked.does(DESK, do.LinkMatter(matter="M1"), "2026-03-02T11:00")
        linked.does(DESK, do.LinkMatter(matter="M12"), "2026-03-02T11:00")
        self.write(ledger, linked.case, Story(item("2")).case)
        assert self.found(ledger, matter="M1") == ["1"]
        assert self.found(ledger, matter="M12") == ["1"]
        assert self.found(ledger, matter="M") == []

    def test_by_a_list_of_cases_however_long(self, ledger: Ledger) -> None:
        self.write(ledger, Story(item("1")).case, Story(item("2")).case, Story(item("3")).case)
        ids = ("letters:1", "letters:3", "letters:nobody", "letters:3")
        assert self.found(ledger, case_ids=ids) == ["1", "3"]
        assert self.found(ledger, case_ids=ids, text="2") == []
        assert self.found(ledger, case_ids=()) == []
        many = (*(f"letters:nobody{n}" for n in range(70_000)), "letters:2")
        assert self.found(ledger, case_ids=many) == ["2"]
        facets = ledger.facets(Query(case_ids=ids))
        assert sum(n for _, n in facets.state) == 2
        assert ledger.facets(Query(case_ids=ids, topic="别的")).topic == facets.topic

    def test_by_what_waits_to_be_done_and_whose_it_is(self, ledger: Ledger) -> None:
        self.write(ledger, Story(item("1")).case, Story(item("2"), to=assigned_to(CITY)).case)
        assert self.found(ledger, todo="acknowledge") == ["1", "2"]
        assert self.found(ledger, todo=f"acknowledge:{CITY}") == ["2"]
        assert self.found(ledger, todo="review") == []
        assert self.found(ledger, todo="acknowledge", states=(State.ASSIGNED,), unit=CITY) == ["2"]

    def test_by_a_promise_that_is_due(self, ledger: Ledger) -> None:
        promised = Story(item("1", replies=(reply(when=at("2026-03-03T09:00")),)))
        promise = do.RecordPromise(text="换灯", due=at("2026-03-20T00:00").date())
        promised.does(LEAD, promise, "2026-03-03T11:00")
        self.write(ledger, promised.case, Story(item("2")).case)
        assert self.found(ledger, promise_to=at("2026-03-20T23:00")) == []
        assert self.found(ledger, promise_to=at("2026-03-21T00:00")) == ["1"]

    def test_conditions_hold_together(self, ledger: Ledger) -> None:
        self.write(
            ledger,
            Story(item("1", title="停车费")).case,
            Story(item("2", title="停车费"), to=assigned_to(CITY)).case,
        )
        assert self.found(ledger, text="停车费", unit=CITY, states=(State.ASSIGNED,)) == ["2"]

    # -- order and pages -----------------------------------------------------

    def several(self, ledger: Ledger) -> None:
        self.write(
            ledger,
            Story(item("b", received_at=at("2026-03-03T09:00"))).case,
            Story(item("a", received_at=at("2026-03-02T09:00")), read_as=labels(simple=True)).case,
            Story(item("d", received_at=at("2026-03-03T09:00"))).case,
            Story(item("c", received_at=at("2026-03-05T09:00"))).case,
        )

    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (Order.NEWEST, ["c", "d", "b", "a"]),
            (Order.OLDEST, ["a", "b", "d", "c"]),
            (Order.DUE, ["a", "b", "d", "c"]),
            (Order.CASE_ID, ["a", "b", "c", "d"]),
        ],
    )
    def test_the_order_is_the_same_every_time(
        self, ledger: Ledger, order: Order, expected: list[str]
    ) -> None:
        self.several(ledger)
        assert self.numbers(ledger.search(Query(order=order))) == expected
        pages = [ledger.search(Query(order=order, limit=1, offset=n)) for n in range(5)]
        assert [self.numbers(page) for page in pages] == [[each] for each in expected] + [[]]
        assert {page.total for page in pages} == {4}

    def test_counting_stops_where_it_may(self, ledger: Ledger) -> None:
        self.several(ledger)
        for count_to, expected in ((0, (4, True)), (3, (3, False)), (4, (4, True)), (9, (4, True))):
            page = ledger.search(Query(count_to=count_to, limit=1))
            assert (page.total, page.exact) == expected, count_to

    def test_a_scan_of_one_moment_sees_nothing_that_comes_in(self, ledger: Ledger) -> None:
        self.several(ledger)
        cases = ledger.scan(Query(), one_moment=True)
        seen = [next(cases).item.source_item_id]
        self.meanwhile(ledger, Story(item("e")).case)
        seen += [case.item.source_item_id for case in cases]
        assert seen == ["a", "b", "c", "d"]
        self.ready(ledger)
        assert ledger.search(Query()).total == 5

    def meanwhile(self, ledger: Ledger, case: Case) -> None:
        """Another writer stores a case while `ledger` is read."""
        ledger.store([Change(case, 0)])
        self.ready(ledger)

    def numbers(self, page: Page) -> list[str]:
        return [case.item.source_item_id for case in page.cases]

    def test_what_has_no_due_time_comes_last(self, ledger: Ledger) -> None:
        paused = Story(item("a"))
        paused.does(DESK, do.PauseForSupplement(missing="楼栋"), "2026-03-02T11:00")
        self.write(ledger, paused.case, Story(item("b")).case)
        assert self.numbers(ledger.search(Query(order=Order.DUE))) == ["b", "a"]

    # -- counters ------------------------------------------------------------

    def test_the_counters_of_a_moment(self, ledger: Ledger) -> None:
        done = Story(item("4", replies=(reply(when=at("2026-03-03T09:00")),)))
        self.write(
            ledger,
            Story(item("1"), read_as=labels(risk=("群体诉求",))).case,
            Story(item("2", received_at=at("2026-03-10T08:00")), to=UNPLACED).case,
            Story(item("3", received_at=at("2026-03-03T09:00")), read_as=labels(urgent=True)).case,
            done.case,
        )
        counts = ledger.counts(at("2026-03-10T09:00"), ("群体诉求",))
        assert (counts.total, counts.today, counts.undispatched) == (4, 1, 1)
        assert (counts.due_today, counts.overdue, counts.high_risk) == (1, 1, 2)

    def test_the_counters_of_one_unit(self, ledger: Ledger) -> None:
        self.write(
            ledger,
            Story(item("1"), to=assigned_to(CITY, POLICE)).case,
            Story(item("2", received_at=at("2026-03-10T08:00")), to=assigned_to(CITY)).case,
            Story(item("3"), read_as=labels(urgent=True)).case,
        )
        counts = ledger.counts(at("2026-03-10T09:00"), (), CITY)
        assert (counts.total, counts.today, counts.overdue, counts.high_risk) == (2, 1, 1, 0)
        assert ledger.counts(at("2026-03-10T09:00"), (), POLICE).total == 1
        assert ledger.counts(at("2026-03-10T09:00"), (), "nobody").total == 0

    # -- facets --------------------------------------------------------------

    def for_facets(self, ledger: Ledger) -> None:
        hotline = item("3", channel="12345热线", title="公交晚点")
        self.write(
            ledger,
            Story(item("1"), read_as=labels(risk=("群体诉求", "工资拖欠"))).case,
            Story(item("2"), to=assigned_to(CITY, POLICE)).case,
            Story(hotline, read_as=labels(topic="交通运输"), to=UNPLACED).case,
        )

    def test_every_value_with_the_number_of_its_cases(self, ledger: Ledger) -> None:
        self.for_facets(ledger)
        assert ledger.facets(Query()) == Facets(
            channel=(("领导信箱", 2), ("12345热线", 1)),
            unit=((OFFICE, 1), (HOUSING, 1), (POLICE, 1), (CITY, 1)),
            topic=(("城乡建设", 2), ("交通运输", 1)),
            kind=(("投诉", 3),),
            risk=(("工资拖欠", 1), ("群体诉求", 1)),
            state=(("assigned", 2), ("received", 1)),
        )

    def test_a_field_counts_without_its_own_condition(self, ledger: Ledger) -> None:
        self.for_facets(ledger)
        facets = ledger.facets(Query(channel="12345热线", states=(State.RECEIVED,)))
        assert facets.channel == (("12345热线", 1),)
        assert facets.state == (("received", 1),)
        assert facets.topic == (("交通运输", 1),)
        facets = ledger.facets(Query(channel="领导信箱"))
        assert facets.channel == (("领导信箱", 2), ("12345热线", 1))
        assert facets.topic == (("城乡建设", 2),)

    def test_facets_of_a_search(self, ledger: Ledger) -> None:
        self.for_facets(ledger)
        assert ledger.facets(Query(text="公交")).channel == (("12345热线", 1),)
        assert ledger.facets(Query(todo="dispatch")).unit == ((OFFICE, 1),)
        assert ledger.facets(Query(text="没有这样的话")) == Facets()

    def test_facets_in_good_time_are_exact(self, ledger: Ledger) -> None:
        self.for_facets(ledger)
        assert ledger.facets(Query(), seconds=60.0) == ledger.facets(Query())

    def test_an_empty_ledger_counts_nothing(self, ledger: Ledger) -> None:
        counts = ledger.counts(at("2026-03-10T09:00"), ("群体诉求",))
        assert (counts.total, counts.overdue) == (0, 0)
        assert ledger.facets(Query()) == Facets()
        assert ledger.search(Query()) == Page(0, ())
        assert list(ledger.scan(Query())) == []

    # -- what the sweep looks at ---------------------------------------------

    def look(self, ledger: Ledger, until: str, calendar: str = "") -> list[str]:
        self.ready(ledger)
        found = ledger.to_look_at(at(until), calendar or usual().calendar.version)
        return [case_id.partition(":")[2] for case_id in found]

    def test_the_sweep_sees_a_case_before_its_first_clock_runs_out(self, ledger: Ledger) -> None:
        self.write(ledger, Story(item("2")).case, Story(item("1")).case)
        assert self.look(ledger, "2026-03-03T23:59:59") == []
        assert self.look(ledger, "2026-03-04T00:00") == ["1", "2"]

    def test_it_does_not_see_again_what_was_said(self, ledger: Ledger) -> None:
        story = Story()
        story.ticks("2026-03-20T09:00")
        self.write(ledger, story.case)
        assert self.look(ledger, "2026-12-01T00:00") == []

    def test_it_sees_what_is_overdue_until_a_leader_was_told(self, ledger: Ledger) -> None:
        overdue, escalated = Story(item("1")), Story(item("2"))
        overdue.ticks("2026-03-10T09:00")
        escalated.ticks("2026-03-12T09:00")
        self.write(ledger, overdue.case, escalated.case)
        assert self.look(ledger, "2026-12-01T00:00") == ["1"]

    def test_it_sees_what_waits_for_a_unit_until_that_was_said(self, ledger: Ledger) -> None:
        waiting, said = Story(item("1"), to=UNPLACED), Story(item("2"), to=UNPLACED)
        said.ticks("2026-03-02T11:00")
        self.write(ledger, waiting.case, said.case, Story(item("3")).case)
        assert self.look(ledger, "2026-03-02T10:16") == ["1"]

    def test_it_sees_what_no_machine_may_dispatch_until_a_person_does(self, ledger: Ledger) -> None:
        waiting, given = (Story(item(number, confidential=True)) for number in ("1", "2"))
        waiting.ticks("2026-03-02T12:00")
        given.does(DESK, do.Assign(lead=CITY), "2026-03-02T12:00")
        self.write(ledger, waiting.case, given.case)
        assert self.look(ledger, "2026-03-02T10:16") == ["1"]
        assert self.found(ledger, unit=HOUSING) == []
        assert self.found(ledger, dispatched=False) == ["1"]
        (loaded,) = ledger.load([waiting.case.case_id]).values()
        assert loaded.held == waiting.case.held
        assert encode_case(loaded) == encode_case(waiting.case)

    def test_nor_what_is_answered_unless_somebody_set_a_date(self, ledger: Ledger) -> None:
        def answered(number: str) -> Story:
            story = Story(item(number, replies=(reply(when=at("2026-03-03T09:00")),)))
            story.does(REVIEWER, do.Publish(where="网站"), "2026-03-03T10:00")
            return story

        promised = answered("2")
        promise = do.RecordPromise(text="换灯", due=at("2026-05-31T00:00").date())
        promised.does(LEAD, promise, "2026-03-03T11:00")
        promised.does(DESK, do.Close(), "2026-03-04T09:00")
        self.write(ledger, answered("1").case, promised.case)
        assert self.look(ledger, "2026-05-31T00:00") == []
        assert self.look(ledger, "2026-06-01T00:00") == ["2"]

    def test_it_sees_what_was_reckoned_provisionally_by_another_calendar(
        self, ledger: Ledger
    ) -> None:
        later = Story(
            item("1", received_at=at("2027-03-01T09:00")), to=assigned_to(HOUSING, OFFICE)
        )
        self.write(ledger, later.case, Story(item("2")).case)
        assert self.look(ledger, "2026-03-01T00:00", "another") == ["1"]
        assert self.look(ledger, "2026-03-01T00:00") == []
