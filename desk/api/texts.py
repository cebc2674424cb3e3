"""Texts: classify a message, check a reply, find answered cases like this one."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Final

from fastapi import FastAPI, Query, Request
from fastapi.responses import Response

from cases.privacy.masking import find_personal_data
from cases.privacy.visibility import Eyes, Sight
from classifiers.base import Classifier, Text
from classifiers.reply.quality import check_reply
from desk.actions.reply_flow import OF_MESSAGE
from desk.api.answers import (
    Asked,
    CheckBody,
    Checked,
    Classified,
    ClassifyBody,
    Personal,
    Promised,
    SimilarAnswer,
    SimilarCase,
)
from desk.api.describe import operation, said
from desk.api.errors import ApiError
from desk.api.guard import RawBody, read_body
from desk.api.views import case_item, visible
from desk.cases.similar_answers import SimilarAnswers, answers_for
from desk.ground import models, wiring
from desk.ground.context import DeskContext
from desk.ground.sight import find_case
from desk.http.authentication import person_of

TAG: Final = "文本"
_MOST_TEXTS: Final = 100
_PATIENCE: Final = 5.0
"""Seconds that a request waits for the index of answered cases."""


def add_texts(api: FastAPI, office: DeskContext) -> None:
    @functools.lru_cache(maxsize=1)
    def made(_model: Path | None, _configuration: str) -> Classifier:
        return wiring.build_classifier(office.settings)

    def classifier() -> Classifier:
        settings = office.settings
        return made(models.model_file(settings), settings.configuration.number)

    @api.post(
        "/classify",
        **operation(Classified, "给文本分类，附依据", tag=TAG, takes=ClassifyBody),
    )
    def classify(body: RawBody) -> Response:
        wanted = read_body(body, ClassifyBody)
        if not 1 <= len(wanted.items) <= _MOST_TEXTS:
            raise ApiError(
                400, f"items 应有 1 至 {_MOST_TEXTS} 条，实际是 {len(wanted.items)} 条。"
            )
        texts = [Text(one.title, one.body) for one in wanted.items]
        return said(Classified(items=tuple(classifier().classify(texts))))

    @api.post(
        "/check-reply",
        **operation(Checked, "检查答复质量", tag=TAG, takes=CheckBody, errors=(404,)),
    )
    def check(request: Request, body: RawBody) -> Response:
        wanted = read_body(body, CheckBody)
        message, sees = Text(wanted.message.title, wanted.message.body), True
        if wanted.case_id:
            with office.readers.reader() as store:
                case = find_case(store.ledger, wanted.case_id, person_of(request).actor)
            shown = visible(case, wanted.case_id, person_of(request))
            sees = Eyes(case, person_of(request).actor).sight >= Sight.MASKED
            message = Text(shown.item.title, shown.item.body) if sees else Text("", "")
        quality = check_reply(message, wanted.text, office.clock().date())
        return said(
            Checked(
                problems=tuple(
                    one.value for one in quality.problems if sees or one not in OF_MESSAGE
                ),
                relevance=quality.relevance,
                questions=tuple(
                    Asked(text=one.text, answered=one.answered) for one in quality.questions
                ),
                contacts=quality.contacts,
                promises=tuple(Promised(text=one.text, due=one.due) for one in quality.promises),
                personal=tuple(
                    Personal(kind=one.kind.value, start=one.start, end=one.end)
                    for one in find_personal_data(wanted.text, by_office=True)
                ),
            )
        )

    @api.get(
        "/cases/{case_id:coded}/similar",
        **operation(SimilarAnswer, "相似的已答复事项", tag=TAG, errors=(404,)),
    )
    def similar(
        request: Request, case_id: str, count: Annotated[int, Query(ge=1, le=20)] = 5
    ) -> Response:
        person, now = person_of(request), office.clock()
        with office.readers.reader() as store:
            case = find_case(store.ledger, case_id, person.actor, Sight.LABELS)
        office.get(SimilarAnswers).ready(_PATIENCE)
        # Some are left out below.
        ids = office.get(SimilarAnswers).find(case, 4 * count)
        if ids is None:
            raise ApiError(
                503, "相似答复的索引还在建立，请稍后再试。", headers={"retry-after": "5"}
            )
        with office.readers.reader() as store:
            cases = store.ledger.load(ids)
        found = answers_for([cases.get(one) for one in ids], person.actor)
        return said(
            SimilarAnswer(
                items=tuple(
                    SimilarCase(summary=case_item(one, office, now, person.actor), reply=text)
                    for one, text in found[:count]
                )
            )
        )
