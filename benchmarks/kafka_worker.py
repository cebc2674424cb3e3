"""`python -m benchmarks.kafka_worker MODE TIMES`: one worker process of a benchmark.

Every batch adds a line to the file TIMES: when it was done, how many messages, and the
seconds of CPU that the process has used by then.

- `ours`: `huiyin worker` as it is.
- `turn`: the same without the fast lane, each message at its turn.
- `loop`: the same work with the same threads in a plain loop around an aiokafka consumer. It has no
  sweep, no links, no health page and no watch over what hangs: only the way of a message.
- `floor`: the same plain loop with everything computed before: a message is decoded, one document
  and the events of one message are written, the same for each.
- `bare`: Faust's `noack_take(500)` that only acknowledges.
- `single`: one event at a time, SnowNLP for the sentiment, one index call each: what a
  worker for such messages looks like when it is written straight from the manuals.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from desk.ground.settings import Settings, read_settings

if TYPE_CHECKING:
    from streams.kafka.topics import Cluster


def _noted(times: Path, n: int) -> None:
    with times.open("a") as out:
        out.write(f"{time.time()} {n} {time.process_time()}\n")


def ours(times: Path) -> None:
    from desk.app.commands.worker import run
    from streams.batch_work import Outcome
    from streams.kafka.work import PatientWork
    from streams.process import Prepared

    real = PatientWork.carry_out

    def carry_out(self: PatientWork, batch: Prepared) -> Outcome:
        outcome = real(self, batch)
        _noted(times, batch.size)
        times.with_suffix(".stages").write_text(json.dumps(self._processor.times.seconds))
        return outcome

    PatientWork.carry_out = carry_out  # type: ignore[method-assign]
    run(read_settings())


def turn(times: Path) -> None:
    from streams.kafka.fast_lane import FastLane

    FastLane.step = lambda *_: False  # type: ignore[method-assign]
    ours(times)


def loop(times: Path) -> None:
    import asyncio

    from desk.ground import production
    from streams.metrics import Metrics

    settings = read_settings()
    assert settings.production is not None
    # Its writers and readers have loops of their own, which cannot be made within another.
    parts = production.build_worker(settings, Metrics())
    steps = _Steps(parts.work.prepare, parts.work.carry_out)
    asyncio.run(_loop(times, parts.cluster, f"{settings.production.prefix}-loop", steps))


def floor(times: Path) -> None:
    """What no way of doing the same could leave out."""
    import asyncio

    from desk.ground import production

    settings = read_settings()
    assert settings.production is not None
    steps = _floor_steps(settings)
    group = f"{settings.production.prefix}-floor"
    asyncio.run(_loop(times, production.cluster(settings), group, steps))


class _Steps(NamedTuple):
    prepare: Callable[[Sequence[bytes]], Any]
    write: Callable[[Any], object]


def _floor_steps(settings: Settings) -> _Steps:
    from elasticsearch import Elasticsearch

    from cases.life.decide import decide
    from cases.life.evolve import fold
    from cases.record.events import encode_event
    from cases.record.messages import Message, decode_message
    from desk.ground import production, wiring
    from sinks.elastic.document import encode_document
    from streams.kafka.records import Record
    from streams.kafka.topics import Topics

    assert settings.production is not None
    processor, now = wiring.build_processor(settings), settings.clock()
    index, topic = settings.production.index, Topics(settings.production.prefix).journal
    client = Elasticsearch(settings.production.elasticsearch, request_timeout=60)
    out = production.writer(settings, production.WORKER_PATIENCE)
    document, events = b"", [b""]

    def prepare(data: Sequence[bytes]) -> list[str]:
        nonlocal document, events
        if not document:
            # One of middling length stands for all.
            middle = sorted(data, key=len)[len(data) // 2]
            message = decode_message(middle)
            findings = processor.prepare([middle], now).findings[message.message_id]
            decided = decide(None, message, now, processor.rules, findings)
            case = fold(decided)
            assert case is not None
            document, events = encode_document(case), [encode_event(each) for each in decided]
        messages: list[Message] = [decode_message(each) for each in data]
        return [message.case_id for message in messages]

    def write(case_ids: list[str]) -> None:
        lines: list[Any] = []
        for case_id in case_ids:
            # Beside the cases of `loop`, which worked on the same index.
            target = {"_index": index, "require_alias": True, "_id": f"floor:{case_id}"}
            # What a busy server answers too late is sent again, and is the same then.
            lines += ({"index": target}, document)
        answer = client.bulk(operations=lines, filter_path="errors")
        assert not answer["errors"], answer
        out.write(topic, [Record(c.encode(), event) for c in case_ids for event in events])

    return _Steps(prepare, write)


async def _loop(times: Path, cluster: Cluster, group: str, steps: _Steps) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from aiokafka import AIOKafkaConsumer

    from huiyin.interpreter import settle
    from streams.kafka.agents import BATCH, GATHER_SECONDS

    consumer = AIOKafkaConsumer(
        cluster.topics.inbox,
        **cluster.address.options(),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    settle()
    running = asyncio.get_running_loop()
    reads, writes = ThreadPoolExecutor(1, "prepare"), ThreadPoolExecutor(1, "process")

    async def write(batch: Any, size: int, offsets: Any) -> None:
        await running.run_in_executor(writes, steps.write, batch)
        await consumer.commit(offsets)
        _noted(times, size)

    writing: asyncio.Task[None] | None = None
    while True:
        found = await consumer.getmany(timeout_ms=int(GATHER_SECONDS * 1000), max_records=BATCH)
        if not found:
            continue
        data = [record.value or b"" for records in found.values() for record in records]
        offsets = {partition: records[-1].offset + 1 for partition, records in found.items()}
        batch = await running.run_in_executor(reads, steps.prepare, data)
        if writing is not None:
            await writing
        writing = asyncio.create_task(write(batch, len(data), offsets))


def _app(group: str, topic: str, times: Path) -> tuple[Any, Any]:
    import faust

    settings = read_settings().production
    assert settings is not None
    app = faust.App(
        group,
        broker=[f"kafka://{server}" for server in settings.kafka],
        store="memory://",
        datadir=times.with_suffix(".faust"),
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=4 * 1024 * 1024,
        broker_commit_interval=1,
        stream_wait_empty=True,
    )
    inbox = app.topic(
        topic, key_type=bytes, key_serializer="raw", value_type=bytes, value_serializer="raw"
    )
    return app, inbox


def bare(times: Path) -> None:
    settings = read_settings().production
    assert settings is not None
    app, inbox = _app(f"{settings.prefix}-bare", f"{settings.prefix}.inbox", times)

    @app.agent(inbox, concurrency=1)
    async def process(stream: Any) -> None:
        async for events in stream.noack_take(500, within=0.05):
            for event in events:
                event.ack()
            _noted(times, len(events))

    _start(app)


def single(times: Path) -> None:
    import msgspec
    from elasticsearch import Elasticsearch
    from snownlp import SnowNLP

    settings = read_settings().production
    assert settings is not None
    client = Elasticsearch(settings.elasticsearch)
    app, inbox = _app(f"{settings.prefix}-single", f"{settings.prefix}.inbox", times)

    @app.agent(inbox, concurrency=1)
    async def process(stream: Any) -> None:
        async for value in stream:
            item = msgspec.json.decode(value)["item"]
            feeling = SnowNLP(item["title"] + item["body"]).sentiments
            client.index(
                index=f"{settings.prefix}-single",
                id=f"{item['source']}:{item['source_item_id']}",
                document={"title": item["title"], "body": item["body"], "sentiment": feeling},
            )
            _noted(times, 1)

    _start(app)


def _start(app: Any) -> None:
    import faust

    logging.disable(logging.CRITICAL)
    faust.Worker(app, loglevel="ERROR", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    modes = {
        "ours": ours,
        "turn": turn,
        "loop": loop,
        "floor": floor,
        "bare": bare,
        "single": single,
    }
    modes[sys.argv[1]](Path(sys.argv[2]))
