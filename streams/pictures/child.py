"""The process that reads pictures. `streams.pictures.reader` starts it, and ends it where it hangs.

What it is given comes from strangers, so it has little: so much memory, no network, no file to
write to. One page at a time:

    {"path": "/files/ab/ab…", "page": 0}  ->  {"text": "…", "pages": 3}
                                          or  {"problem": "…", "pages": 0}

Nothing of the program is imported here: it is run as a file, with the packages of `huiyin[ocr]`.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from importlib.metadata import version
from typing import Any, Final

SHORT_SIDE: Final = 1600
"""Pixels. A larger picture is made smaller: print is still read."""
STRIP: Final = 1600
"""Pixels of the long side that are read at once, of a picture much longer than wide."""
OVERLAP: Final = 120
LONG: Final = 2.0
"""A picture so many times longer than wide (a screenshot of a conversation) is read in strips."""
PDF_LONG_SIDE: Final = 2000
LEAST_TYPED: Final = 10
"""Characters of a text layer: a page with fewer is looked at as a picture."""
FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_REPEATED: Final = 4
"""So many last lines of a strip may stand at the top of the next one too."""


class Unreadable(Exception):
    """The text says why, in Chinese."""


def main(memory_mb: int, most_pixels: int) -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.nice(10)
    most = memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_no_network)
    pages = Pages(most_pixels)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _say(out, {"engine": f"rapidocr {version('rapidocr')}"})
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = pages.read(asked["path"], asked["page"])
        except Unreadable as problem:
            answer = {"problem": str(problem)}
        except MemoryError:
            answer = {"problem": "识别它需要的内存超过上限"}
        except Exception as error:  # noqa: BLE001  a broken file breaks decoders in any way
            answer = {"problem": f"文件已损坏，打不开（{type(error).__name__}）"}
        _say(out, answer)


def _say(out: Any, answer: dict[str, object]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


def _no_network(event: str, _arguments: object) -> None:
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise OSError("no network here")


class Pages:
    """The pages of the file that was asked for last."""

    def __init__(self, most_pixels: int) -> None:
        from PIL import Image
        from rapidocr import RapidOCR

        Image.MAX_IMAGE_PIXELS = None  # the header is asked before anything is decoded
        self._most_pixels = most_pixels
        one = "EngineConfig.onnxruntime"
        self._engine = RapidOCR(
            params={
                "Global.log_level": "critical",
                f"{one}.intra_op_num_threads": 1,
                f"{one}.inter_op_num_threads": 1,
            }
        )
        self._path = ""
        self._source: Any = None
        self._last: list[str] = []

    def read(self, path: str, page: int) -> dict[str, object]:
        """Raises `Unreadable`, and whatever a broken file makes a decoder raise."""
        if path != self._path:
            self._path, self._source, self._last = "", None, []
            with open(path, "rb") as file:  # noqa: PTH123  (nothing but what is needed is loaded)
                head = file.read(5)
            self._source = Pdf(path) if head == b"%PDF-" else Picture(path, self._most_pixels)
            self._path = path
        typed = self._source.typed(page)
        if typed:
            return {"text": typed, "pages": self._source.pages}
        lines = list(self._engine(self._source.pixels(page)).txts or ())
        if self._source.overlaps:
            while lines and lines[0] in self._last:
                lines.pop(0)
            self._last = lines[-_REPEATED:]
        return {"text": "\n".join(lines), "pages": self._source.pages}


class Pdf:
    """A paper: the text that it carries, else its pages as pictures."""

    overlaps = False

    def __init__(self, path: str) -> None:
        import pypdfium2

        try:
            self._paper = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            locked = "assword" in str(error)
            raise Unreadable("PDF 有密码，打不开" if locked else "PDF 已损坏，打不开") from None
        self.pages = len(self._paper)

    def typed(self, page: int) -> str:
        text = self._paper[page].get_textpage().get_text_range().replace("\r", "").strip()
        return text if sum(not char.isspace() for char in text) >= LEAST_TYPED else ""

    def pixels(self, page: int) -> Any:
        one = self._paper[page]
        scale = PDF_LONG_SIDE / max(1.0, *one.get_size())
        return one.render(scale=min(scale, 4.0)).to_numpy()[:, :, :3]


class Picture:
    """A picture; one much longer than wide as strips, which overlap."""

    def __init__(self, path: str, most_pixels: int) -> None:
        from PIL import Image, ImageOps, UnidentifiedImageError

        try:
            image = Image.open(path, formats=FORMATS)
        except UnidentifiedImageError:
            raise Unreadable(
                "内容不是能识别的图片（png、jpg、webp、bmp、gif、tiff）或 PDF"
            ) from None
        width, height = image.size
        if width * height > most_pixels:
            most = most_pixels // 10_000
            raise Unreadable(f"图片有 {width}×{height} 像素，超过 {most} 万像素的上限")
        if image.format == "JPEG":
            image.draft("RGB", (SHORT_SIDE * 2, SHORT_SIDE * 2))
        image = ImageOps.exif_transpose(image)
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            image = image.convert("RGBA")
            paper = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(paper, image)
        image = image.convert("RGB")
        short = min(image.size)
        if short > SHORT_SIDE:
            share = SHORT_SIDE / short
            image = image.resize([max(1, round(side * share)) for side in image.size])
        self._image = image
        self.overlaps = max(image.size) > LONG * min(image.size) and max(image.size) > STRIP
        step = STRIP - OVERLAP
        self.pages = -(-(max(image.size) - OVERLAP) // step) if self.overlaps else 1

    def typed(self, _page: int) -> str:
        return ""

    def pixels(self, page: int) -> Any:
        import numpy as np

        image = self._image
        if self.overlaps:
            width, height = image.size
            start = page * (STRIP - OVERLAP)
            end = start + STRIP
            box = (0, start, width, min(end, height))
            if width > height:
                box = (start, 0, min(end, width), height)
            image = image.crop(box)
        return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
