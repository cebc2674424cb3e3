"""A home whose every field carries a mark of its own, and who may read which mark.

A mark is a word that stands nowhere else. Where it turns up in what somebody is sent, it
has to be one that the table of sights lets him read.
"""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from shutil import copytree
from typing import NamedTuple

from msgspec.structs import replace

from cases.life.jointly import GREETING, NUMBER
from cases.privacy.visibility import Eyes, Sight, is_withheld, sight_of
from cases.privacy.visible_fields import Sort
from cases.record import commands as do
from cases.record.case import Case, encode_case
from cases.record.commands import AnyCommand, Rung
from cases.record.item import QUOTED, Attachment, Item, SourceReply
from cases.record.pictures import PictureText
from cases.record.platform import PlatformWord, Says, Sent
from cases.registers.incident import Asked, Opened, Part
from cases.reporting.periods import read_period
from cases.reporting.settings import PAPER_PERIODS, PaperKind
from cases.words.actors import Actor, Role
from cases.words.labels import Evidence, Kind, Labels
from classifiers.base import Classifier, Text
from desk.accounts.tokens import Scope, Tokens
from desk.duty.roster import Duty
from desk.exclusions.service import Exclusions
from desk.files.uploads import Purpose, Uploads
from desk.ground import wiring
from desk.ground.doer import Doer
from desk.ground.settings import read_settings
from desk.matters.carrying import Carrying
from desk.matters.service import Matters
from desk.opinion.incident_files import IncidentFiles
from desk.papers.briefs import Briefs, Written
from desk.reports.due import paper_path
from desk.reports.issuing import PaperIssues
from desk.reports.making import produce, put
from desk.reports.service import Reporting
from streams.dead_letters import DeadLetter, Stage
from streams.process import Processor
from tests.desk.app.test_web import NOW, Desk
from tests.desk.clients import signed_in
from tests.reporting.town import ledger_of

SECRET, ACCUSED, PLAIN, PUBLIC, REQUEST = (
    f"board-export:{number}" for number in ("9001", "9002", "9003", "9004", "9005")
)
"""Confidential, with an accused unit that never had it; confidential, and the accused unit
had it first; ordinary; ordinary and published; a confidential request for information."""
CASES = (SECRET, ACCUSED, PLAIN, PUBLIC, REQUEST)
TOGETHER = ("board-export:9006", "board-export:9007")
"""Answered together by the unit that they were found to accuse afterwards."""
UNCLEAR_UP = 2
"""Number of the message to the platform of which it is unclear whether it arrived."""
PAPERS = {PaperKind.WEEKLY: "2026-W48", PaperKind.DAILY: "2026-11-24"}
"""Issued, and corrected once."""
TOPIC, RISK = "魍类别", "魍风险"
"""Labels of the confidential cases; no other case has them."""
PNG = b"\x89PNG\r\n\x1a\n"


class Mark(NamedTuple):
    word: str
    case_id: str
    sort: Sort
    note: str
    """Which field it stands in, for the message of a failing test."""


class Marks:
    """Makes them, each once."""

    def __init__(self) -> None:
        self.all: dict[str, Mark] = {}

    def text(self, case_id: str, note: str, sort: Sort = Sort.TEXT) -> str:
        return self._add(f"魍{chr(0x9B00 + len(self.all))}", case_id, sort, note)

    def name(self, case_id: str, note: str = "author") -> str:
        number = len(self.all)
        # The surname may be shown; what follows may not.
        return "邬" + self._add(
            f"{chr(0x9D00 + number)}{chr(0x9E00 + number)}", case_id, Sort.PERSON, note
        )

    def digits(self, case_id: str, note: str) -> str:
        return self._add(f"139{71_000_000 + 111 * len(self.all)}", case_id, Sort.PERSON, note)

    def latin(self, case_id: str, note: str, sort: Sort) -> str:
        return self._add(f"zqxmark{len(self.all):03}", case_id, sort, note)

    def _add(self, word: str, case_id: str, sort: Sort, note: str) -> str:
        self.all[word] = Mark(word, case_id, sort, note)
        return word


