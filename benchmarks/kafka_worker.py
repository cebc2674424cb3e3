"""`python -m benchmarks.kafka_worker MODE TIMES`: one worker process of a benchmark.

Every batch adds a line to the file TIMES: when it was done, how many messages, and the
seconds of CPU that the process has used by then.

- `ours`: `huiyin worker` as it is.
- `loop`: the same work with the same threads in a plain loop around an aiokafka consumer. It has no
  sweep, no links, no health page and no watch over what hangs: only the way of a message.
- `bare`: Faust's `noack_take(500)` that only acknowledges.
- `single`: one event at a time, SnowNLP for the sentiment, one index call each: what a
  worker for such messages looks like when it is written straight from the manuals.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk.ground.settings import read_settings

if TYPE_CHECKING:
    from streams.kafka.agents import WorkerParts


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


def loop(times: Path) -> None:
    import asyncio

    from desk.ground import production
    from streams.metrics import Metrics

    settings = read_settings()
    assert settings.production is not None
    # Its writers and readers have loops of their own, which cannot be made within another.
    parts = production.build_worker(settings, Metrics())
    asyncio.run(_loop(times, parts, f"{settings.production.prefix}-loop"))


async def _loop(times: Path, parts: WorkerParts, group: str) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from aiokafka import AIOKafkaConsumer

    from huiyin.interpreter import settle
    from streams.kafka.agents import BATCH, GATHER_SECONDS
    from streams.process import Prepared

    consumer = AIOKafkaConsumer(
        parts.cluster.topics.inbox,
        **parts.cluster.address.options(),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    settle()
    running = asyncio.get_running_loop()
    reads, writes = ThreadPoolExecutor(1, "prepare"), ThreadPoolExecutor(1, "process")

    async def write(batch: Prepared, offsets: Any) -> None:
        await running.run_in_executor(writes, parts.work.carry_out, batch)
        await consumer.commit(offsets)
        _noted(times, batch.size)

    writing: asyncio.Task[None] | None = None
    while True:
        found = await consumer.getmany(timeout_ms=int(GATHER_SECONDS * 1000), max_records=BATCH)
        if not found:
            continue
        data = [record.value or b"" for records in found.values() for record in records]
        offsets = {partition: records[-1].offset + 1 for partition, records in found.items()}
        batch = await running.run_in_executor(reads, parts.work.prepare, data)
        if writing is not None:
            await writing
        writing = asyncio.create_task(write(batch, offsets))


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
    {"ours": ours, "loop": loop, "bare": bare, "single": single}[sys.argv[1]](Path(sys.argv[2]))
