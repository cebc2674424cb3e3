"""Is a reply an answer: empty, a template, off the point; are the questions
answered, is there a contact, what does it promise and by when.

Rules over the text of the message and the reply. They point a reviewer at what
to look at; they do not judge whether an answer is true.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Final

import numpy as np
from msgspec import Struct

from classifiers.base import Text
from classifiers.matter.similar import pairs
from classifiers.reply.promises import PromiseText, find_promises
from classifiers.text.folding import fold
from classifiers.text.near import groups

_SHORT = 25
_TEMPLATE_LEFT = 20
_TEMPLATE_SHARE = 0.25
_OWN_CHARACTERS = 40
"""From so many on a reply says something of its own."""
_ANSWERED = 0.18
_LITTLE = 50
_TOUCHED = 0.05
_CLOSING = 200
"""Characters at the end of a reply in which it sends the citizen on."""
_MAX_QUESTIONS = 10

_TEMPLATES = re.compile(
    r"^(?:[\"'“”][^\"'“”。!]{1,20}[\"'“”]|[a-z]{1,3}\d{4,})(?:网友)?[:,!]?(?:您好|你好)?[:,!。]?"
    r"|(?:尊敬的|亲爱的)?(?:网友|市民|留言人|业主|同志|先生|女士|群众|来信人)[^,。!]{0,12}[:,!]?|您?你?们?好[!,:。]"
    r"|(?:您|你)的?(?:留言|来信|来电|诉求|问题|反映的(?:问题|情况))[^。]{0,12}(?:已|我们已)[^。]{0,6}(?:收悉|收到|知悉|阅悉|转交?[^,。]{0,16}(?:办理|处理|核实|调查|阅处))[^。]{0,24}[。!,]"
    r"|(?:现将|现就)[^。]{0,40}(?:答复|回复|反馈)如下[:。]?"
    r"|(?:感谢|谢谢)(?:您|你)?[^。!]{0,40}(?:关注|支持|理解|监督|关心|信任|留言|来信|建议|反映)[^。!]{0,24}[。!]?"
    r"|(?:祝|敬祝)(?:您|你)?[^。!]{0,20}[。!]?|此复[。!]?|特此(?:回复|答复)[。!]?"
    r"|(?:我们|我局|我单位|我委)?(?:高度重视|将?(?:进一步)?(?:认真|及时|尽快|立即)?(?:调查|核实|处理|研究|安排)(?:落实|处理|核实|调查)?)[,。]"
    r"|如有(?:疑问|其他问题|不明之处)[^。]{0,40}[。!]?|\d{4}年\d{1,2}月\d{1,2}日"
)
_TRANSFER = re.compile(
    r"(?:转|转交|转至|转由|转往|移交|交由|已交|交办给?|责成|反馈至)[^。!;]{0,30}?"
    r"(?:部门|单位|局|委|办|街道|镇|乡|县|区|队|公司|中心|科|股|\ue000|调查|处理|办理|核[查实处])"
    r"|交(?:由)?(?:相关|有关|职能)[^。!;]{0,8}(?:部门|单位)|正在交办"
)
_REFERRAL = re.compile(r"请您?(?:到|向|与|去|前往)[^。!;]{2,25}(?:咨询|联系|反映|了解)[^。!;]{0,6}")
_DONE = re.compile(
    r"[已经](?:[^。!;,]{0,12})(?:完|清理|整改|解决|修复|退还|恢复|拆除|查处|缴纳|发放)"
)
_SENTENCE = re.compile(r"[^。!;]*[。!;]?")
_MOST_HANDING_ON = 60
"""Characters of a sentence that does no more than hand on."""
_DATE = re.compile(r"\d{4}(?:年|[-.])\d{1,2}(?:月|[-.])\d{1,2}日?")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_QUESTION = re.compile(
    r"[^。!?;\n]*[?]|[^。!?;,\n]*(?:请问|何时|什么时候|是否|能否|能不能|可不可以|如何|怎么办|为什么|为何|多少|哪里|哪些|吗|呢)[^。!?;\n]*"
)
_RHETORICAL = re.compile(
    r"不知道?[^?]{0,12}(?:何时|什么时候|多少|多久)[^?]*$|难道|何在|天理|良心|凭什么|岂|还有没有王法|谁来管|怎么能|路在何方|作秀|对得起|在哪里?[?]|是谁|谁给|谁来|是不是"
    r"|合[理法情]|公平|为什么|为何|为啥|何故|居心|保护伞|正义|救救|作为|到底|究竟|真的|这样的?.{0,8}[吗?]"
)
_CONTACT = re.compile(
    r"(?:(?:电话|热线|联系人|联系方式|咨询|致电|拨打|手机|座机)[^。\d]{0,16})?"
    r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[-—]?\d{7,8}|\d{3,4}[-—]\d{7,8}|[2-8]\d{6,7}|12\d{3}|9[56]\d{3,4}|11[0289]\d{2}|100\d{2}|110|119|120|122)(?!\d)"
)
_REFERS = re.compile(
    r"(?:请|可以?|欢迎|建议|如有|如需|如果?[还仍]?有)[^,。!;\n]{0,24}?"
    r"(?:[与跟同][^,。!;\n]{1,24}(?:联系|对接)|联系我|电话联系|致电|来电|拨打|电话咨询|向[^,。!;\n]{2,20}咨询)"
)
"""The reply sends the citizen to another office: then it has to say how that office is reached."""
_CALL = re.compile(r"电话|热线|联系|咨询|致电|拨打|手机|座机")
_EXPLICIT = re.compile(
    r"请问|请教|咨询|想问|想知道|想了解|何时|什么时候|能否|可否|可不可以|能不能|是否|可以.{0,12}[吗?]"
    r"|(?:多少(?!次|人都|年)|如何|怎么[办申领样交])[^?]*[?]"
)
"""What asks to be told something; a bare question mark is as often a reproach, and "多少次都是" or
"不知如何是好" ask nothing."""
_ANSWER_SIGNS = (
    (
        re.compile(r"何时|什么时候|啥时候|几时|多久|时间"),
        re.compile(
            r"\d{1,4}[年月日号]|年底|月底|上半年|下半年|季度|近期|届时|尽快|尽早|正在|目前|暂|尚未|还未|未|计划|预计|将|待|已"
        ),
    ),
    (
        re.compile(r"多少|几[个年月天元岁]|金额|比例|价格"),
        re.compile(r"\d|[一二三四五六七八九十百千万]+[元年月人个倍]|标准|规定|不收|免费|没有|无"),
    ),
    (
        re.compile(r"如何|怎么|怎样|流程|手续|材料|哪里|哪些|什么|哪个"),
        re.compile(
            r"携带|提供|材料|流程|手续|办理|申请|申报|前往|地址|窗口|登录|步骤|按照|根据|规定|依据|可|需|应|将|由|由于|联系"
        ),
    ),
    (
        re.compile(r"为什么|为何|为啥|原因"),
        re.compile(r"因|由于|原因|核实|调查|了解|根据|按照|规定|情况|目前"),
    ),
)
"""What is asked, and what an answer to it has: a day, a figure, a way, a reason."""
_YES_OR_NO = re.compile(
    r"可以?|不[可能予得是属存]|能|是|否|暂|未|没有|无|已|将|需|应|符合|属于|同意|规定|按照|根据|正在|计划"
)
_NOT_YET = re.compile(r"尚未|暂未|还未|尚无|暂无|还没有")
"""An answer to whatever was asked."""
_ASKING = re.compile(
    r"请问|咨询|何时|什么时候|是否|能否|能不能|可不可以|如何|怎么办|为什么|为何|多少|吗|呢|[?,。!;:\"'()]"
)


class Problem(StrEnum):
    """What is wrong with a reply. The value is what the reviewer reads."""

    EMPTY = "空答复"
    TEMPLATE = "模板答复"
    TRANSFER = "只转办未答复"
    OFF_POINT = "答非所问"
    UNANSWERED = "有问题未回应"
    NO_CONTACT = "无联系方式"


NO_ANSWER: Final = frozenset({Problem.EMPTY, Problem.TEMPLATE, Problem.TRANSFER, Problem.OFF_POINT})
"""With one of these a reply tells nothing. An open question or a missing telephone alone is no
reason to leave it aside."""


class Question(Struct, frozen=True):
    """A question of the message; `start` and `end` count code points of its body,
    or of its title when `field` says so."""

    text: str
    field: str
    start: int
    end: int
    answered: bool


class ReplyQuality(Struct, frozen=True):
    """What the rules see in a reply."""

    problems: tuple[Problem, ...]
    relevance: float
    """How much of the message's own words the reply takes up, 0 to 1."""
    substance: int
    """Characters left when greeting, thanks and set phrases are taken away."""
    questions: tuple[Question, ...]
    contacts: tuple[str, ...]
    promises: tuple[PromiseText, ...]

    @property
    def answers(self) -> bool:
        """Whether it tells the citizen anything."""
        return NO_ANSWER.isdisjoint(self.problems)


