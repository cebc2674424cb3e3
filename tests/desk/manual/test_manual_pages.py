"""使用手册 at the desk: for every role, at the right place, found by words, safe, with and without pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hatchling.builders.wheel import WheelBuilder
from selectolax.lexbor import LexborHTMLParser

from cases.words.actors import Role
from desk.http.sections import EVERYONE, SECTIONS, Section
from desk.manual import routes
from desk.manual.book import PICTURES, READERS, read_book
from desk.manual.rendering import rendered
from tests.desk.app.test_web import Desk
from tests.desk.clients import client_of, signed_in

PEOPLE = [(role, "housing" if role is Role.RESPONDER else "") for role in EVERYONE]
CHAPTER_OF = {role: name for name, roles in READERS.items() for role in roles}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"), root / "config")
    yield made
    made.close()


@pytest.mark.parametrize(("role", "unit"), PEOPLE)
def test_every_role_opens_the_manual_at_its_own_part(desk: Desk, role: Role, unit: str) -> None:
    client = signed_in(desk.office, role, unit)
    page = client.get("/manual")
    assert page.status_code == 200
    assert page.url.path == f"/manual/{CHAPTER_OF[role]}"
    tree = LexborHTMLParser(page.text)
    current = tree.css_first(".side [aria-current]")
    assert current is not None
    assert current.attributes["href"] == "/manual"
    for name in READERS:
        assert client.get(f"/manual/{name}").status_code == 200


@pytest.mark.parametrize(("role", "unit"), PEOPLE)
def test_each_page_of_the_menu_leads_to_what_the_manual_says_of_it(
    desk: Desk, role: Role, unit: str
) -> None:
    client = signed_in(desk.office, role, unit)
    chapter = LexborHTMLParser(client.get(f"/manual/{CHAPTER_OF[role]}").text)
    for section in SECTIONS:
        if role in section.roles and section.name != "manual":
            answer = client.get(f"/manual?page={section.name}", follow_redirects=False)
            where, _, anchor = unquote(answer.headers["location"]).partition("#")
            assert where == f"/manual/{CHAPTER_OF[role]}", section.title
            assert chapter.css_first(f'[id="{anchor}"]'), section.title


@pytest.mark.parametrize("section", [one for one in SECTIONS if one.name in ("ledger", "duty")])
def test_a_page_asks_for_its_own_help(desk: Desk, section: Section) -> None:
    page = LexborHTMLParser(signed_in(desk.office, Role.DESK).get(section.href).text)
    link = page.css_first("a.help")
    assert link is not None
    assert link.text() == "怎么办？"
    assert link.attributes["href"] == f"/manual?page={section.name}"


def test_a_page_of_the_administration_leads_to_its_own_section(desk: Desk) -> None:
    client = signed_in(desk.office, Role.ADMIN)
    page = LexborHTMLParser(client.get("/admin/backup").text)
    link = page.css_first("a.help")
    assert link is not None
    answer = client.get(str(link.attributes["href"]), follow_redirects=False)
    assert unquote(answer.headers["location"]) == "/manual/admin#备份"


def test_a_page_that_nothing_is_said_of_leads_to_the_beginning(desk: Desk) -> None:
    client = signed_in(desk.office, Role.LEADER)
    assert client.get("/manual?page=nowhere").url.path == "/manual/review"


def test_words_are_found_whatever_their_case_and_shown(desk: Desk) -> None:
    client = signed_in(desk.office, Role.RESPONDER, "housing")
    page = LexborHTMLParser(client.get("/manual", params={"q": "退回 依据"}).text)
    first = page.css_first(".found")
    assert first is not None
    chapters = [one.text() for one in page.css(".found h3 .dim")]
    assert chapters[0] == "承办单位一页纸"
    assert {one.text() for one in page.css("mark")} <= {"退回", "依据"}
    link = first.css_first("a")
    assert link is not None
    assert str(link.attributes["href"]).startswith("/manual/unit#")
    small = client.get("/manual", params={"q": "huiyin DOCTOR"}).text
    assert "<mark>" in small
    assert "运维手册" in small


def test_words_in_a_heading_come_first() -> None:
    found = read_book().find("备份", Role.DESK)
    assert "备份" in found[0].title
    assert read_book().find("  ", Role.DESK) == ()


def test_what_is_not_found_says_what_to_try(desk: Desk) -> None:
    client = signed_in(desk.office, Role.DESK)
    page = client.get("/manual", params={"q": "<script>alert(1)</script>"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "没有找到。换一个短一些的词再试" in page.text


def test_nobody_reads_it_who_is_not_signed_in_and_a_wrong_address_is_told(desk: Desk) -> None:
    assert client_of(desk.office).get("/manual/duty", follow_redirects=False).status_code == 303
    client = signed_in(desk.office, Role.DESK)
    assert client.get("/manual/nothing").status_code == 404
    assert "请从目录里选" in client.get("/manual/nothing").text


def test_pictures_show_where_they_were_made(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "duty-today.webp").write_bytes(b"RIFF")
    monkeypatch.setattr(routes, "PICTURES", tmp_path)
    monkeypatch.setattr(routes, "read_book", lambda: read_book(tmp_path))
    client = signed_in(desk.office, Role.DESK)
    page = LexborHTMLParser(client.get("/manual/duty").text)
    pictures = [str(one.attributes["src"]) for one in page.css("figure img")]
    assert pictures == ["/manual/pictures/duty-today.webp"]
    answer = client.get(pictures[0])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert client.get("/manual/pictures/duty-case.webp").status_code == 404
    assert client.get("/manual/pictures/..%2fchapters%2fduty.webp").status_code == 404


def test_without_pictures_the_text_stands_alone(tmp_path: Path) -> None:
    book = read_book(tmp_path)
    for chapter in book.chapters:
        assert "<img" not in chapter.body.html
        assert "picture:" not in chapter.body.html
        assert "help:" not in chapter.body.html


def test_every_column_of_a_table_has_a_name(tmp_path: Path) -> None:
    for chapter in read_book(tmp_path).chapters:
        heads = [one.text(strip=True) for one in LexborHTMLParser(chapter.body.html).css("th")]
        assert all(heads), chapter.title


HOSTILE = """# 题

