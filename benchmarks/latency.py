"""From the message at the door to the request at the robot, and to the open page.

    python -m benchmarks.latency [--rates 1 50 500] [--seconds 60] [--runtime embedded kafka]

A desk is started as it is run (`huiyin run`; with Kafka a worker and `huiyin desk` on a broker and
an Elasticsearch node of their own), and everyday messages come in at each rate, ten times a second,
from another process, as `huiyin ingest` takes them in. Every two seconds a message in which a life
is in danger is pushed by HTTP. Measured, by one clock: from the first byte of that push to the
request at the robot of the duty group, and to the line with which the open page of 值班台 is told
(server-sent events). Printed by rate: how many, p50, p99, the slowest, how many came too late to be
counted, and how many messages still waited at the end. The linear model judges; nothing else runs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Event, Thread
from urllib.parse import urlsplit

from msgspec import Struct

from benchmarks.messages import TROUBLES, text
from cases.record.item import Item
from cases.words.actors import Role
from cases.words.times import BEIJING
from desk.accounts.accounts import Account, Accounts
from desk.accounts.sessions import Sessions
from desk.ground import production, wiring
from desk.ground.deskfile import DeskFile
from desk.ground.settings import read_settings
from streams.sources.seam.base import Batch
from tests.doors.office import Office, as_body, bearer
from tests.installation import ROOT, Worker, installation, until
from tests.servers import Elasticsearch, Kafka
from tests.standins.hotline_platform import order
from tests.standins.server import Hit, Reply, StandIn

EVERY = 2.0
"""Seconds from one danger to the next."""
BATCHES = 10
"""A second, of everyday messages."""
PATIENCE = 60.0
"""Seconds after the last danger: what has not come by then is counted as late."""
TOKEN = "in-token-4f1d"  # noqa: S105  (of a desk that lives for a minute)
DANGERS = (
    "有个男的爬到楼顶了，坐在边上，怎么劝都不下来，要跳楼，底下围了好多人。",
    "屋里有煤气味，味道越来越浓，煤气泄漏了，老人昏倒在里面，快来人。",
    "车间着火了，浓烟很大，里面还有工人没有出来，快来人。",
)
SOURCES = """
[source.hotline]
adapter = "hotline-push"
channel = "12345热线"
[source.hotline.options]
auth = { kind = "bearer", secrets = ["HOTLINE_TOKEN"] }
"""
ALERTS = """
[channel.group]
adapter = "webhook"
options = {{ url = "{url}", secret = "SIGN", allow_private_addresses = true }}
[route.urgent]
kinds = ["urgent"]
channels = ["group"]
"""


class Robot(StandIn):
    """Takes what the desk sends to the duty group."""

    def answer(self, hit: Hit) -> Reply:  # noqa: ARG002
        return Reply(status=204)

    def arrivals(self) -> dict[str, float]:
        """When the first request with each case came."""
        found: dict[str, float] = {}
        for hit in list(self.log):
            for alert in json.loads(hit.body).get("alerts", []):
                found.setdefault(str(alert["id"]).partition("#")[0], hit.at)
        return found


class Running(Struct, frozen=True):
    """A desk that takes messages in."""

    address: str
    environment: dict[str, str]
    cookie: str


class OpenPage:
    """值班台 in a browser that only listens."""

    def __init__(self, desk: Running) -> None:
        self.arrivals: dict[str, float] = {}
        self._desk = desk
        self._over = Event()
        Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._over.set()

    def _listen(self) -> None:
        while not self._over.is_set():
            connection = HTTPConnection(self._desk.address, timeout=30)
            try:
                connection.request("GET", "/live?today=1", headers={"cookie": self._desk.cookie})
                answer = connection.getresponse()
                while line := answer.readline():
                    now = time.monotonic()
                    said = line.decode()
                    for number in _numbers(said):
                        self.arrivals.setdefault(f"hotline:{number}", now)
            except (OSError, HTTPException):
                self._over.wait(0.2)
            finally:
                connection.close()


def _numbers(said: str) -> Iterator[str]:
    """The numbers of dangers in a line; their titles are 险情 and the number."""
    for part in said.split("险情")[1:]:
        yield part[:18]


def push(desk: Running, number: str) -> float:
    """A danger comes in; when its first byte was sent."""
    now = f"{datetime.now(BEIJING):%Y-%m-%d %H:%M:%S}"
    body = as_body(
        order(
            number,
            **{
                "受理时间 ": now,
                "处理期限": "2099-12-31 18:00:00",
                "诉求标题": f"险情{number}",
                "市民诉求": DANGERS[int(number) % len(DANGERS)],
                "flow": [],
            },
        )
    )
    connection = HTTPConnection(desk.address, timeout=60)
    begun = time.monotonic()
    connection.request("POST", "/push/hotline", body, bearer(TOKEN))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"the door answered {answer.status}")
    return begun


def send(rate: int, seconds: float) -> None:
    """Takes in everyday messages for so long, by the settings of the environment."""
    settings = read_settings(os.environ)
    if settings.production is None:
        runner = wiring.open_runner(settings)
    else:
        runner = production.open_runner(settings)  # type: ignore[assignment]
    random_, sent, begun = random.Random(2), 0, time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        due = int(rate * passed) - sent
        if due:
            numbers = range(sent, sent + due)
            items = tuple(_message(random_, f"{os.getpid()}-{n}") for n in numbers)
            runner.take("board-export", Batch(found=items))
            sent += due
        time.sleep(1 / BATCHES)


def _message(random_: random.Random, number: str) -> Item:
    return Item(
        source="board-export",
        source_item_id=number,
        channel="问政平台",
        received_at=datetime.now(BEIJING),
        title=random_.choice(TROUBLES)[:20],
        body=text(random_, TROUBLES, random_.randrange(60, 300)),
    )


def measure(desk: Running, robot: Robot, rate: int, seconds: float, round_: int) -> None:
    """Prints one row."""
    page = OpenPage(desk)
    time.sleep(3)
    sender = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.latency", "--send", str(rate),
         "--seconds", str(seconds)],
        cwd=ROOT, env={**os.environ, **desk.environment, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    sent: dict[str, float] = {}
    begun = time.monotonic()
    for n in range(int(seconds / EVERY)):
        time.sleep(max(0.0, begun + n * EVERY - time.monotonic()))
        number = f"26{round_:04}{rate:04}{n:08}"
        sent[f"hotline:{number}"] = push(desk, number)
    sender.wait()
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not (
        sent.keys() <= robot.arrivals().keys() and sent.keys() <= page.arrivals.keys()
    ):
        time.sleep(0.2)
    page.close()
    for what, arrived in (("robot", robot.arrivals()), ("page", page.arrivals)):
        waits = sorted(arrived[each] - at for each, at in sent.items() if each in arrived)
        late = len(sent) - len(waits)
        if len(waits) < 2:
            print(f"  {rate:>4}/s  {what:<6} {late} of {len(sent)} did not arrive")
            continue
        p99 = quantiles(waits, n=100, method="inclusive")[-1]
        print(
            f"  {rate:>4}/s  {what:<6} n {len(waits):>3}  p50 {median(waits):6.2f} s  "
            f"p99 {p99:6.2f} s  slowest {waits[-1]:6.2f} s  late {late}  "
            f"load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def _cookie(environment: dict[str, str]) -> str:
    """Of an officer who is signed in."""
    settings = read_settings(environment)
    settings.home.mkdir(parents=True, exist_ok=True)
    file = DeskFile(settings.desk_file)
    try:
        account = Account(id="bench", name="林某", role=Role.DESK, created=datetime.now(BEIJING))
        Accounts(file).add(account, "")
        return f"huiyin={Sessions(file).begin('bench', '127.0.0.1')}"
    finally:
        file.close()


def _configured(folder: Path, robot: Robot) -> Office:
    """A folder of configuration with a door and a robot."""
    office = Office(folder, ROOT, {"HOTLINE_TOKEN": TOKEN, "SIGN": "key"})
    office.configure(SOURCES)
    (office.config / "alerts.toml").write_text(ALERTS.format(url=f"{robot.url}/alerts"), "utf-8")
    return office


@contextmanager
def embedded(folder: Path, robot: Robot) -> Iterator[Running]:
    office = _configured(folder, robot)
    environment = {
        key: value for key, value in office.environment().items() if key.startswith("HUIYIN_")
    } | {"HUIYIN_CLASSIFIER": "linear"}
    cookie = _cookie(environment)
    office.environment = lambda: {**os.environ, **environment}  # type: ignore[method-assign]
    office.start()
    try:
        yield Running(urlsplit(office.url).netloc, environment, cookie)
    finally:
        office.kill()


@contextmanager
def on_kafka(folder: Path, robot: Robot) -> Iterator[Running]:
    office = _configured(folder, robot)
    with ExitStack() as stack:
        kafka = stack.enter_context(Kafka(folder / "kafka"))
        elastic = stack.enter_context(Elasticsearch(folder / "elasticsearch"))
        own = {
            "HUIYIN_CONFIG": str(office.config),
            "HUIYIN_CLASSIFIER": "linear",
            "HUIYIN_PORT": "0",
            "HUIYIN_SECRET_HOTLINE_TOKEN": TOKEN,
            "HUIYIN_SECRET_SIGN": "key",
        }
        town = stack.enter_context(installation(folder, kafka, elastic, now="", **own))
        cookie = _cookie(town.environment)
        worker = town.start_worker()
        until(lambda: "处理进程启动" in worker.said(), 90, worker.said)
        desk = Worker(town.environment, folder / "desk.log", ("desk",))
        stack.callback(desk.kill)
        until(lambda: "回音已启动：" in desk.said(), 90, desk.said)
        address = desk.said().partition("回音已启动：")[2].split()[0]
        time.sleep(10)  # until the worker has joined: nothing says so from outside
        yield Running(urlsplit(address).netloc, town.environment, cookie)


RUNTIMES = {"embedded": embedded, "kafka": on_kafka}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rates", type=int, nargs="+", default=[1, 50, 500])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runtime", nargs="+", choices=list(RUNTIMES), default=list(RUNTIMES))
    parser.add_argument("--send", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send is not None:
        send(options.send, options.seconds)
        return
    for name in options.runtime:
        for round_, rate in enumerate(options.rates):
            # Each rate on a desk of its own: none begins with what the one before left over.
            with (
                TemporaryDirectory(prefix="huiyin-latency-") as folder,
                Robot(time.monotonic) as robot,
                RUNTIMES[name](Path(folder), robot) as desk,
            ):
                print(f"{name}, {rate} messages a second", flush=True)
                push(desk, f"26{9999}{rate:04}{0:08}")  # the first of a process warms it up
                time.sleep(5)
                measure(desk, robot, rate, options.seconds, round_)


if __name__ == "__main__":
    main()