def check_reply(message: Text, reply: str, replied_on: date) -> ReplyQuality:
    """Check a reply to a message. `replied_on` anchors dates such as 月底.

    Total: any strings. A reply without substance is reported as empty, as a template or as handed
    on, and then not as off the point or unanswered as well.
    """
    folded = fold(reply)
    contacts = _contacts(unicodedata.normalize("NFKC", reply))
    # To be sent on with a number to call is help.
    hands_on = (_TRANSFER,) if contacts else (_TRANSFER, _REFERRAL)
    handed_on = any(words.search(folded.text) for words in hands_on)
    own = _own_words(folded.text, hands_on)
    substance = "".join(char for char in own if char.isalnum())
    relevance = _relevance(message, reply)
    questions = tuple(_questions(message, folded.text))
    problems: list[Problem] = []
    if sum(char.isalnum() for char in _DATE.sub("", folded.text)) < _SHORT // 3:
        problems.append(Problem.EMPTY)
    elif len(substance) < _TEMPLATE_LEFT and (
        handed_on
        or len(folded.text) < _SHORT
        or len(substance) < _TEMPLATE_SHARE * len(folded.text) + 12
    ):
        problems.append(Problem.TRANSFER if handed_on else Problem.TEMPLATE)
    elif _takes_up_nothing(message, own):
        problems.append(Problem.OFF_POINT)
    says_something = not problems or problems == [Problem.OFF_POINT]
    if says_something and _leaves_open(questions, len(substance), relevance):
        problems.append(Problem.UNANSWERED)
    if not contacts and _REFERS.search(folded.text[-_CLOSING:]):
        problems.append(Problem.NO_CONTACT)
    return ReplyQuality(
        problems=tuple(problems),
        relevance=round(relevance, 4),
        substance=len(substance),
        questions=questions,
        contacts=contacts,
        promises=find_promises(reply, replied_on),
    )


