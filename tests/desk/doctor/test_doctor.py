"""What `huiyin doctor` says of an installation that was set up before the rules of today."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from cases.record import commands as do
from cases.record.item import SourceReply
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts import accounts as module
from desk.accounts.accounts import Account, Accounts
from desk.accounts.tokens import Scope, Tokens
from desk.demo.accounts import DEMO_PASSWORD
from desk.doctor.checks import examine
from desk.doctor.finding import Finding
from desk.doctor.keys import master_key
from desk.ground import production, production_upkeep, wiring
from desk.ground.deskfile import DeskFile
from desk.ground.settings import Settings, SettingsError, read_settings
from huiyin.store.room import Room
from sinks.ledger.base import Change
from streams.embedded.store import EmbeddedStore
from tests.cases.helpers import DESK, Story, item

NOW = datetime(2026, 11, 24, 10, 40, tzinfo=BEIJING)
GOOD = "河边 柳树 三只鸭子"
STRONG = "q7Zr-tWm4_yKd9Xs2Lb"


def settings_of(tmp_path: Path, root: Path, **more: str) -> Settings:
    tmp_path.chmod(0o700)
    return read_settings(
        {"HUIYIN_HOME": str(tmp_path), "HUIYIN_CONFIG": str(root / "config"),
         "HUIYIN_CLASSIFIER": "rules"} | more
    )  # fmt: skip


def about(found: list[Finding], word: str) -> list[str]:
    return [one.level for one in found if word in one.text]


def test_units_are_counted_as_the_page_of_the_set_up_counts_them(
    tmp_path: Path, root: Path
) -> None:
    """Those that were merged into another are none."""
    settings = settings_of(tmp_path, root, HUIYIN_CONFIG=str(root / "tests" / "tables"))
    register = wiring.build_router(settings).register
    merged = sum(bool(unit.merged_into) for unit in register)
    assert merged
    assert register.standing == len(register) - merged
    assert about(examine(settings), f"责任单位 {register.standing} 个") == ["ok"]


def test_a_short_disk_beside_that_of_the_data_is_told(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(0, 40 << 30, name="备份文件夹", stops="备份做不成", key="backup", vital=False)
    monkeypatch.setattr("desk.doctor.home_checks.rooms", lambda _settings: (room,))
    assert about(examine(settings_of(tmp_path, root)), "备份做不成") == ["error"]


def test_tokens_of_others_lone_admins_and_known_passwords_are_told(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path, root)
    file = DeskFile(settings.desk_file)
    accounts = Accounts(file)
    with monkeypatch.context() as before:
        before.setattr(module, "check_password", lambda *_: None)  # as an earlier version was
        accounts.add(Account(id="admin", name="高某", role=Role.ADMIN, created=NOW), DEMO_PASSWORD)
    accounts.add(
        Account(id="chen", name="陈某", role=Role.RESPONDER, unit="housing", created=NOW), GOOD
    )
    tokens = Tokens(file)
    tokens.make("chen", "大屏", Scope.READ, 9, "admin")
    found = examine(settings)
    assert about(found, "由别人单独添加的接口令牌：第 1 号（chen，admin 添加）") == ["warning"]
    assert about(found, "不足两个") == ["warning"]
    assert about(found, "账号 admin 用的是公开的示例密码") == ["error"]

    tokens.revoke(1)
    tokens.make("chen", "大屏", Scope.READ, 9, "admin", "zhiban")
    tokens.make("chen", "自己", Scope.READ, 9, "chen")
    accounts.set_password("admin", GOOD, must_change=False)
    accounts.add(Account(id="zhiban", name="林某", role=Role.DESK, created=NOW), GOOD)
    found = examine(settings)
    for word in ("单独添加", "不足两个", "示例密码"):
        assert about(found, word) == []
    file.close()


def test_files_that_others_can_read_are_told(tmp_path: Path, root: Path) -> None:
    settings = settings_of(tmp_path, root)
    paper = tmp_path / "papers" / "weekly.docx"
    paper.parent.mkdir(mode=0o755)
    paper.write_bytes(b"x")
    paper.chmod(0o644)
    assert about(examine(settings), "本机其他账号能读") == ["warning"]
    paper.chmod(0o600)
    paper.parent.chmod(0o700)
    assert about(examine(settings), "本机其他账号能读") == []


def test_a_superuser_and_servers_without_a_login_are_told(tmp_path: Path, root: Path) -> None:
    servers = {"HUIYIN_KAFKA": "127.0.0.1:9", "HUIYIN_ELASTICSEARCH": "http://127.0.0.1:9"}
    open_ = " ".join(production_upkeep.weaknesses(settings_of(tmp_path, root, **servers)))
    assert "Kafka 不用登录" in open_
    assert "Elasticsearch 不用登录" in open_
    users = {"HUIYIN_KAFKA_USER": "huiyin", "HUIYIN_ELASTICSEARCH_USER": "elastic"}
    (superuser,) = production_upkeep.weaknesses(settings_of(tmp_path, root, **servers, **users))
    assert "超级用户“elastic”" in superuser
    users["HUIYIN_ELASTICSEARCH_USER"] = "huiyin"
    assert production_upkeep.weaknesses(settings_of(tmp_path, root, **servers, **users)) == []


@pytest.mark.parametrize("value", ["change-me", "change-me-please", "Kafka@2026!!!"])
def test_example_passwords_of_the_servers_are_refused(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    settings = settings_of(
        tmp_path, root, HUIYIN_KAFKA="127.0.0.1:9", HUIYIN_ELASTICSEARCH="http://127.0.0.1:9",
        HUIYIN_KAFKA_USER="huiyin", HUIYIN_ELASTICSEARCH_USER="huiyin",
    )  # fmt: skip
    monkeypatch.setenv("HUIYIN_SECRET_KAFKA_PASSWORD", value)
    monkeypatch.setenv("HUIYIN_SECRET_ELASTICSEARCH_PASSWORD", value)
    for ask in (production.address, production.ledger):
        with pytest.raises(SettingsError, match=r"请换成随机的") as refused:
            ask(settings)
        assert value not in str(refused.value)
    monkeypatch.setenv("HUIYIN_SECRET_KAFKA_PASSWORD", STRONG)
    assert production.address(settings).password == STRONG


def test_cases_published_before_a_person_had_to_release_them_are_named(
    tmp_path: Path, root: Path
) -> None:
    settings = settings_of(tmp_path, root)
    answered = (SourceReply(text="已修复。", at=NOW),)
    before, released = (Story(item(number, replies=answered)) for number in ("1", "2"))
    for story, words in ((before, ""), (released, "路灯坏了。")):
        story.does(DESK, do.Publish(where="网站", text=words, reply=words), NOW)
    store = EmbeddedStore(settings.database)
    store.ledger.store([Change(one.case, 0) for one in (before, released)])
    store.close()
    found = [one for one in examine(settings) if "还没有人放行" in one.text]
    assert [one.level for one in found] == ["warning"]
    assert f"1 件（{before.case.case_id}）" in found[0].text


def test_it_says_whether_a_second_judge_is_there(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifiers.encoder.judge.available", lambda: False)
    absent = "没有安装复核模型（huiyin[encoder]），只用线性模型"
    said = examine(settings_of(tmp_path, root, HUIYIN_CLASSIFIER="model"))
    assert about(said, absent) == ["ok"]
    assert about(examine(settings_of(tmp_path, root, HUIYIN_CLASSIFIER="linear")), absent) == []


def test_a_second_judge_that_cannot_work_is_an_error(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "damaged.encoder"
    damaged.write_bytes(b"nothing")
    monkeypatch.setattr("classifiers.encoder.judge.available", lambda: True)
    monkeypatch.setattr("classifiers.encoder.judge.SHIPPED", damaged)
    said = examine(settings_of(tmp_path, root, HUIYIN_CLASSIFIER="model"))
    assert about(said, "应为编码器文件，读不出") == ["error"]


@pytest.mark.parametrize(
    ("file", "mode", "level", "said"),
    [
        (None, 0, "warning", "没有主密钥"),
        ("elsewhere/master.key", 0o600, "ok", "另存一份在保险柜里"),
        ("elsewhere/master.key", 0o640, "warning", "chmod 600"),
        ("home/master.key", 0o600, "warning", "移到别处"),
        ("elsewhere/none.key", None, "error", "读不出来"),
    ],
)
def test_where_the_master_key_lies_is_told(
    tmp_path: Path, root: Path, file: str | None, mode: int | None, level: str, said: str
) -> None:
    for folder in ("home", "elsewhere"):
        (tmp_path / folder).mkdir()
    more = {}
    if file is not None:
        path = tmp_path / file
        more = {"HUIYIN_KEY_FILE": str(path)}
        if mode is not None:
            path.write_text("ab" * 32)
            path.chmod(mode)
    settings = settings_of(tmp_path, root, HUIYIN_HOME=str(tmp_path / "home"), **more)
    found_level, text = master_key(settings)
    assert (found_level, said in text) == (level, True), text