class _Labelled(Classifier):
    """The shipped classifier, but what is about a marked report has labels of its own."""

    def __init__(self, real: Classifier) -> None:
        self._real = real

    @property
    def version(self) -> str:
        return self._real.version

    def classify(self, texts: Sequence[Text]) -> list[Labels]:
        found = self._real.classify(texts)
        return [
            replace(
                one,
                topic=TOPIC,
                topic_path=(TOPIC,),
                kind=Kind.SUGGESTION,
                risk=(RISK,),
                urgent=True,
            )
            if "检举来件" in text.title
            else one
            for one, text in zip(found, texts, strict=True)
        ]


def open311_config(config: Path, folder: Path) -> Path:
    """The shipped configuration with the public interface and the platform above switched on."""
    made = folder / "config"
    copytree(config, made)
    office = made / "office.toml"
    text = office.read_text("utf-8")
    office.write_text(text.replace("open311 = false", "open311 = true"), "utf-8")
    platform = made / "platform.toml"
    text = platform.read_text("utf-8").replace("enabled = false", "enabled = true")
    platform.write_text(text.replace('["hotline"]', '["board-export"]'), "utf-8")
    return made


class MarkedHome(Desk):
    def __init__(self, home: Path, config: Path) -> None:
        self.marks = Marks()
        settings = read_settings({"HUIYIN_CONFIG": str(config)})
        real = wiring.build_classifier(settings)
        super().__init__(home, config)
        self.processor = Processor(
            wiring.build_rules(settings),
            _Labelled(real),
            wiring.build_router(settings),
        )
        self.runner.store.close()
        self.runner = self.open_runner()
        self.shas: dict[str, str] = {}
        self.letters: dict[str, DeadLetter] = {}
        self.left_out: list[str] = []
        for case_id in CASES:
            self._fill(case_id)
        self.joint = self._answered_together()
        self._registers()
        self._dead()
        with self.office.readers.reader() as store:
            self.cases: dict[str, Case] = store.ledger.load([*CASES, *TOGETHER])
        self._papers()
        self.tokens: dict[str, str] = {}

    # -- filling -------------------------------------------------------------

    def _fill(self, case_id: str) -> None:
        marks, secret = self.marks, case_id in (SECRET, ACCUSED, REQUEST)
        name, phone = marks.name(case_id), marks.digits(case_id, "phone")
        told = marks.name(case_id, "name in the body")
        called = marks.digits(case_id, "phone in the body")
        mail = marks.latin(case_id, "email", Sort.PERSON)
        flat = marks.digits(case_id, "address")
        data = PNG + marks.latin(case_id, "content of a file", Sort.FILE).encode()
        self.shas[case_id] = self.office.get(Uploads).kept.keep(data)
        self.put(
            Item(
                source="board-export",
                source_item_id=case_id.partition(":")[2],
                channel="问政平台",
                received_at=NOW - timedelta(hours=20),
                title=f"{'检举来件' if secret else '路灯'} {marks.text(case_id, 'title')}",
                body=f"情况 {marks.text(case_id, 'body')}，我叫{told}，电话{called}。",
                author=name,
                phone=phone,
                email=f"{mail}@citizen.example",
                address=f"清河苑 {flat}",
                place=f"学府路 {marks.text(case_id, 'place')}",
                category=marks.text(case_id, "category"),
                named_unit=marks.text(case_id, "named unit"),
                state=marks.text(case_id, "state"),
                url=f"https://src.example/{marks.latin(case_id, 'url', Sort.SOURCE)}",
                attachments=(
                    Attachment(
                        name=f"{marks.text(case_id, 'name of a file', Sort.FILE)}.png",
                        sha=self.shas[case_id],
                    ),
                    Attachment(
                        name="外部.mp3",
                        url=f"https://f.example/{marks.latin(case_id, 'address of a file', Sort.FILE)}",
                    ),
                ),
                extra={
                    QUOTED: f"他们说 {marks.text(case_id, 'quoted')}，电话"
                    f"{marks.digits(case_id, 'phone in the quotation')}。",
                    "备注": marks.text(case_id, "extra", Sort.SOURCE),
                    "来电人": name,
                },
                disclosure=case_id == REQUEST,
                confidential=case_id == REQUEST,
                said=(
                    PlatformWord(says=Says.SUPERVISE, text=marks.text(case_id, "platform's word")),
                ),
                replies=(
                    (SourceReply(text=f"答复 {marks.text(case_id, 'reply at source')}", at=NOW),)
                    if case_id == PUBLIC
                    else ()
                ),
            )
        )
        self._picture(case_id, secret=secret)
        if case_id == PUBLIC:
            self.done(case_id, do.Publish(where="政府网站"))
            return
        self._handled(case_id)

    def _picture(self, case_id: str, *, secret: bool) -> None:
        """What a program read in the file, and the words in it that it was marked for."""
        said = self.marks.text(case_id, "text in a picture", Sort.FILE)
        called = self.marks.digits(case_id, "phone in the picture")
        marked = Evidence(label=f"risk:{RISK}", text=said, field="quoted", end=len(said))
        picture = PictureText(
            sha=self.shas[case_id],
            name=f"{self.marks.text(case_id, 'name of a picture', Sort.FILE)}.png",
            pages=(f"{said}，电话{called}。",),
            engine="rapidocr 3.10.0",
            model="test",
            risk=(RISK,) if secret else (),
            evidence=(marked,) if secret else (),
        )
        self.done(case_id, do.NotePicture(picture=picture), Role.SYSTEM)

    def _handled(self, case_id: str) -> None:
        lead = "petition" if case_id == SECRET else "housing"
        if case_id == REQUEST:
            lead = "petition"
        text = self.marks.text
        self.done(
            case_id,
            do.Assign(
                lead=lead, assisting=("education",), reason=text(case_id, "reason of assigning")
            ),
        )
        self.done(case_id, do.Acknowledge(), Role.RESPONDER, lead)
        self.done(case_id, do.Acknowledge(), Role.RESPONDER, "education")
        for command in (
            do.LogContact(text=text(case_id, "contact")),
            do.HandOn(section=text(case_id, "section"), note=text(case_id, "note of handing on")),
            do.RecordPromise(text=text(case_id, "promise"), due=date(2026, 12, 20)),
            do.DraftReply(text=f"您好，{text(case_id, 'rejected draft')}，请拨 0999-2345678。"),
        ):
            self.done(case_id, command, Role.RESPONDER, lead)
        self.done(
            case_id,
            do.RejectReply(draft=1, reason=text(case_id, "reason of rejecting")),
            Role.REVIEWER,
        )
        self.done(
            case_id,
            do.DraftReply(text=f"您好，{text(case_id, 'draft')}，请拨 0999-2345678。"),
            Role.RESPONDER,
            lead,
        )
        self.done(case_id, do.FinishShare(text=text(case_id, "share")), Role.RESPONDER, "education")
        self.done(case_id, do.Instruct(text=text(case_id, "instruction")), Role.LEADER)
        self.done(
            case_id,
            do.ReportOnInstruction(number=1, text=text(case_id, "report on it")),
            Role.RESPONDER,
            lead,
        )
        self.done(case_id, do.Press(rung=Rung.REMIND, text=text(case_id, "pressure")))
        self.done(case_id, do.ReportOnPressure(text=text(case_id, "report on pressure")))
        self.done(case_id, do.Press(rung=Rung.REMIND, text=text(case_id, "second pressure")))
        self.done(case_id, do.ReturnToPlatform(reason=text(case_id, "reason of 退单")))
        taken = do.NotePlatform(
            number=UNCLEAR_UP, sent=Sent.UNCLEAR, detail=text(case_id, "platform's answer")
        )
        self.done(case_id, taken, Role.SYSTEM)
        if case_id in (SECRET, ACCUSED):
            self.done(
                case_id,
                do.MarkConfidential(
                    reason=text(case_id, "reason of secrecy"), accused=("housing",)
                ),
            )
        uploaded = self.marks.latin(case_id, "content of an upload", Sort.FILE)
        self.office.get(Uploads).store(
            io.BytesIO(PNG + uploaded.encode()),
            f"{text(case_id, 'name of an upload', Sort.FILE)}.png",
            case_id=case_id,
            purpose=Purpose.MATERIAL,
            by=Actor("desk", Role.DESK),
            at=NOW,
        )

    def _answered_together(self) -> str:
        """A joint answer that was rejected once; its number."""
        text, matter = self.marks.text, TOGETHER[0]
        for hours, case_id in zip((20, 19), TOGETHER, strict=True):
            self.put(
                Item(
                    source="board-export",
                    source_item_id=case_id.partition(":")[2],
                    channel="问政平台",
                    received_at=NOW - timedelta(hours=hours),
                    title=f"路灯 {text(case_id, 'title')}",
                    body=f"情况 {text(case_id, 'body')}。",
                    author=self.marks.name(case_id, "name in the greeting"),
                )
            )
            self.done(case_id, do.Assign(lead="housing", reason="主管"))
            self.done(case_id, do.LinkMatter(matter=matter))
        service, carrying = self.office.get(Matters), self.office.get(Carrying)
        writer = Doer(actor=Actor("writer", Role.RESPONDER, "住建经办", "housing"))
        number = service.begin(writer, matter, TOGETHER).joint.number
        common = f"尊敬的{GREETING}：您的来件{NUMBER}收悉，{text(matter, 'joint answer')}。"
        service.write(writer, number, common)
        assert carrying.wait(20)
        reviewer = Doer(actor=Actor("reviewer", Role.REVIEWER, "审核某"))
        service.reject(reviewer, number, text(matter, "reason of rejecting jointly"))
        assert carrying.wait(20)
        carrying.close()
        for case_id in TOGETHER:
            self.done(case_id, do.MarkConfidential(reason="检举本单位", accused=("housing",)))
        return number

    def done(
        self, case_id: str, command: AnyCommand, role: Role = Role.DESK, unit: str = ""
    ) -> None:
        """Raises `NotAllowed`: a mark that was not taken in would prove nothing."""
        actor = Actor(id=f"u-{role.value}-{unit}", role=role, name="林某", unit=unit)
        self.office.acts.submit(actor, case_id, command)

    def _registers(self) -> None:
        text, desk = self.marks.text, Actor(id="desk", role=Role.DESK, name="林某")
        phone, name = self.marks.digits(SECRET, "phone in a note"), self._author(SECRET)
        self.office.get(Duty).write_note(
            f"{SECRET} 交班 {text(SECRET, 'note', Sort.TEXT)}，{name} 电话 {phone}。", NOW, desk
        )
        self.brief = Briefs(self.office).begin(
            Written(
                title=f"专报 {text(SECRET, 'brief')}",
                overview="",
                spread="",
                risk="",
                progress="",
                advice="",
                case_ids=(SECRET,),
            ),
            desk,
            NOW,
        )

        self.event = self._event(desk)
        self._left_out()

    def _event(self, desk: Actor) -> str:
        """A file with every case in it, which a unit of one of them was asked for; its number."""
        files, by = self.office.get(IncidentFiles), Doer(actor=desk, address="127.0.0.1")
        opened = Opened(
            title="停水引发关注", level="较大", noticed_at=NOW, summary="停水", refs=CASES
        )
        number = files.begin(by, opened).number
        for seen, unit in enumerate(("housing", "petition"), 1):
            asked = Asked(unit=unit, part=Part.VERIFY, due_at=NOW + timedelta(hours=9))
            files.write(by, number, seen, asked)
        return number

    def _papers(self) -> None:
        """Issued without the confidential cases, which came late: the correction counts them."""
        settings, later = self.settings, NOW + timedelta(days=10)
        office = Reporting.of(settings)
        issues = PaperIssues(self.office.file, settings.papers_folder, office, "舆")
        officer = Actor(id="desk", role=Role.DESK, name="林某")
        open_ones = tuple(self.cases[one] for one in (PLAIN, PUBLIC))
        for kind, key in PAPERS.items():
            period = read_period(PAPER_PERIODS[kind], key)
            with ledger_of(open_ones) as ledger:
                made = produce(kind, ledger, office, period, later)
            put(
                made,
                settings.papers_folder,
                paper_path(settings.papers_folder, kind, period),
                "",
                None,
            )
            issues.issue(kind, period, 1, "秦某", officer, later)
            with ledger_of(tuple(self.cases.values())) as ledger:
                made = produce(kind, ledger, office, period, later)
                issues.correct(kind, period, made, ledger, "秦某", "来源迟报", officer, later)

    def _left_out(self) -> None:
        """剔除 of a confidential case, decided, and of an ordinary one."""
        text, service = self.marks.text, self.office.get(Exclusions)
        asks = Doer(actor=Actor(id="desk", role=Role.DESK, name="林某"), address="127.0.0.1")
        decides = Doer(actor=Actor(id="head", role=Role.LEADER, name="秦某"), address="127.0.0.1")
        for case_id in (SECRET, ACCUSED, PLAIN):
            made = service.ask(
                asks,
                case_id,
                f"停机 {text(case_id, 'reason of exclusion')}",
                f"公告 {text(case_id, 'evidence of exclusion')}",
            )
            reason = f"属实 {text(case_id, 'decision of exclusion')}"
            self.left_out.append(made.number)
            service.decide(decides, made.number, upheld=True, reason=reason)

    def _author(self, case_id: str) -> str:
        with self.office.readers.reader() as store:
            return store.ledger.load([case_id])[case_id].item.author

    def _dead(self) -> None:
        for sort, said in (("secret", "是"), ("unknown", None), ("plain", "否")):
            where = f"letter:{sort}"
            name, phone = self.marks.name(where), self.marks.digits(where, "phone")
            row = {
                "标题": self.marks.text(where, "title"),
                "联系人": name,
                "citizen": {"name": name, "联系电话": phone},
                **({"是否保密": said} if said else {}),
            }
            self.letters[sort] = DeadLetter.of(
                Stage.INTAKE,
                json.dumps(row, ensure_ascii=False).encode(),
                reason="bad_row",
                detail=f"第 1 行：受理时间应为日期，实际是“{self.marks.text(where, 'detail')}”。",
                at=NOW,
                source="board-export",
                origin=f"{self.marks.text(where, 'origin')}.xlsx",
            )
        for sort in ("aside", "aside and secret"):
            self.letters[sort] = self._mail_aside(sort)
        self.runner.store.add(list(self.letters.values()))

    def _mail_aside(self, sort: str) -> DeadLetter:
        where, marks = f"letter:{sort}", self.marks
        sender = f"{marks.latin(where, 'sender', Sort.PERSON)}@m.example"
        mail = (
            f"From: {marks.name(where)} <{sender}>\nSubject: {marks.text(where, 'subject')}\n"
            f"{'Sensitivity: Private' if 'secret' in sort else 'Auto-Submitted: auto-replied'}\n"
            "Content-Type: text/plain; charset=utf-8\n\n"
            f"{marks.text(where, 'text')} 电话 {marks.digits(where, 'phone')}。"
        )
        return DeadLetter.of(
            Stage.INTAKE,
            mail.encode(),
            reason="auto_reply",
            detail=f"发件人 {sender}：“{marks.text(where, 'detail')}”",
            at=NOW,
            source="board-export",
            origin=f"INBOX {marks.text(where, 'origin')}",
        )

    # -- who reads what --------------------------------------------------------

    def may_read(self, mark: Mark, actor: Actor | None, *, unmasked: bool) -> bool:
        """Whether the table lets this reader see the mark; None is who has not signed in."""
        if mark.case_id == PUBLIC and mark.sort is Sort.TEXT:
            return True
        if actor is None:
            return False
        if mark.case_id.startswith("letter:"):
            return self._of_letter(mark, actor, unmasked=unmasked)
        case = self.cases[mark.case_id]
        if mark.note in ("note", "brief", "phone in a note"):
            on_duty = actor.role in (Role.DESK, Role.LEADER) and not is_withheld(case, actor)
            masked = mark.note == "phone in a note" and not (actor.role is Role.DESK and unmasked)
            return on_duty and not masked
        if mark.note.endswith("of exclusion"):
            # The register has no text of the case, but what was written about it.
            own = actor.role is not Role.RESPONDER or actor.unit == case.unit
            return own and sight_of(case, actor) > Sight.WITHHELD and not is_withheld(case, actor)
        return self._of_case(mark, case, actor, unmasked=unmasked)

    def _of_case(self, mark: Mark, case: Case, actor: Actor, *, unmasked: bool) -> bool:
        eyes = Eyes(case, actor, unmasked=unmasked)
        match mark.sort:
            case Sort.PERSON if mark.note.endswith("in the picture"):
                plain = eyes.sight is Sight.TEXT and not case.confidential
                return eyes.sight is Sight.FULL or plain
            case Sort.PERSON:
                # A text is read as it is for the secrecy and privacy check, a letter of ours also.
                in_text = ("in the body", "in the quotation", "in the greeting")
                least = Sight.TEXT if mark.note.endswith(in_text) else Sight.FULL
                return eyes.sight >= least
            case Sort.SOURCE:
                plain = eyes.sight is Sight.TEXT and not case.confidential
                return eyes.sight is Sight.FULL or (plain and mark.note == "url")
            case Sort.FILE:
                return self._of_file(mark, case, eyes, actor, unmasked=unmasked)
            case _:
                return eyes.sight >= Sight.MASKED

    def _of_file(self, mark: Mark, case: Case, eyes: Eyes, actor: Actor, *, unmasked: bool) -> bool:
        reviews = sight_of(case, actor) is Sight.TEXT and not case.confidential
        if mark.note.startswith(("content", "address")):
            api = reviews and mark.note.startswith("address")  # the item as it is, through the API
            return api or (unmasked and (eyes.sight is Sight.FULL or reviews))
        return eyes.sight is Sight.FULL if case.confidential else eyes.sight >= Sight.MASKED

    def _of_letter(self, mark: Mark, actor: Actor, *, unmasked: bool) -> bool:
        sort = mark.case_id.partition(":")[2]
        if actor.role is Role.DESK:
            plain = mark.sort is not Sort.PERSON and "secret" not in sort
            return plain or unmasked
        return actor.role is Role.ADMIN and sort == "plain" and mark.sort is not Sort.PERSON

    def may_read_labels(self, actor: Actor | None) -> bool:
        """Of any of the confidential cases."""
        secret = [self.cases[one] for one in (SECRET, ACCUSED, REQUEST)]
        return actor is not None and any(
            sight_of(case, actor) >= Sight.LABELS and not is_withheld(case, actor)
            for case in secret
        )

    def filled(self) -> str:
        """All that is stored of the cases, to see that every mark was taken in."""
        return "".join(encode_case(case).decode() for case in self.cases.values())


