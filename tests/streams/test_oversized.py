"""What no record of Kafka holds: cut or kept apart, and told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from cases.record.item import Attachment, Item, Note, content_hash
from desk.dead_letters.replay import Replayed, replay_dead
from sinks.files import FileStore
from streams.dead_letters import DeadLetter
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.intake import IntakeCounts
from streams.kafka.oversized import WHOLE_TEXT, Oversized
from streams.process import Processor
from streams.sources.registry import DeskForm
from streams.sources.seam.base import Batch, Rejected
from streams.stored_originals import Kept, NotHere, encode_kept, kept_of, whole_original
from tests.cases.helpers import RECEIVED, item, reply, usual
from tests.streams.fakes import OneLabel, OneUnit

LONG = "学府路的路灯不亮。" * 100
"""900 characters, 2,700 bytes."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.kafka.oversized.MOST_BYTES", 2000)
    monkeypatch.setattr("streams.kafka.oversized.LONGEST_TEXT", 50)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files", 2**20)


def taken(found: Item | Rejected, files: FileStore) -> Item | Rejected:
    (out,) = Oversized(files).take_out(Batch(found=(found,))).found
    return out


def shortened(found: Item, files: FileStore) -> tuple[Item, str]:
    """The item as it is taken in, and what stands in its file."""
    cut = taken(found, files)
    assert isinstance(cut, Item)
    file = cut.attachments[-1]
    data = files.path(file.sha).read_bytes()
    assert (file.name, file.media_type, file.size) == (WHOLE_TEXT, "text/plain", len(data))
    return cut, data.decode()


def unshortened(files: FileStore) -> tuple[Item, Rejected]:
    """Too many short texts: none of them can be cut."""
    many = replace(item("9"), notes=tuple(Note(f"n{n}", "路灯不亮" * 4) for n in range(60)))
    letter = taken(many, files)
    assert isinstance(letter, Rejected)
    return many, letter


def test_what_fits_is_left_as_it_is(files: FileStore) -> None:
    batch = Batch(found=(item("1"), replace(item("2"), body="路" * 60)), cursor="2")
    assert Oversized(files).take_out(batch) is batch
    assert not files.folder.exists()


def test_a_long_text_is_cut_and_goes_with_the_case_whole(files: FileStore) -> None:
    picture = Attachment(name="现场.jpg", url="https://example.gov.cn/1.jpg")
    long = replace(
        item("9"),
        body=LONG,
        replies=(reply("已派人查看。" * 30),),
        extra={"现场情况": "很黑。" * 40, "编号": "7"},
        attachments=(picture,),
    )
    cut, whole = shortened(long, files)
    assert cut.body == LONG[:50]
    assert [len(one.text) for one in cut.replies] == [50]
    assert cut.replies[0].at == long.replies[0].at
    assert (len(cut.extra["现场情况"]), cut.extra["编号"]) == (50, "7")
    assert cut.attachments[0] == picture
    for text in (LONG, "已派人查看。" * 30, "很黑。" * 40):
        assert text in whole
    assert "编号" not in whole
    (note,) = cut.notes
    assert WHOLE_TEXT in note.text
    assert cut.case_id == long.case_id


def test_the_same_again_is_the_same_version_and_a_change_behind_the_cut_another(
    files: FileStore,
) -> None:
    once, twice, changed = (
        shortened(replace(item("9"), body=body), files)[0] for body in (LONG, LONG, LONG + "急。")
    )
    assert once == twice
    assert changed.body == once.body
    assert content_hash(changed) != content_hash(once)


def test_a_number_is_never_cut(files: FileStore) -> None:
    long = replace(item("9" * 900), body=LONG)
    cut, _ = shortened(long, files)
    assert cut.source_item_id == "9" * 900


