"""The two formats of GeoReport v2: the same values as JSON and as XML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from fastapi.responses import Response

Value = str | bool | float | int | None | Sequence["Value"] | Mapping[str, "Value"]

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold in any way."""


class Format(StrEnum):
    JSON = "json"
    XML = "xml"


class Names(msgspec.Struct, frozen=True):
    """How a list is called in XML: <services><service>…"""

    root: str
    each: str


def answer(
    value: Value, names: Names, form: Format, status: int = 200, max_age: int = 60
) -> Response:
    headers = {"cache-control": f"public, max-age={max_age}"} if status == 200 else None
    if form is Format.JSON:
        return Response(
            msgspec.json.encode(value),
            status,
            headers=headers,
            media_type="application/json; charset=utf-8",
        )
    text = ET.tostring(_element(names.root, value, names.each), "utf-8", xml_declaration=True)
    return Response(text, status, headers=headers, media_type="text/xml; charset=utf-8")


def _element(name: str, value: Value, each: str = "") -> ET.Element:
    made = ET.Element(name)
    if isinstance(value, Mapping):
        made.extend(_element(key, one, _SINGULAR.get(key, "")) for key, one in value.items())
    elif isinstance(value, str):
        made.text = _NOT_XML.sub("", value)
    elif isinstance(value, Sequence):
        made.extend(_element(each, one) for one in value)
    elif isinstance(value, bool):
        made.text = "true" if value else "false"
    elif value is not None:
        made.text = str(value)
    return made


_SINGULAR: Final = {"endpoints": "endpoint", "formats": "format", "attributes": "attribute"}
