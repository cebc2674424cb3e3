"""config/platform.toml: how messages go to the platform above, one table a platform.

    [platform.city]
    name = "市12345平台"
    sources = ["hotline"]                the sources by which it sends its orders
    url = "https://hotline.example.gov.cn/api/exchange"
    [platform.city.messages.return]      "sign", "return", "extension", "call_back"
    payload = { gdbh = "{source_item_id}", tdyy = "{text}" }

Nothing is claimed of any standard: the names of fields are those of the table.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cases.life.rules import PlatformRules
from cases.record.case import Case, PlatformMessage
from cases.record.platform import Upward
from cases.words.grades import Grade
from huiyin.configuration.checked import read_table
from huiyin.configuration.table import Table
from sinks.delivery.base import DeliveryError, Outgoing, SecretReader, delivery_id
from sinks.delivery.http import HttpDelivery, HttpDeliveryOptions, HttpWay
from sinks.delivery.template import Value

FILE: Final = "config/platform.toml"
MessageName = Literal["sign", "return", "extension", "call_back"]
_NAMES: Final[dict[MessageName, Upward]] = {
    "sign": Upward.SIGN,
    "return": Upward.RETURN,
    "extension": Upward.EXTEND,
    "call_back": Upward.CALL_BACK,
}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MessageOptions(_Table):
    """`[platform.NAME.messages.KIND]`."""

    payload: Annotated[dict[str, Value], Field(min_length=1)]
    url: str = ""
    """Where it goes; the platform's own `url` where it is empty."""


class PlatformOptions(HttpWay):
    """`[platform.NAME]`."""

    name: Annotated[str, Field(min_length=1)]
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    enabled: bool = True
    answer_hours: Annotated[int, Field(ge=1, le=720)] = 24
    """Natural hours after which a 退单 or 延期申请 without an answer may be made again."""
    url: str = ""
    contacted: tuple[str, str] = ("已联系", "未联系")
    resolved: tuple[str, str] = ("已解决", "未解决")
    grades: dict[Grade, str] = Field(default={})
    """The platform's words for the five grades, where they are others than ours."""
    messages: Annotated[dict[MessageName, MessageOptions], Field(min_length=1)]

    @model_validator(mode="after")
    def _all_have_an_address(self) -> Self:
        for name, message in self.messages.items():
            if not (message.url or self.url):
                raise ValueError(
                    f"没有写发送“{_NAMES[name]}”的地址：请写 url，或 messages.{name}.url"
                )
        return self


class _File(_Table):
    platform: dict[str, PlatformOptions] = {}


class Platforms(Struct, frozen=True):
    """The enabled platforms, by source."""

    options: dict[str, PlatformOptions]
    doors: dict[tuple[str, Upward], HttpDelivery]

    def door(self, source: str, what: Upward) -> HttpDelivery | None:
        """None where no table sends this to the platform of that source."""
        return self.doors.get((source, what))

    def name(self, source: str) -> str:
        known = self.options.get(source)
        return known.name if known else ""


def platform_rules(table: Table) -> dict[str, PlatformRules]:
    """What the rules need to know, without secrets. Raises `DeliveryError`."""
    return {
        source: PlatformRules(
            messages=frozenset(_NAMES[name] for name in one.messages),
            answer_hours=one.answer_hours,
        )
        for source, (_, one) in _by_source(table).items()
    }


def read_platforms(table: Table, secrets: SecretReader) -> Platforms:
    """Raises `DeliveryError`, and what `secrets` raises for a missing secret."""
    found = _by_source(table)
    doors = {
        (source, _NAMES[kind]): _door(name, one, kind, secrets)
        for source, (name, one) in found.items()
        for kind in one.messages
    }
    return Platforms({source: one for source, (_, one) in found.items()}, doors)


def _by_source(table: Table) -> dict[str, tuple[str, PlatformOptions]]:
    found: dict[str, tuple[str, PlatformOptions]] = {}
    for name, one in read_table(_File, table, FILE, DeliveryError, secret=True).platform.items():
        for source in one.sources if one.enabled else ():
            if source in found:
                raise DeliveryError(
                    f"{table.place('platform', name, 'sources')}：来源 {source} 已属于 "
                    f"[platform.{found[source][0]}]，一个来源只能属于一个上级平台。请只留一处"
                )
            found[source] = (name, one)
    return found


def _door(
    name: str, one: PlatformOptions, kind: MessageName, secrets: SecretReader
) -> HttpDelivery:
    message = one.messages[kind]
    try:
        options = HttpDeliveryOptions(
            url=message.url or one.url,
            payload=message.payload,
            **{name: getattr(one, name) for name in HttpWay.model_fields},
        )
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]["msg"]
        problem = problem.removeprefix("Value error, ")
        raise DeliveryError(f"{FILE} [platform.{name}.messages.{kind}]：{problem}") from None
    return HttpDelivery(f"{one.name}（{_NAMES[kind]}）", options, secrets)


def outgoing(case: Case, message: PlatformMessage, options: PlatformOptions) -> Outgoing:
    """What the platform's form is filled with."""
    grade = options.grades.get(message.grade, message.grade.value) if message.grade else ""
    return Outgoing(
        delivery_id=message_id(case.case_id, message),
        item=case.item,
        text=message.text,
        at=message.at,
        unit=case.unit,
        state=case.state_words,
        fields={
            "what": message.what.value,
            "until": f"{message.until:%Y-%m-%d %H:%M:%S}" if message.until else "",
            "until_date": f"{message.until:%Y-%m-%d}" if message.until else "",
            "contacted": _word(options.contacted, value=message.contacted),
            "resolved": _word(options.resolved, value=message.resolved),
            "grade": grade,
        },
    )


def message_id(case_id: str, message: PlatformMessage) -> str:
    """Names the message for ever; replies and messages share one log and never an id."""
    return delivery_id(case_id, message.seq)


def _word(words: tuple[str, str], *, value: bool | None) -> str:
    return "" if value is None else words[0] if value else words[1]
