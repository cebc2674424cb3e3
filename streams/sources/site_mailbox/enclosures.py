"""Files that a letter names: links on its page, lists in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborNode

from cases.record.item import Attachment
from huiyin.net.html_text import node_text
from huiyin.net.json_values import BadJson, Json, as_text
from streams.sources.site_mailbox.documents import Node, read
from streams.sources.site_mailbox.options import AttachmentsSpec
from streams.sources.values.loose_json import parse_loose
from streams.sources.values.words import NOTHING

KEYS: Final = frozenset(
    {
        "attachments",
        "attachment",
        "attachs",
        "attach",
        "attachlist",
        "attachmentlist",
        "attachfiles",
    }
    | {
        "files",
        "file",
        "filelist",
        "fileurl",
        "fileurls",
        "annex",
        "annexs",
        "annexlist",
        "appendix",
    }
    | {
        "accessory",
        "accessories",
        "enclosure",
        "fujian",
        "fj",
        "fjlist",
        "pics",
        "piclist",
        "images",
    }
    | {"imgs", "imglist", "photos", "附件", "附件列表", "图片"}
)
"""Names, in small letters and without "_", under which interfaces list files."""
_NAME_KEYS: Final = (
    *("name", "filename", "title", "oldname", "originalname", "originalfilename", "realname"),
    *("attachname", "attachmentname", "fjmc", "wjmc", "附件名称", "文件名"),
)
_URL_KEYS: Final = (
    *("url", "path", "fileurl", "filepath", "src", "link", "href", "attachurl", "attachpath"),
    *("downloadurl", "fjdz", "附件地址", "地址"),
)
_SEPARATORS: Final = re.compile(r"[;；,，|\n]+|\s/\s")
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{2,5}$")
_MOST: Final = 100


def configured(node: Node, spec: AttachmentsSpec) -> tuple[Attachment, ...]:
    """The files at the places that the configuration names."""
    found = [
        _file(read(row, spec.name), read(row, spec.url) if spec.url is not None else "")
        for row in node.rows(spec.rows) or ()
    ]
    return tuple(file for file in found if file is not None)[:_MOST]


def plain(key: str) -> str:
    """A key as it is compared."""
    return key.replace("_", "").replace("-", "").strip().lower()


def in_json(value: Json) -> tuple[Attachment, ...]:
    """The files that an object lists under one of the usual names."""
    if not isinstance(value, dict):
        return ()
    found = [file for key, each in value.items() if plain(key) in KEYS for file in _listed(each)]
    return tuple(dict.fromkeys(found))[:_MOST]


def _listed(value: Json) -> Iterator[Attachment]:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            value = parse_loose(value)
        except BadJson:
            return
    if isinstance(value, str):
        value = [part for part in _SEPARATORS.split(value) if _ENDING.search(part.strip())]
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            keys = {plain(key): as_text(inner) for key, inner in each.items()}
            name = next((keys[key] for key in _NAME_KEYS if keys.get(key)), "")
            url = next((keys[key] for key in _URL_KEYS if keys.get(key)), "")
            file = _file(name, url)
        else:
            text = as_text(each)
            is_address = "/" in text
            file = _file("" if is_address else text, text if is_address else "")
        if file is not None:
            yield file


def in_cell(cell: LexborNode, text: str) -> tuple[Attachment, ...]:
    """The files of a labelled cell: its links, else the names it holds."""
    links = [
        _file(node_text(link), link.attributes.get("href") or "")
        for link in cell.css("a")
        if (link.attributes.get("href") or "").strip()
    ]
    if not links and text.lower() not in NOTHING:
        links = [_file(part.strip(), "") for part in _SEPARATORS.split(text)]
    return tuple(file for file in links if file is not None)[:_MOST]


def _file(name: str, url: str) -> Attachment | None:
    name, url = name.strip(), url.strip()
    if url.lower().startswith(("javascript:", "#")):
        url = ""
    if not name and url:
        name = PurePosixPath(unquote(urlsplit(url).path)).name if _is_address(url) else url
    if not name or name.lower() in NOTHING:
        return None
    return Attachment(name=name.replace("\\", "/").rsplit("/", 1)[-1], url=url)


def _is_address(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True
