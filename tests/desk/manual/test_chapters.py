"""What 使用手册 says is so: words of the screen, links, commands, settings, pictures, plain words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from cases.words.actors import Role
from desk.admin.area import TABS
from desk.ground.settings import SETTINGS
from desk.http.sections import SECTIONS
from desk.manual.book import CHAPTERS, READERS, Book, read_book
from desk.manual.rendering import PICTURE, anchor_of
from tests.desk.manual.screen_words import of_code, of_template, screen_words
from tests.docs.test_commands import _commands
from tests.manual_pictures import SHOTS

QUOTED = re.compile(r"「([^「」]+)」")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"`(huiyin [a-z][a-z -]*[a-z])")
EDGE = "：，。；（）()、·？?*：“”…→/"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """Without pictures, as a desk that was built without them has it."""
    return read_book(tmp_path_factory.mktemp("no-pictures"))


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return {name: (CHAPTERS / f"{name}.md").read_text("utf-8") for name in READERS}


def test_there_is_a_chapter_for_every_role_and_no_file_beside_them() -> None:
    assert {path.stem for path in CHAPTERS.iterdir()} == set(READERS)
    people = set(Role) - {Role.SYSTEM}
    assert {role for roles in READERS.values() for role in roles} == people


def test_what_stands_in_corner_brackets_stands_on_a_page(
    root: Path, sources: dict[str, str]
) -> None:
    words = screen_words(root)
    wrong = [
        f"{name}.md: 「{quoted}」"
        for name, text in sources.items()
        for quoted in QUOTED.findall(text)
        if quoted.strip(EDGE) not in words
    ]
    assert wrong == [], "these words are on no page of the desk (any more)"


def test_half_a_button_is_no_word_of_the_screen() -> None:
    page = (
        '<button title="给别人">派单给{{ unit }}</button>{{ "改派" if one else "撤下" }}<!-- x -->'
    )
    assert {"派单给", "给别人", "改派", "撤下"} <= set(of_template(page))
    assert "派单" not in of_template(page)
    assert of_code('"""派单"""\ndef f() -> str:\n    return "签收"\n') == ["签收"]


def test_every_link_leads_somewhere(root: Path, book: Book, sources: dict[str, str]) -> None:
    anchors = {
        each.name: {section.anchor for section in each.body.sections} for each in book.chapters
    }
    broken = []
    for name, text in sources.items():
        for link in LINK.findall(text):
            target, _, anchor = link.partition("#")
            if target.startswith("../"):
                page = (CHAPTERS / target).resolve()
                good = page.is_file() and page.is_relative_to(root / "docs") and not anchor
            else:
                chapter = target.removesuffix(".md") or name
                good = anchor in anchors.get(chapter, ()) if anchor else chapter in anchors
            if not good:
                broken.append(f"{name}.md -> {link}")
    assert broken == []


def test_each_role_finds_every_entry_of_its_menu_in_its_chapter(
    book: Book, sources: dict[str, str]
) -> None:
    missing = []
    for role in set(Role) - {Role.SYSTEM}:
        chapter = book.first_for(role)
        for section in SECTIONS:
            if role not in section.roles or section.name == "manual":
                continue
            if f"「{section.title}」" not in sources[chapter.name]:
                missing.append(f"{chapter.name}.md tells {role.value} nothing of {section.title}")
            if section.name not in chapter.body.helps:
                missing.append(f"{chapter.name}.md has no <!-- help: {section.name} -->")
    assert missing == []


def test_each_page_of_the_administration_has_its_help(book: Book, sources: dict[str, str]) -> None:
    for role in (Role.ADMIN, Role.DESK):
        chapter = book.first_for(role)
        for tab in TABS:
            if role in tab.roles:
                assert f"「{tab.title}」" in sources[chapter.name], tab.title
                assert f"admin-{tab.name}" in chapter.body.helps, tab.name


def test_a_help_is_of_a_page_that_there_is(root: Path, book: Book) -> None:
    here = {
        name
        for path in root.glob("desk/*/*.py")
        for name in re.findall(r"page_context\(\w+, request, \"(\w+)\"\)", path.read_text("utf-8"))
    }
    named = {
        name
        for path in root.glob("desk/*/templates/*.html")
        for name in re.findall(r"{% block help %}([a-z-]+){% endblock %}", path.read_text("utf-8"))
    }
    known = here | named | {f"admin-{tab.name}" for tab in TABS} | {"password"}
    assert {page for each in book.chapters for page in each.body.helps} <= known
    for role in set(Role) - {Role.SYSTEM}:
        for page in ("case", "account"):
            assert page in book.first_for(role).body.helps


def _named_commands(text: str) -> set[str]:
    return set(COMMAND.findall(text))


def test_every_command_is_named_and_every_named_one_exists(sources: dict[str, str]) -> None:
    real = {name for name, _ in _commands()}
    table = sources["operations"].partition("## 命令一览")[2].partition("\n## ")[0]
    assert sorted(real - _named_commands(table)) == [], "add these to 运维手册, 命令一览"
    told = set().union(*map(_named_commands, sources.values()))
    groups = {name.rpartition(" ")[0] for name in real}
    made_up = {name for name in told if not _is_command(name, real | groups)}
    assert made_up == set()


def _is_command(said: str, real: set[str]) -> bool:
    """`said` may go on with options or a file's name."""
    parts = said.split()
    return any(" ".join(parts[:length]) in real for length in (2, 3))


