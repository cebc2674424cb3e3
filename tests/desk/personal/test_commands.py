"""`huiyin person` and `huiyin retention`: who has the machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from cases.record import commands as do
from desk.app import cli
from tests.desk.app.test_web import Desk, item
from tests.desk.personal.test_persons import CASE, OTHER, marks_in

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def home(tmp_path: Path, root: Path) -> Path:
    desk = Desk(tmp_path / "home", root / "config")
    desk.put(item(author="欧阳标记", phone="13900007777", body="标记的正文"), item("2"))
    desk.act(CASE, do.Refuse(reason="涉诉"))
    desk.close()
    return tmp_path / "home"


@pytest.fixture
def run(
    home: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.setenv("HUIYIN_HOME", str(home))
    monkeypatch.setenv("HUIYIN_CONFIG", str(root / "config"))
    monkeypatch.setenv("HUIYIN_CLASSIFIER", "rules")

    def huiyin(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["huiyin", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        told = capsys.readouterr()
        return int(end.value.code or 0), told.out + told.err

    return huiyin


def test_a_person_is_found_given_the_data_kept_and_erased(
    run: Run, home: Path, tmp_path: Path
) -> None:
    code, told = run("person", "find", "--name", "欧阳标记", "--reason", "本人申请")
    assert (code, CASE in told, "来件人姓名" in told, OTHER in told) == (0, True, True, False)
    out = tmp_path / "copy.txt"
    assert run("person", "export", CASE, "--out", str(out))[0] == 0
    assert "标记的正文" in out.read_text("utf-8")
    assert run("person", "hold", CASE, "--reason", "复议")[0] == 0
    code, told = run("person", "erase", CASE, "--yes")
    assert (code, "复议" in told) == (1, True)
    assert run("person", "release", CASE, "--reason", "终结")[0] == 0
    code, told = run("person", "erase", CASE)
    assert (code, "--yes" in told) == (1, True)
    code, told = run("person", "erase", CASE, "--yes")
    assert (code, "已删除 1 件" in told) == (0, True)
    assert marks_in(home, "标记的正文", "13900007777") == []
    assert run("audit")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_file_that_was_taken_in_goes_with_the_person(run: Run, home: Path, encoding: str) -> None:
    done = home / "uploads" / "done"
    done.mkdir(parents=True)
    rows = "信件编号,写信人,电话\nXF9,{},{}\n"
    (done / "theirs.csv").write_text(rows.format("欧阳标记", "13900007777"), encoding)
    (done / "others.csv").write_text(rows.format("别人", "13500001111"), encoding)
    book = Workbook(str(done / "book.xlsx"))
    book.add_worksheet().write_string(0, 0, "来信人电话13900007777")
    book.close()
    assert run("person", "erase", CASE, "--yes")[0] == 0
    assert [path.name for path in done.iterdir()] == ["others.csv"]


def test_what_is_over_is_listed_and_erased_when_asked(run: Run, home: Path) -> None:
    code, told = run("retention")
    assert (code, "没有写保存期限" in told) == (1, True)
    (home / "overlay").mkdir()
    (home / "overlay" / "retention.toml").write_text(
        '[[retention]]\nid = "one"\nnew = true\nyears = 1\nsource = "保管期限表"\n', "utf-8"
    )
    with pytest.MonkeyPatch.context() as later:
        later.setenv("HUIYIN_NOW", "2029-01-01T09:00")
        code, told = run("retention")
        assert (code, f"{CASE}" in told, "到期 1 件，没有删除" in told) == (0, True, True)
        assert marks_in(home, "标记的正文") != []
        code, told = run("retention", "--run")
        assert (code, "已删除 1 件" in told) == (0, True)
    assert marks_in(home, "标记的正文") == []
