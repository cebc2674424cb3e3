"""What a platform says of its own order, inside what it pushes: decisions, 催办, 督办, 回访.

[[source.hotline.options.words]]
says = "退单审核"
path = "audit"                    where it stands; empty: in the record itself
type = "kind"                     the field that tells it from others,
values = ["TD"]                   and its values; without them it is there when `path` is
granted = "result"
text = "opinion"
"""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from cases.record.platform import ANSWERS, PlatformWord, Says
from cases.words.grades import Grade
from streams.sources.push.payload_map import Paths
from streams.sources.push.record_reader import RecordReader
from streams.sources.seam.config import Settings
from streams.sources.values.cells import BadCell


class WordMap(Settings):
    """One sort of what the platform says, and the names of its fields."""

    says: Says
    path: str = ""
    type: str = ""
    values: Paths = ()
    number: str = ""
    at: str = ""
    text: str = ""
    granted: str = ""
    due_at: str = ""
    contacted: str = ""
    resolved: str = ""
    grade: str = ""
    yes: Annotated[Paths, Field(min_length=1)] = (
        "同意", "通过", "审核通过", "已联系", "已解决", "是", "1", "true",
    )  # fmt: skip
    no: Annotated[Paths, Field(min_length=1)] = (
        "不同意", "不通过", "审核不通过", "驳回", "未联系", "未解决", "否", "0", "false",
    )  # fmt: skip
    grades: dict[str, Grade] = Field(default={})
    """The platform's words for the five grades, where they are others than ours."""

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if not self.path and not (self.type and self.values):
            raise ValueError("words 里要写 path，或者写 type 和 values，才能认出平台说的是哪一种")
        if self.says in ANSWERS and not self.granted:
            raise ValueError(f"words 里 {self.says} 要写 granted（平台同意与否在哪一栏）")
        return self


def read_words(reader: RecordReader, maps: tuple[WordMap, ...]) -> tuple[PlatformWord, ...]:
    """All that the record says. Raises `BadCell` for a decision that nobody can read: taken for
    none it would be lost."""
    return tuple(word for map_ in maps for word in _of_one(reader, map_))


def _of_one(reader: RecordReader, map_: WordMap) -> list[PlatformWord]:
    found = []
    for path, row in reader.elements(map_.path):
        told = reader.peek(row, map_.type) if map_.type else ""
        if map_.values and told not in map_.values:
            continue
        reader.part(path, row, map_.type)

        def text(name: str, path: str = path, row: object = row) -> str:
            return reader.part_text(path, row, name).strip() if name else ""  # type: ignore[arg-type]

        grade = text(map_.grade)
        found.append(
            PlatformWord(
                says=map_.says,
                number=text(map_.number),
                at=reader.part_time("words", path, row, map_.at),
                text=text(map_.text),
                granted=_yes_no(text(map_.granted), map_, map_.granted),
                due_at=reader.part_deadline("words", path, row, map_.due_at),
                contacted=_yes_no(text(map_.contacted), map_, map_.contacted),
                resolved=_yes_no(text(map_.resolved), map_, map_.resolved),
                grade=_grade(grade, map_),
            )
        )
    return found


_FOUND: Final = "unknown_word"


def _yes_no(text: str, map_: WordMap, name: str) -> bool | None:
    if not text:
        return None
    if text in map_.yes:
        return True
    if text in map_.no:
        return False
    raise BadCell(
        _FOUND,
        f"平台的{map_.says}中 {name} 是“{text[:40]}”，"
        f"应为 {'、'.join((*map_.yes, *map_.no))} 之一。"
        "请在 words 的 yes 或 no 里补上这个词，再重试死信",
    )


def _grade(text: str, map_: WordMap) -> Grade | None:
    if not text:
        return None
    known = {grade.value: grade for grade in Grade} | map_.grades
    if text in known:
        return known[text]
    raise BadCell(
        _FOUND,
        f"平台的{map_.says}中满意度是“{text[:40]}”，应为 {'、'.join(known)} 之一。"
        "请在 words 的 grades 里补上这个词，再重试死信",
    )