def test_every_setting_is_named(sources: dict[str, str]) -> None:
    told = sources["operations"]
    assert [one.name for one in SETTINGS if f"`{one.name}`" not in told] == []
    used = set(re.findall(r"\bHUIYIN_[A-Z_]+[A-Z]\b", "".join(sources.values())))
    known = {one.name for one in SETTINGS} | {"HUIYIN_SECRETS_FILE", "HUIYIN_SECRET_BACKUP_KEY"}
    assert used <= known | {"HUIYIN_SECRET", "HUIYIN_PYTHON"}


def _rows_of_files(text: str) -> Iterator[tuple[str, list[str]]]:
    """File of the configuration, and the pages that its row points to."""
    table = text.partition("## 配置文件\n")[2].partition("\n## ")[0]
    for line in table.splitlines():
        for name in re.findall(r"\b([a-z]+\.toml)", line.split("|")[1] if "|" in line else ""):
            yield name, LINK.findall(line)


def test_every_table_of_the_configuration_stands_where_the_manual_points(
    root: Path, sources: dict[str, str]
) -> None:
    rows = dict(_rows_of_files(sources["admin"]))
    assert set(rows) == {path.name for path in (root / "config").glob("*.toml")}
    missing = []
    for name, links in rows.items():
        pages = [(CHAPTERS / link).resolve() for link in [*links, "../../../docs/overlay.md"]]
        told = sources["admin"] + "".join(page.read_text("utf-8") for page in pages)
        for key, value in tomllib.loads((root / "config" / name).read_text("utf-8")).items():
            if isinstance(value, dict | list) and not re.search(rf"[\[`.]{key}\b", told):
                missing.append(f"{name}: [{key}] stands on none of {links}")
    assert missing == []


def test_every_picture_is_taken_and_shows_as_many_places_as_its_words_number(
    sources: dict[str, str],
) -> None:
    told = dict(PICTURE.findall("".join(sources.values())))
    assert set(told) == {shot.name for shot in SHOTS}
    for shot in SHOTS:
        numbers = re.findall("[①②③④⑤]", told[shot.name])
        expected = len(shot.marks) if len(shot.marks) > 1 else 0
        assert numbers == list("①②③④⑤"[:expected]), shot.name


BY_ROLE = ("duty", "unit", "review")
LATIN = {"Excel", "Word", "Enter", "a", "j", "k"}
UNWANTED = {
    "点击": "按",
    "用户": "说是谁：群众、值班员、单位",
    "请您": "直接说做什么",
    "进行": "直接用动词",
    "系统将": "系统会",
    "如果": "直接说条件",
    "及时": "说几点、几天",
    "如图": "没有图时也要读得懂",
    "下图": "没有图时也要读得懂",
}
LONGEST = 90
"""Characters of a sentence."""


@pytest.mark.parametrize("name", READERS)
def test_words_are_plain(name: str, sources: dict[str, str]) -> None:
    text = re.sub(r"```.*?```|`[^`]*`|<!--.*?-->|\]\([^)]*\)", "", sources[name], flags=re.DOTALL)
    found = [f"{word}：{better}" for word, better in UNWANTED.items() if word in text]
    assert found == []
    long = [part for part in re.split(r"[。！？；\n|]", text) if len(part) > LONGEST]
    assert long == []
    if name in BY_ROLE:
        assert set(re.findall(r"[A-Za-z]+", text)) <= LATIN


def test_a_code_host_and_the_desk_make_the_same_anchor() -> None:
    assert anchor_of("备份和恢复") == "备份和恢复"
    assert anchor_of("台账：找任何一件") == "台账找任何一件"
    assert anchor_of("Excel 怎么办？") == "excel-怎么办"
