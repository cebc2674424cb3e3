"""The engine itself, on pictures that are drawn here. Needs `huiyin[ocr]` and a font with Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams.pictures.reader import PictureLimits, PictureReader, PicturesError, installed

FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
FONT = next((font for font in FONTS if Path(font).exists()), "")
LINES = ("县信访局：", "楼道里煤气味很重，请快来人看看。", "联系电话 13987654321")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not installed(), reason="the extra `ocr` is not installed"),
    pytest.mark.skipif(not FONT, reason="no Chinese font (Debian: fonts-noto-cjk)"),
]


@pytest.fixture(scope="module")
def reads() -> Iterator[PictureReader]:
    limits = PictureLimits(page_seconds=180, start_seconds=180, most_pixels=8_000_000)
    with PictureReader(limits) as made:
        yield made


def drawn(lines: tuple[str, ...], size: tuple[int, int] = (760, 240), step: int = 70) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.truetype(FONT, 28)
    for number, line in enumerate(lines):
        pen.text((30, 20 + step * number), line, font=font, fill="black")
    return picture


def flat(text: str) -> str:
    return "".join(text.split()).replace(",", "，").replace(":", "：")


def test_a_photo_is_read_also_lying_on_its_side(tmp_path: Path, reads: PictureReader) -> None:
    picture = drawn(LINES)
    picture.save(tmp_path / "upright.png")
    exif = picture.getexif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    picture.rotate(90, expand=True).save(tmp_path / "lying.jpg", exif=exif, quality=90)
    for name in ("upright.png", "lying.jpg"):
        found = reads.read(tmp_path / name)
        assert found.unread == ""
        assert flat(found.pages[0]) == flat("".join(LINES))
        assert found.engine.startswith("rapidocr ")


def test_a_long_screenshot_is_read_in_strips_and_no_line_twice(
    tmp_path: Path, reads: PictureReader
) -> None:
    lines = tuple(f"第 {number} 条消息：水管漏水" for number in range(1, 31))
    drawn(lines, (640, 3300), 110).save(tmp_path / "long.png")
    found = reads.read(tmp_path / "long.png")
    assert len(found.pages) == 3
    read = [flat(line) for page in found.pages for line in page.split("\n")]
    assert [line for line in read if line.endswith("水管漏水")] == [flat(line) for line in lines]


def test_a_scanned_paper_is_read_and_a_typed_one_gives_its_own_text(
    tmp_path: Path, reads: PictureReader
) -> None:
    drawn(LINES).save(tmp_path / "scan.pdf")
    assert flat(reads.read(tmp_path / "scan.pdf").pages[0]) == flat("".join(LINES))
    (tmp_path / "typed.pdf").write_bytes(typed_pdf("A letter that was typed"))
    assert reads.read(tmp_path / "typed.pdf").pages == ("A letter that was typed",)


def test_bombs_and_broken_files_cost_a_sentence(tmp_path: Path, reads: PictureReader) -> None:
    from PIL import Image

    Image.new("1", (9000, 9000)).save(tmp_path / "bomb.png")
    assert "9000×9000 像素，超过 800 万像素的上限" in reads.read(tmp_path / "bomb.png").unread
    (tmp_path / "not.png").write_bytes(b"no picture at all")
    assert "内容不是能识别的图片" in reads.read(tmp_path / "not.png").unread
    (tmp_path / "cut.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert "PDF 已损坏" in reads.read(tmp_path / "cut.pdf").unread
    whole = tmp_path / "whole.png"
    drawn(LINES).save(whole)
    (tmp_path / "half.png").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert "文件已损坏" in reads.read(tmp_path / "half.png").unread
    assert reads.read(whole).unread == ""


def test_a_picture_without_text_has_an_empty_page(tmp_path: Path, reads: PictureReader) -> None:
    drawn(()).save(tmp_path / "empty.png")
    found = reads.read(tmp_path / "empty.png")
    assert (found.pages, found.unread) == (("",), "")


def typed_pdf(text: str) -> bytes:
    """The smallest paper with a text layer."""
    drawing = f"BT /F1 24 Tf 40 100 Td ({text}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources 6 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Font<</F1 5 0 R>>>>",
    )
    paper = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(paper))
        paper += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(paper)
    return (
        paper
        + b"xref\n0 7\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
    )


def test_the_child_has_so_much_memory_and_no_more(tmp_path: Path) -> None:
    drawn(LINES).save(tmp_path / "one.png")
    limits = PictureLimits(memory_mb=150, start_seconds=180)
    with PictureReader(limits) as reads, pytest.raises(PicturesError):
        reads.read(tmp_path / "one.png")
