"""One Kafka broker (KRaft, broker and controller in one process)."""

from __future__ import annotations

import base64
import subprocess
import uuid
from pathlib import Path

from tests.servers.jvm import START_SOON, fetch_jars, find_java, wanted
from tests.servers.process import Server, accepts, free_port

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# A killed broker is let in again once its old session is over; the default is 9 s.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""


class Kafka(Server):
    """`bootstrap` is the address for clients. Topics are not created by being asked for."""

    name = "kafka"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._java: list[str] = []

    def prepare(self) -> None:
        server = wanted("kafka")
        java = find_java(server)
        jars = fetch_jars(server)
        self._java = [str(java), "-Xmx512m", *START_SOON, "-cp", f"{jars}/*"]
        properties = _PROPERTIES.format(
            port=self.port, controller=free_port(), folder=self.folder.resolve()
        )
        (self.folder / "server.properties").write_text(properties, "utf-8")
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [*self._java, "kafka.tools.StorageTool"]
        done = subprocess.run(
            [*tool, "format", "-t", cluster, "-c", "server.properties"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"Kafka's storage could not be formatted: {done.stdout}{done.stderr}"
            )

    def command(self) -> list[str]:
        return [*self._java, "kafka.Kafka", "server.properties"]

    def ready(self) -> bool:
        # The broker opens this listener last, once it is unfenced and serves requests.
        return accepts(self.port)