def _leaves_open(questions: Sequence[Question], substance: int, relevance: float) -> bool:
    """Whether something that was asked is left open. An answer in other words than the question
    is an answer: so a reply of substance is doubted only where it takes up nothing at all."""
    if all(question.answered for question in questions):
        return False
    if substance < _LITTLE:
        return True
    return relevance < _TOUCHED and not any(question.answered for question in questions)


def _own_words(text: str, hands_on: Sequence[re.Pattern[str]]) -> str:
    """What a reply says beside set phrases and sentences that only hand the matter on."""
    return "".join(
        sentence
        for sentence in _SENTENCE.findall(_TEMPLATES.sub("。", text))
        if len(sentence) > _MOST_HANDING_ON
        or _DONE.search(sentence)
        or not any(words.search(sentence) for words in hands_on)
    )


def _takes_up_nothing(message: Text, own: str) -> bool:
    """Whether a reply of some length has not a single pair of characters from the message. Less
    is no proof: a good answer in the office's terms shares few words with an angry letter."""
    said = _char_pairs(own)
    asked = _char_pairs(fold(message.body, message.title).text)
    long = sum(map(len, _HAN.findall(own))) >= _OWN_CHARACTERS
    return long and bool(asked) and said.isdisjoint(asked)


def _char_pairs(text: str) -> set[str]:
    return {run[at : at + 2] for run in _HAN.findall(text) for at in range(len(run) - 1)}


def _relevance(message: Text, reply: str) -> float:
    """Share of the message's character pairs (title double) that the reply repeats."""
    asked, weights = pairs(message)
    given, _ = pairs(Text("", reply[:1500]), limit=1500)
    if not len(asked):
        return 1.0
    return float(weights[np.isin(asked, given)].sum() / weights.sum())


def _questions(message: Text, reply: str) -> list[Question]:
    found: list[Question] = []
    said: set[str] = set()
    folded = fold(message.body, message.title)
    for match in _QUESTION.finditer(folded.text):
        asked = match.group().strip(" ,;:\"'")
        core = _ASKING.sub("", asked)
        if len(core) < 4 or _RHETORICAL.search(asked) or core in said:
            continue
        if not _EXPLICIT.search(asked):
            continue
        said.add(core)
        quoted = folded.quote("question", match.start(), match.end(), 1.0)
        found.append(
            Question(
                quoted.text.strip(),
                quoted.field,
                quoted.start,
                quoted.end,
                _answers(asked, core, reply),
            )
        )
        if len(found) == _MAX_QUESTIONS:
            break
    return found


def _answers(asked: str, core: str, reply: str) -> bool:
    """Whether the reply takes up the question's character pairs, or at least touches them and
    says what such a question asks for: a day, a figure, a way, a reason, yes or no."""
    pairs_asked = {core[at : at + 2] for at in range(len(core) - 1)}
    taken_up = sum(pair in reply for pair in pairs_asked)
    if taken_up >= _ANSWERED * len(pairs_asked) or _NOT_YET.search(reply):
        return True
    signs = [answer for question, answer in _ANSWER_SIGNS if question.search(asked)]
    return taken_up > 0 and any(sign.search(reply) for sign in signs or [_YES_OR_NO])


def _contacts(text: str) -> tuple[str, ...]:
    """Telephone numbers; a bare number counts only near a word that says so."""
    found: dict[str, None] = {}
    for match in _CONTACT.finditer(text):
        around = text[max(0, match.start() - 20) : match.end()]
        if _CALL.search(around):
            number = re.search(r"\d[\d—-]*$", match.group())
            if number is not None:
                found.setdefault(number.group())
    return tuple(found)


def repeated(replies: Sequence[str], least: float = 0.8) -> list[int]:
    """For each reply the position of the first reply it copies, its own when none.

    Shows templates that no list of phrases knows: one text under many messages.
    """
    return groups(replies, least)
