"""Ctrl-C lets a long command come to its next good place."""

from __future__ import annotations

import signal

import pytest

from desk.ground.console import interruptible


def test_the_first_press_asks_the_second_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptible() as stopped:
        assert not stopped()
        signal.raise_signal(signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
