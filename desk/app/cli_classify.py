"""Commands of the classifiers: label, train, prove, and what the labels are good for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cases.privacy.masking import mask
from cases.record.item import Item
from cases.words.labels import Labels
from classifiers.base import Text
from classifiers.reply.quality import ReplyQuality, check_reply
from desk.cases.similar_answers import AnsweredCases, answer_of
from desk.ground import wiring
from desk.ground.console import Json, bar, fail, notices, opened, tell
from desk.ground.settings import read_settings
from desk.learning.commands import teach
from sinks.ledger.base import Query
from sinks.private import make_folder

Data = Annotated[
    Path, typer.Option(help="训练数据文件夹（topics/、sentiment/、messages/、liuyan/）。")
]

_REPORT = "可能是举报单位或公职人员，不自动派单，由人决定"
"""Of such a letter no unit is named that it may be about."""


def add_to(app: typer.Typer) -> None:
    app.command()(classify)
    app.command()(train)
    app.command("train-snownlp")(train_snownlp)
    app.command()(evaluate)
    app.command()(similar)
    app.command("check-reply")(check)


def classify() -> None:
    """从标准输入读 JSON 行（id、title、body），给出分类、诉求、情感、风险、承办单位和依据。"""
    from classifiers.jsonlines import UnitLine, classify_lines

    settings = read_settings()
    router, now = wiring.build_router(settings), settings.clock()
    accusation = wiring.build_rules(settings).accusation

    def units(text: Text, labels: Labels) -> tuple[UnitLine, ...]:
        if accusation.find(text.title, text.body) is not None:
            unit = accusation.table.suggest
            return (UnitLine(unit, router.register.name(unit), _REPORT),) if unit else ()
        item = Item(
            source="",
            source_item_id="",
            channel="",
            received_at=now,
            title=text.title,
            body=text.body,
        )
        return tuple(
            UnitLine(one.unit, router.register.name(one.unit), one.because)
            for one in router.suggest(item, labels, on=now.date())
        )

    classifier = wiring.build_classifier(settings)
    for line in classify_lines(classifier, sys.stdin.buffer, units=units):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def train(
    data: Annotated[
        Path | None,
        typer.Option(help="训练数据文件夹（topics/、sentiment/、messages/、liuyan/）。"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="写到这个模型文件。")] = None,
    seed: Annotated[int, typer.Option(help="随机种子；相同的种子得到相同的文件。")] = 0,
    from_ledger: Annotated[
        bool, typer.Option("--from-ledger", help="用值班台的更正训练。")
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="留下新的模型并换上；不写则只量一量。")
    ] = False,
    as_json: Json = False,
) -> None:
    """训练分类模型：用台账里人工的更正（--from-ledger），或者用数据文件从头训练（--data）。"""
    if data is None:
        if not from_ledger:
            fail("请写 --from-ledger（用台账里的更正）或 --data 文件夹（从头训练）。")
        if out is not None or seed:
            fail("--out 和 --seed 只与 --data 一起用；用台账训练的模型放在 HUIYIN_HOME/models。")
        teach(apply=apply, as_json=as_json)
        return
    if out is None or apply:
        fail("用 --data 从头训练时请写 --out 文件，不写 --apply。")
    _train_anew(data, out, seed, from_ledger=from_ledger, as_json=as_json)


def _train_anew(data: Path, out: Path, seed: int, *, from_ledger: bool, as_json: bool) -> None:
    _needs_training_libraries()
    from classifiers.training import train as training
    from classifiers.training.datasets import DataError
    from desk.app.commands.learn import corrections

    settings = read_settings()
    learned = []
    if from_ledger:
        with opened(settings) as runner:
            learned = list(corrections(runner.store.ledger.scan(Query())))
        notices.print(f"台账中的更正 {len(learned)} 条", markup=False)
    try:
        version = training.train(
            data,
            out,
            wiring.build_tables(settings),
            seed=seed or training.SEED,
            corrections=learned,
            progress=_told,
        )
    except DataError as error:
        fail(str(error))
    said = f"{out}：{version}。设置 HUIYIN_MODEL={out} 后使用。"
    tell(said, {"model": str(out), "version": version}, as_json=as_json)


def train_snownlp(
    texts: Annotated[
        list[Path] | None, typer.Argument(help="CSV 文件，有 text 和 sentiment 两列。")
    ] = None,
    from_ledger: Annotated[
        bool, typer.Option("--from-ledger", help="把值班台对情感的更正也作为训练数据。")
    ] = False,
    out: Annotated[str, typer.Option(help="HUIYIN_HOME 里的文件名。")] = "snownlp.json.gz",
    as_json: Json = False,
) -> None:
    """用本单位的文本重新训练 SnowNLP 的情感模型，供 HUIYIN_CLASSIFIER=snownlp 使用。"""
    from classifiers.snownlp import sentiment_model
    from desk.app.commands.learn import LearnError, corrections, opinions, read_opinions

    settings = read_settings()
    if Path(out).name != out:
        fail(f"--out 应是 HUIYIN_HOME 里的文件名，不带文件夹，实际是 {out!r}。")
    try:
        learned = [item for path in texts or () for item in read_opinions(path)]
        if from_ledger:
            with opened(settings) as runner:
                own = list(opinions(corrections(runner.store.ledger.scan(Query()))))
            notices.print(f"台账中对情感的更正 {len(own)} 条", markup=False)
            learned += own
        with bar("分词") as progress:
            task = progress.add_task("", name=f"{len(learned)} 条", total=len(learned))
            model, check = sentiment_model.train(
                learned, lambda done: progress.update(task, completed=done)
            )
    except (LearnError, sentiment_model.SnowNLPModelError) as error:
        fail(str(error))
    make_folder(settings.home)
    sentiment_model.write(settings.home / out, model)
    negative, positive = model.texts
    checked = (
        f"轮流留出的 {check.count} 条判断正确：自带的模型 {check.before:.1%}，"
        f"用其余文本训练的 {check.after:.1%}。"
        if check.count
        else "同一面的文本都是相同的，无法留出一部分检验。"
    )
    said = (
        f"{settings.home / out}：{model.version}，负面 {negative} 条、正面 {positive} 条。\n"
        f"{checked}\n设置 HUIYIN_CLASSIFIER=snownlp 和 HUIYIN_SNOWNLP={out} 后使用。"
    )
    told = {"model": str(settings.home / out), "version": model.version}
    counts = {"negative": negative, "positive": positive, "check": check}
    tell(said, told | counts, as_json=as_json)


def evaluate(
    data: Data,
    model: Annotated[Path | None, typer.Option(help="模型文件；不写则用正在使用的。")] = None,
    snownlp: Annotated[
        bool, typer.Option("--snownlp/--no-snownlp", help="与 SnowNLP 对照（较慢）。")
    ] = True,
    as_json: Json = False,
) -> None:
    """评估分类模型：各引擎的成绩（附区间）和开销，准确率、宏平均 F1、校准误差、混淆、速度。"""
    _needs_training_libraries()
    from classifiers.encoder.encoderfile import EncoderError
    from classifiers.model.modelfile import ModelError
    from classifiers.training import evaluate as proof
    from classifiers.training.datasets import DataError
    from classifiers.training.report import as_text

    settings = read_settings()
    try:
        report = proof.evaluate(
            data,
            wiring.build_tables(settings),
            model=model or settings.model,
            snownlp=snownlp,
            progress=_told,
        )
    except (DataError, EncoderError, ModelError) as error:
        fail(str(error))
    print(msgspec.json.encode(report).decode() if as_json else as_text(report))


def _needs_training_libraries() -> None:
    if find_spec("sklearn") is None:
        fail("训练和评估需要 scikit-learn，请安装 huiyin[train]。")


def _told(stage: str) -> None:
    notices.print(stage, markup=False)


def similar(
    case_id: Annotated[str, typer.Argument(help="事项编号。")],
    count: Annotated[int, typer.Option(min=1, help="最多几件。")] = 5,
    as_json: Json = False,
) -> None:
    """相似的已答复事项：找出内容最接近、已有答复的几件，供拟写答复参考。"""
    settings = read_settings()
    with opened(settings) as runner, bar("比对") as progress:
        ledger = runner.store.ledger
        case = ledger.load([case_id]).get(case_id)
        if case is None:
            fail(f"没有编号为 {case_id} 的事项。")
        answered = Query(replied=True)
        task = progress.add_task("", name="已答复事项", total=ledger.search(answered).total)
        index = AnsweredCases()
        for other in ledger.scan(answered):
            progress.advance(task)
            index.take(other)
        found = index.find(case, count)
        cases = ledger.load([one.case_id for one in found])
    if as_json:
        print(msgspec.json.encode(found).decode())
        return
    for one in found:
        print(f"{one.score:.2f}  {one.case_id}  {mask(cases[one.case_id].item.title)}")
        print(f"      {mask(answer_of(cases[one.case_id]))[:100]}")
    if not found:
        print("没有相近的已答复事项。")


def check(
    case_id: Annotated[str, typer.Argument(help="事项编号。")],
    draft: Annotated[int, typer.Option(help="第几号答复稿；不写则查最后一稿或已有答复。")] = 0,
    as_json: Json = False,
) -> None:
    """检查答复质量：空、模板、答非所问、没有回应的问题、联系方式、承诺和期限。"""
    settings = read_settings()
    with opened(settings) as runner:
        case = runner.store.ledger.load([case_id]).get(case_id)
    if case is None:
        fail(f"没有编号为 {case_id} 的事项。")
    texts = [d.text for d in case.round.drafts if not draft or d.number == draft]
    first = case.round.first_delivery
    if not texts and first is not None and not draft:
        texts = [first.text]
    if not texts:
        fail(f"事项 {case_id} 还没有答复稿。" if not draft else f"没有第 {draft} 号答复稿。")
    on = (first.at if first and first.at else settings.clock()).date()
    quality = check_reply(Text(case.item.title, case.item.body), texts[-1], on)
    if as_json:
        print(msgspec.json.encode(quality).decode())
        return
    print("\n".join(_quality_lines(quality)))


def _quality_lines(quality: ReplyQuality) -> Iterator[str]:
    problems = "、".join(problem.value for problem in quality.problems)
    yield f"问题：{problems or '没有发现'}"
    yield f"切题程度：{quality.relevance:.2f}"
    for question in quality.questions:
        yield f"{'已回应' if question.answered else '未回应'}：{question.text}"
    for contact in quality.contacts:
        yield f"联系方式：{contact}"
    for promise in quality.promises:
        yield f"承诺：{promise.text}（{promise.due or '没有明确期限'}）"
