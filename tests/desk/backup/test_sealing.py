"""A sealed file: what went in comes out, and nothing else is believed."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk.backup import sealing
from desk.backup.sealing import SealedReader, SealedWriter, SealError

KEY = "青山绿水"


def sealed(data: bytes, passphrase: str = KEY) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, passphrase)
    for at in range(0, len(data), 7):
        writer.write(data[at : at + 7])
    writer.close()
    return file.getvalue()


def opened(data: bytes, passphrase: str = KEY) -> bytes:
    return SealedReader(io.BytesIO(data), passphrase).read()


@given(data=st.binary(max_size=100))
@settings(max_examples=20)
def test_what_went_in_comes_out(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "_PIECE", 16)
        assert opened(sealed(data)) == data


def test_a_guess_of_the_passphrase_costs_as_much_as_ever(
    shipped_work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Backups that lie there already are opened with the work that they were sealed with."""
    assert shipped_work == 2**15
    quick = sealed(b"letters")
    monkeypatch.setattr(sealing, "_WORK", shipped_work)
    assert opened(sealed(b"letters")) == b"letters"
    with pytest.raises(SealError, match="BACKUP_KEY"):
        opened(quick)


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(SealError, match="BACKUP_KEY"):
        opened(sealed(b"letters"), "另一个口令")


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A sealed file of three pieces: its head, then each piece."""
    monkeypatch.setattr(sealing, "_PIECE", 16)
    whole = sealed(bytes(range(48)))
    head = len(whole) - 3 * (16 + 16)
    return [whole[:head], *(whole[at : at + 32] for at in range(head, len(whole), 32))]


@pytest.mark.parametrize(
    "kept", [(0,), (0, 1), (0, 1, 2), (0, 2, 1, 3), (0, 1, 3), (0, 1, 1, 2, 3), (0, 1, 2, 3, 3)]
)
def test_pieces_cut_off_moved_or_doubled_are_noticed(
    pieces: list[bytes], kept: tuple[int, ...]
) -> None:
    with pytest.raises(SealError):
        opened(b"".join(pieces[each] for each in kept))


def test_a_changed_byte_is_noticed(pieces: list[bytes]) -> None:
    whole = bytearray(b"".join(pieces))
    whole[-20] ^= 1
    with pytest.raises(SealError):
        opened(bytes(whole))