def test_what_cannot_be_cut_becomes_a_letter_and_holds_nothing_up(files: FileStore) -> None:
    many, _ = unshortened(files)
    batch = Batch(found=(item("1"), many, item("2")), cursor="3")
    found = Oversized(files).take_out(batch)
    first, letter, second = found.found
    assert (first, second, found.cursor) == (item("1"), item("2"), "3")
    assert isinstance(letter, Rejected)
    assert (letter.reason, letter.source, letter.origin) == ("too_large", "letters", "9")
    kept = kept_of(letter.original)
    assert kept is not None
    assert str(files.path(kept.sha256)) in letter.detail
    data = whole_original(letter.original, files)
    assert msgspec.json.decode(data, type=Item) == many
    assert (kept.bytes, kept.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert taken(many, files) == letter, "the same again is the same letter"


def test_a_row_that_could_not_be_read_is_kept_too(files: FileStore) -> None:
    row = Rejected(
        source="letters", reason="missing_id", detail="没有编号。", original=b"x" * 3000, origin="3"
    )
    letter = taken(row, files)
    assert isinstance(letter, Rejected)
    assert (letter.reason, letter.origin) == ("missing_id", "3")
    assert letter.detail.startswith("没有编号。原文有 0.0 MB，存在 ")
    assert whole_original(letter.original, files) == row.original


def test_an_original_that_is_there_is_itself(files: FileStore) -> None:
    for original in (b"", b"\xff", b"{}", b'{"sha256": "x", "bytes": 1}'):
        assert whole_original(original, files) == original


def test_an_original_that_is_gone_or_altered_is_said(files: FileStore, tmp_path: Path) -> None:
    _, letter = unshortened(files)
    kept = kept_of(letter.original)
    assert kept is not None
    with pytest.raises(NotHere, match="HUIYIN_FILES"):
        whole_original(letter.original, FileStore(tmp_path / "other", 1))
    files.path(kept.sha256).write_bytes(b"something else")
    with pytest.raises(NotHere, match="不一致"):
        whole_original(letter.original, files)
    with pytest.raises(NotHere):
        whole_original(encode_kept(Kept(kept="item", sha256="../../etc/passwd", bytes=1)), files)


# -- another try ---------------------------------------------------------------


class Rows(DeskForm, frozen=True):
    """Reads one kind of row, and nothing else."""

    def replay(self, original: bytes, *, now: datetime) -> tuple[Item | Rejected, ...]:
        if original == b"x" * 3000:
            return (item("3"),)
        return (
            Rejected(source="letters", reason="not_a_row", detail="", original=original, origin=""),
        )


class Tight(EmbeddedRunner):
    """Takes in what a record of Kafka would hold."""

    files: FileStore

    def take(self, source: str, batch: Batch) -> IntakeCounts:
        return super().take(source, Oversized(self.files).take_out(batch))

    def again(self, files: FileStore | None = None, *sources: Rows) -> Replayed:
        return replay_dead(self, {one.name: one for one in sources}, files or self.files)

    def waiting(self) -> list[DeadLetter]:
        return [stored.letter for stored in self.store.dead_letters(waiting_only=True)]


@pytest.fixture
def office(tmp_path: Path, files: FileStore) -> Iterator[Tight]:
    processor = Processor(usual(), OneLabel(), OneUnit())
    office = Tight(EmbeddedStore(tmp_path / "huiyin.db"), processor, lambda: RECEIVED)
    office.files = files
    yield office
    office.store.close()


def test_an_item_that_was_too_large_is_taken_in_once_it_fits(
    office: Tight, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("streams.kafka.oversized.LONGEST_TEXT", 10_000)
        assert office.take("letters", Batch(found=(replace(item("9"), body=LONG),))).rejected == 1
    # Nobody has to read it again: not even a source of that name is needed.
    assert office.again() == Replayed(tried=1, accepted=1, still_bad=0, no_way=0)
    assert office.waiting() == []
    case = office.store.ledger.load(["letters:9"])["letters:9"]
    assert case.item.body == LONG[:50]
    assert case.item.attachments[0].name == WHOLE_TEXT


def test_an_item_that_is_still_too_large_stays_where_it_is(office: Tight, files: FileStore) -> None:
    many, _ = unshortened(files)
    office.take("letters", Batch(found=(many,)))
    assert office.again() == Replayed(tried=1, accepted=0, still_bad=1, no_way=0)
    assert [letter.reason for letter in office.waiting()] == ["too_large"]


def test_a_row_is_read_again_from_the_file(office: Tight) -> None:
    rows = (
        Rejected(source="letters", reason="bad", detail="", original=text * 3000, origin="")
        for text in (b"x", b"y")
    )
    office.take("letters", Batch(found=tuple(rows)))
    done = office.again(None, Rows("letters", "信箱"))
    assert done == Replayed(tried=2, accepted=1, still_bad=1, no_way=0)
    assert set(office.store.ledger.load(["letters:3"])) == {"letters:3"}
    assert len(office.waiting()) == 1


def test_on_a_machine_without_the_files_nothing_is_lost(
    office: Tight, files: FileStore, tmp_path: Path
) -> None:
    many, _ = unshortened(files)
    office.take("letters", Batch(found=(many,)))
    elsewhere = office.again(FileStore(tmp_path / "other", 1))
    assert elsewhere == Replayed(tried=1, accepted=0, still_bad=0, no_way=0, elsewhere=1)
    assert len(office.waiting()) == 1