# -- readers -------------------------------------------------------------------


class Reader(NamedTuple):
    name: str
    role: Role
    unit: str = ""

    @property
    def actor(self) -> Actor:
        return Actor(id=self.name, role=self.role, unit=self.unit)


READERS = (
    Reader("desk-r", Role.DESK),
    Reader("desk-accused", Role.DESK, "housing"),
    Reader("lead", Role.RESPONDER, "petition"),
    Reader("assisting", Role.RESPONDER, "education"),
    Reader("other", Role.RESPONDER, "health"),
    Reader("accused", Role.RESPONDER, "housing"),
    Reader("reviewer", Role.REVIEWER),
    Reader("leader", Role.LEADER),
    Reader("admin", Role.ADMIN),
)


def client(home: MarkedHome, reader: Reader):
    return signed_in(home.office, reader.role, reader.unit, reader.name)


def token(home: MarkedHome, reader: Reader) -> str:
    client(home, reader)
    return home.office.get(Tokens).make(reader.name, "对接程序", Scope.ACT, 30, "admin")[1]


def readable_parts(content: bytes, content_type: str) -> str:
    """The words of an answer, also of the files that are packed."""
    found = [content.decode("utf-8", "replace")]
    if "openxmlformats" in content_type or content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            found += [packed.read(name).decode("utf-8", "replace") for name in packed.namelist()]
    if "json" in content_type or "ndjson" in content_type:
        found += [_unescaped(found[0])]
    return "\n".join(found)


def _unescaped(text: str) -> str:
    try:
        return "\n".join(
            json.dumps(json.loads(line), ensure_ascii=False) for line in text.splitlines() if line
        )
    except ValueError:
        return ""


class Lines(logging.Handler):
    """Everything that is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
