"""Files of a case: from the source, and put in at the desk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cases.record import commands as do
from cases.record.item import Attachment
from cases.words.actors import Role
from desk.doctor.checks import examine
from desk.files.attachments import kept_href, outside
from desk.files.uploads import MediaType, UploadError, Uploads, safe_name, sniffed
from desk.ground.office_settings import file_store
from desk.ground.settings import read_settings
from desk.ground.wiring import source_context
from desk.http.download import disposition
from tests.desk.api.helpers import OPEN, SECRET, coded, filled
from tests.desk.app.test_web import Desk, item
from tests.desk.clients import signed_in

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
MP3 = b"ID3\x04" + b"\0" * 64
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def paper(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("[Content_Types].xml", *names):
            made.writestr(name, "x")
    return out.getvalue()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Desk]:
    made = filled(tmp_path_factory.mktemp("files"), root / "config")
    yield made
    made.close()


@pytest.fixture(scope="module")
def people(desk: Desk) -> dict[str, TestClient]:
    return {
        "desk": desk.client,
        "housing": signed_in(desk.office, Role.RESPONDER, "housing"),
        "health": signed_in(desk.office, Role.RESPONDER, "health"),
        "petition": signed_in(desk.office, Role.RESPONDER, "petition"),
        "reviewer": signed_in(desk.office, Role.REVIEWER),
        "leader": signed_in(desk.office, Role.LEADER),
        "admin": signed_in(desk.office, Role.ADMIN),
    }


def upload(
    client: TestClient,
    data: bytes,
    name: str = "现场.png",
    case_id: str = OPEN,
    purpose: str = "办理佐证",
    **more: str,
):
    return client.post(
        f"/uploads/{coded(case_id)}",
        files={"file": (name, data)},
        data={"purpose": purpose, "csrf": client.headers["x-csrf-token"], **more},
        follow_redirects=False,
    )


def href(desk: Desk, case_id: str = OPEN) -> str:
    return desk.office.get(Uploads).of_case(case_id)[0].href


# -- from the source -------------------------------------------------------------------


def test_a_source_file_is_a_link_out_that_tells_nothing(people: dict[str, TestClient]) -> None:
    page = people["desk"].get(f"/cases/{coded(OPEN)}/attachments/0")
    assert page.status_code == 200
    assert 'href="https://files.example.gov.cn/1.jpg"' in page.text
    assert 'rel="noopener noreferrer"' in page.text
    listed = people["desk"].get(f"/cases/{coded(OPEN)}/files").text
    assert "现场.jpg" in listed


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example/x",
        "https://",
        "https://user:pass@files.example/x",
        "https://files.example\\@evil.example/",
        "https://a b/",
        "https://x/\u202e",
        "http://[::1",
    ],
)
def test_only_web_addresses_are_linked(url: str) -> None:
    assert outside(Attachment(name="x", url=url)) == ""


def test_a_file_without_a_usable_address_is_told_by_name(people: dict[str, TestClient]) -> None:
    page = people["desk"].get(f"/cases/{coded(OPEN)}/attachments/1").text
    assert "没有可以打开的地址" in page
    assert "javascript:" not in page
    assert people["desk"].get(f"/cases/{coded(OPEN)}/attachments/2").status_code == 404


def test_source_files_by_role(desk: Desk, people: dict[str, TestClient]) -> None:
    def status(name: str, case_id: str) -> int:
        return people[name].get(f"/cases/{coded(case_id)}/attachments/0").status_code

    assert [status(name, OPEN) for name in ("housing", "reviewer", "leader")] == [200, 200, 200]
    assert status("health", OPEN) == 404
    # A recording cannot be masked: of a confidential case only who handles it hears it.
    assert [status(name, SECRET) for name in ("desk", "petition")] == [200, 200]
    assert [status(n, SECRET) for n in ("housing", "reviewer", "leader", "admin")] == [404] * 4
    steps = desk.office.trail.search(deed="查看个人信息", about=SECRET, limit=50)[1]
    assert {one.who for one in steps} == {"desk", "responder-petition"}
    steps = desk.office.trail.search(deed="查看个人信息", about=OPEN, limit=50)[1]
    assert {one.who for one in steps} == {"desk", "responder-housing", "reviewer", "leader"}


def test_sources_and_desk_keep_files_in_one_folder(tmp_path: Path) -> None:
    home = {"HUIYIN_HOME": str(tmp_path / "home")}
    assert read_settings(home).files == tmp_path / "home" / "files"
    shared = read_settings({**home, "HUIYIN_FILES": str(tmp_path / "shared")})
    files = source_context(shared).files
    assert files is not None
    assert files.folder == file_store(shared).folder == tmp_path / "shared"
    assert files.most_bytes == 20 << 20
    (missing,) = [one for one in examine(shared) if "HUIYIN_FILES" in one.text]
    assert missing.level == "error"


# -- kept when the message came --------------------------------------------------------------


PHOTO = b"\xff\xd8\xff\xe0 photo"
PAGE = b"<html><script>alert(1)</script>"
MAIL, MAIL_SECRET = "letters:m1", "letters:m2"


@pytest.fixture(scope="module")
def kept(desk: Desk) -> dict[str, str]:
    """Name of a file -> where it is read. Two cases with files; that of the second, which is
    confidential, has bytes that the first has too."""
    files = desk.office.get(Uploads).kept
    for case_id, names in (
        (
            MAIL,
            {"现场 13912345678.jpg": PHOTO, "图.svg": SCRIPT, "说明.html": PAGE, "录音.mp3": MP3},
        ),
        (MAIL_SECRET, {"证据.jpg": PHOTO, "证据.svg": SCRIPT + b" "}),
    ):
        attachments = tuple(
            Attachment(name=name, media_type="image/svg+xml", size=len(data), sha=files.keep(data))
            for name, data in names.items()
        )
        desk.put(item(case_id.partition(":")[2], source="letters", attachments=attachments))
    desk.act(MAIL, do.Assign(lead="housing", reason="归口"))
    desk.act(MAIL_SECRET, do.MarkConfidential(reason="检举", accused=("housing",)))
    desk.act(MAIL_SECRET, do.Assign(lead="petition", reason="涉及工作人员"))
    with desk.office.readers.reader() as store:
        cases = store.ledger.load([MAIL, MAIL_SECRET])
    return {
        one.name: kept_href(case, one) for case in cases.values() for one in case.item.attachments
    }


def test_a_file_of_a_message_is_read_where_the_case_is(
    desk: Desk, people: dict[str, TestClient], kept: dict[str, str]
) -> None:
    page = people["housing"].get(f"/cases/{coded(MAIL)}/files").text
    assert kept["图.svg"] in page
    assert kept["图.svg"] in people["housing"].get(f"/cases/{coded(MAIL)}").text
    assert "13912345678" not in page
    got = people["housing"].get(kept["现场 13912345678.jpg"])
    assert got.content == PHOTO
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["content-disposition"].startswith("inline; ")
    assert "13912345678" not in got.headers["content-disposition"]
    assert got.headers["x-content-type-options"] == "nosniff"
    assert people["desk"].get(f"/api/v1{kept['录音.mp3']}").content == MP3
    steps = desk.office.trail.search(deed="查看个人信息", about=MAIL, limit=50)[1]
    assert {one.who for one in steps} == {"responder-housing", "desk"}


@pytest.mark.parametrize(("name", "data"), [("图.svg", SCRIPT), ("说明.html", PAGE)])
def test_what_could_run_in_a_browser_is_only_saved(
    people: dict[str, TestClient], kept: dict[str, str], name: str, data: bytes
) -> None:
    got = people["desk"].get(kept[name])
    assert got.content == data
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment; ")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


def test_a_file_of_a_message_belongs_to_those_who_see_its_case(
    people: dict[str, TestClient], kept: dict[str, str]
) -> None:
    assert people["leader"].get(kept["图.svg"]).status_code == 200
    assert people["health"].get(kept["图.svg"]).status_code == 404
    for name in ("housing", "reviewer", "leader", "admin", "health"):
        assert people[name].get(kept["证据.svg"]).status_code == 404, name
        # Another case that he may see does not open it, nor none at all.
        sha = kept["证据.svg"].partition("?")[0]
        for named in (f"?case={coded(MAIL)}", "", "?case=", "?case=letters:none"):
            assert people[name].get(f"{sha}{named}").status_code == 404, (name, named)
    assert people["petition"].get(kept["证据.jpg"]).status_code == 200
    # The same bytes are in a case of his as well.
    assert people["housing"].get(kept["证据.jpg"]).status_code == 404
    assert people["housing"].get(kept["现场 13912345678.jpg"]).status_code == 200


def test_bytes_that_are_not_in_the_folder_are_missed_in_words(
    desk: Desk, people: dict[str, TestClient], kept: dict[str, str]
) -> None:
    path = desk.office.get(Uploads).kept.path(kept["录音.mp3"].partition("?")[0].rpartition("/")[2])
    moved = path.rename(path.with_suffix(".away"))
    try:
        missed = people["desk"].get(kept["录音.mp3"])
        assert missed.status_code == 404
        assert "HUIYIN_FILES" in missed.text
        assert people["desk"].get(f"/cases/{coded(MAIL)}").status_code == 200
    finally:
        moved.rename(path)


# -- put in at the desk --------------------------------------------------------------------


def test_a_picture_goes_in_and_comes_out_as_it_was(
    desk: Desk, people: dict[str, TestClient]
) -> None:
    answer = upload(people["housing"], PNG, "../../现场 照片<1>.png")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{coded(OPEN)}/files")
    (ref,) = desk.office.get(Uploads).of_case(OPEN)
    assert (ref.name, ref.media_type, ref.unit) == ("现场 照片_1_.png", MediaType.PNG, "housing")
    stored = desk.office.get(Uploads).path(ref)
    assert stored == desk.settings.home / "files" / ref.sha[:2] / ref.sha
    assert stored.stat().st_mode & 0o777 == 0o600
    got = people["desk"].get(ref.href)
    assert got.content == PNG
    assert got.headers["content-type"] == "image/png"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["content-disposition"].startswith("inline; ")
    # Once, however often.
    upload(people["housing"], PNG, "另一个名字.png")
    assert len(desk.office.get(Uploads).of_case(OPEN)) == 1
    page = people["desk"].get(f"/cases/{coded(OPEN)}/files").text
    assert f'<a href="{ref.href}"' in page


def test_opening_is_noted_once_however_a_recording_is_played(
    desk: Desk, people: dict[str, TestClient]
) -> None:
    sound = MP3 + b"1"
    upload(people["desk"], sound, "来电.mp3", purpose="来件材料")
    (ref,) = [one for one in desk.office.get(Uploads).of_case(OPEN) if one.name == "来电.mp3"]

    def noted() -> int:
        return desk.office.trail.search(deed="查看个人信息", text="来电.mp3")[0]

    assert people["desk"].get(ref.href, headers={"range": "bytes=0-"}).status_code == 206
    rest = people["desk"].get(ref.href, headers={"range": "bytes=4-7"})
    assert (rest.status_code, rest.content) == (206, sound[4:8])
    assert noted() == 1
    assert people["desk"].get(ref.href).headers["content-type"] == "audio/mpeg"
    assert noted() == 2


def test_a_file_belongs_to_those_who_see_its_case(
    desk: Desk, people: dict[str, TestClient]
) -> None:
    upload(people["desk"], PNG)
    upload(people["petition"], MP3, "通话.mp3", SECRET, "联系记录")
    for name in ("desk", "housing", "reviewer", "leader"):
        assert people[name].get(href(desk)).status_code == 200, name
    assert people["health"].get(href(desk)).status_code == 404
    for name in ("housing", "reviewer", "leader", "admin", "health"):
        assert people[name].get(href(desk, SECRET)).status_code == 404, name
    for name in ("desk", "petition"):
        assert people[name].get(href(desk, SECRET)).content == MP3
    noted = desk.office.trail.search(who="leader", deed="查看个人信息", about=OPEN)[1]
    assert any("现场" in one.detail for one in noted)


def test_who_may_not_handle_the_case_puts_nothing_in(people: dict[str, TestClient]) -> None:
    assert upload(people["health"], PNG).status_code == 404
    for name in ("reviewer", "leader", "admin"):
        assert upload(people[name], PNG).status_code == 403, name
    client = people["desk"]
    token = client.headers.pop("x-csrf-token")
    without = client.post(
        f"/uploads/{coded(OPEN)}", files={"file": ("a.png", PNG)}, data={"purpose": "办理佐证"}
    )
    client.headers["x-csrf-token"] = token
    assert without.status_code == 403


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (SCRIPT, "图.png", "只收"),
        (b"<html><script>alert(1)</script>", "说明.pdf", "只收"),
        (b"MZ\x90\0" + b"\0" * 90, "程序.docx", "只收"),
        (PNG, "图.html", "应以 .png 结尾"),
        (PNG, "图", "应以 .png 结尾"),
        (paper("word/document.xml", "word/vbaProject.bin"), "表.docx", "宏"),
        (paper("other.xml"), "表.docx", "只收"),
        (b"PK\x03\x04 broken", "表.xlsx", "已损坏"),
        (b"", "空.png", "空的"),
    ],
)
def test_what_is_not_on_the_list_is_not_taken(
    desk: Desk, people: dict[str, TestClient], data: bytes, name: str, says: str
) -> None:
    answer = upload(people["desk"], data, name)
    assert answer.status_code == 400
    assert says in answer.text
    assert list((desk.settings.home / "files").glob(".new-*")) == []


def test_too_large_a_file_is_not_taken(
    desk: Desk, people: dict[str, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.office.get(Uploads), "most_bytes", 1000)
    assert "最大" in upload(people["desk"], PNG + b"\0" * 1000, "大.png").text
    # By the request's own word, before a byte is read.
    assert upload(people["desk"], PNG + b"\0" * 100_000, "更大.png").status_code == 413


def test_no_path_leads_out(people: dict[str, TestClient]) -> None:
    for path in (
        "/files/..%2f..%2fdesk.db",
        "/files/%2e%2e/desk.db",
        "/files/" + "0" * 64,
        "/files/" + "../" * 20 + "etc/passwd",
        f"/cases/{coded(OPEN)}/attachments/-1",
        f"/cases/{coded(OPEN)}/attachments/..%2f0",
    ):
        assert people["desk"].get(path).status_code == 404, path


def test_after_an_upload_only_our_own_pages_follow(people: dict[str, TestClient]) -> None:
    away = upload(people["desk"], PNG, then="https://evil.example/")
    assert away.headers["location"] == "/"
    home = upload(people["desk"], PNG, then=f"/cases/{coded(OPEN)}#files")
    assert home.headers["location"] == f"/cases/{coded(OPEN)}#files"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, MediaType.PNG),
        (b"\xff\xd8\xff\xe0" + b"\0" * 9, MediaType.JPEG),
        (b"%PDF-1.7\n", MediaType.PDF),
        (paper("word/document.xml"), MediaType.DOCX),
        (paper("xl/workbook.xml"), MediaType.XLSX),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", MediaType.M4A),
        (MP3, MediaType.MP3),
        (b"\xff\xfb\x90\x64" + b"\0" * 9, MediaType.MP3),
    ],
)
def test_what_a_file_is_is_read_from_its_bytes(
    tmp_path: Path, data: bytes, kind: MediaType
) -> None:
    (tmp_path / "x").write_bytes(data)
    assert sniffed(tmp_path / "x") is kind


def test_bytes_that_only_look_like_sound(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe<\0s\0c\0r\0")  # a text in UTF-16
    with pytest.raises(UploadError):
        sniffed(tmp_path / "x")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.png", "a.png"),
        ("C:\\用户\\图 1.png", "图 1.png"),
        ("../../etc/passwd", "passwd"),
        ('a"b\r\nc:x.png', "a_b__c_x.png"),
        ("...", "文件"),
        ("", "文件"),
        ("长" * 300 + ".docx", "长" * 115 + ".docx"),
    ],
)
def test_names_are_made_harmless(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_the_name_in_the_answer_for_every_browser() -> None:
    made = disposition('现场"1%.png', inline=False)
    assert made == (
        "attachment; filename=\"___1_.png\"; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%221%25.png"
    )
