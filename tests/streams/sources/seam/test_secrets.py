"""Secrets come from guarded places and show themselves nowhere."""

from __future__ import annotations

import base64
import copy
import json
import logging
import os
import pickle
from pathlib import Path
from urllib.parse import quote

import pytest

from streams.sources.seam.secrets import RedactSecrets, SecretError, Secrets, guard_logs

VALUE = 'p@ss "口令"/7'


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    write(tmp_path, 'MAILBOX = "from-file"\nother = "kept"\n')
    secrets = Secrets.load(
        {"HUIYIN_SECRET_MAILBOX": "from-env", "HUIYIN_SECRET_EMPTY": ""}, tmp_path
    )
    assert secrets.require("mailbox") == "from-env"
    assert secrets.require("OTHER") == "kept"
    assert "EMPTY" not in secrets


def test_a_named_file_must_exist_and_the_usual_one_may_not(tmp_path: Path) -> None:
    assert "X" not in Secrets.load({}, tmp_path)
    with pytest.raises(SecretError, match="HUIYIN_SECRETS_FILE"):
        Secrets.load({"HUIYIN_SECRETS_FILE": str(tmp_path / "none.toml")}, tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o620])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    write(tmp_path, 'A = "secret-value"', mode)
    with pytest.raises(SecretError, match="chmod 600"):
        Secrets.load({}, tmp_path)


def test_a_file_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, 'A = "secret-value"')
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(SecretError, match="chown"):
        Secrets.load({}, tmp_path)


@pytest.mark.parametrize(
    "text",
    ['A = "secret-value', "A = 12345678", 'A = ""', "[a]\nb = 'secret-value'", '"a-b" = "x"'],
)
def test_a_bad_file_is_named_and_its_content_is_not_shown(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SecretError) as caught:
        Secrets.load({}, tmp_path)
    assert str(path) in str(caught.value)
    assert "secret-value" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_missing_secret_says_where_to_put_it(tmp_path: Path) -> None:
    write(tmp_path, 'A = "secret-value"')
    with pytest.raises(SecretError) as caught:
        Secrets.load({}, tmp_path).require("hotline_token")
    assert "HUIYIN_SECRET_HOTLINE_TOKEN" in str(caught.value)
    assert "secrets.toml" in str(caught.value)


def test_no_representation_shows_a_value() -> None:
    secrets = Secrets({"A": VALUE})
    secret = secrets.get("A")
    assert secret is not None
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        repr(secrets),
        str([secret]),
    ):
        assert VALUE not in shown
    assert secret.reveal() == VALUE
    for thing in (secret, secrets):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        with pytest.raises(TypeError):
            copy.deepcopy(thing)


@pytest.mark.parametrize(
    "form",
    [
        VALUE,
        quote(VALUE, safe=""),
        json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False),
        repr(VALUE),
        base64.b64encode(VALUE.encode()).decode(),
    ],
)
def test_every_form_of_a_value_is_redacted(form: str) -> None:
    redacted = Secrets({"A": VALUE, "SHORT": "ab"}).redact(f"login {form} about ab")
    assert "〔密〕" in redacted
    assert "口令" not in redacted
    assert form.strip("\"'") not in redacted
    assert redacted.endswith("about ab")


def test_a_secret_that_is_part_of_another_leaves_no_rest() -> None:
    assert Secrets({"A": "token", "B": "token-long"}).redact("x token-long y") == "x 〔密〕 y"


def test_logs_show_no_secret_in_message_arguments_traceback_or_stack(
    caplog: pytest.LogCaptureFixture,
) -> None:
    secrets = Secrets({"A": "hunter2-value"})
    lines: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Handler()
    guard_logs(secrets, [handler])
    log = logging.getLogger("huiyin.test.secrets")
    log.propagate = False
    log.addHandler(handler)
    try:
        log.warning("with %s and %r", "hunter2-value", {"k": "hunter2-value"})
        log.warning("broken %d hunter2-value", "x")
        try:
            raise ValueError("hunter2-value")  # noqa: TRY301
        except ValueError:
            log.exception("failed", stack_info=True)
    finally:
        log.removeHandler(handler)
    assert len(lines) == 3
    assert "hunter2-value" not in "".join(lines)
    assert "ValueError" in lines[2]


def test_the_filter_keeps_ordinary_lines_as_they_are() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "来源 %s 收到 %d 件", ("信箱", 3), None)
    assert RedactSecrets(Secrets({"A": "hunter2-value"})).filter(record)
    assert record.getMessage() == "来源 信箱 收到 3 件"