<!-- help: case -->

<script>alert(1)</script>

一段 <b onclick="x()">粗</b>，[坏](javascript:alert(1))，![图](https://example.com/x.png)，[外](https://example.com/)，
[章](admin.md#备份)，[英文](../../../docs/desk.md)，`<i>`「<u>」

<!-- picture: no-such 题注 <b> -->

<!-- picture: there 题注 <b> -->
"""


def test_nothing_of_a_chapter_is_taken_as_html_and_nothing_leads_out() -> None:
    made = rendered(HOSTILE, frozenset({"there"}))
    tree = LexborHTMLParser(made.html)
    for tag in ("script", "b", "i", "u"):
        assert tree.css_first(tag) is None, tag
    assert [unquote(str(one.attributes["href"])) for one in tree.css("a")] == [
        "/manual/admin#备份", "/manual/pictures/there.webp",
    ]  # fmt: skip
    (picture,) = tree.css("img")
    assert picture.attributes["alt"] == "题注 <b>"
    assert made.helps == {"case": "题"}
    assert "docs/desk.md" in tree.text()


@pytest.mark.parametrize("text", ["没有题", "# 一\n\n## 二\n\n## 二\n"])
def test_a_chapter_has_headings_that_differ(text: str) -> None:
    with pytest.raises(ValueError, match="headings"):
        rendered(text, frozenset())


def test_a_wheel_carries_the_pictures_that_were_made(root: Path, tmp_path: Path) -> None:
    """They are ignored by git, and a wheel leaves out what is."""
    tree = tmp_path / "tree"
    pictures = tree / PICTURES.relative_to(root)
    pictures.mkdir(parents=True)
    for name in ("pyproject.toml", ".gitignore", "README.md"):
        (tree / name).write_bytes((root / name).read_bytes())
    (tree / "config").mkdir()
    for package in ("huiyin", "cases", "classifiers", "streams", "sinks", "desk"):
        (tree / package).mkdir(exist_ok=True)
        (tree / package / "__init__.py").touch()
    (pictures / "duty-today.webp").write_bytes(b"RIFF")
    (pictures / "notes.txt").touch()
    carried = {one.distribution_path for one in WheelBuilder(str(tree)).recurse_included_files()}
    assert "desk/manual/pictures/duty-today.webp" in carried
    assert "desk/manual/pictures/notes.txt" not in carried
