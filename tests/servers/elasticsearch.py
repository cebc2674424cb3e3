"""One Elasticsearch node: the real server, without its optional modules.

No scripts, no `cjk` analyzer and no `GET /`; see docs/testing.md for what follows from that.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

from tests.servers.jvm import START_SOON, JvmServer, fetch_jars, find_java, wanted
from tests.servers.process import Server, free_port

_LAUNCHER = Path(__file__).with_name("EsLauncher.java")
_DESCRIPTOR = """\
name=transport-netty4
description=HTTP and transport
version={server.version}
elasticsearch.version={server.version}
java.version={server.java}
classname=org.elasticsearch.transport.netty4.Netty4Plugin
"""


class Elasticsearch(Server):
    """`url` is the address for clients. Security is off; the disk watermarks too."""

    name = "elasticsearch"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command: list[str] = []

    def prepare(self) -> None:
        server = wanted("elasticsearch")
        java = find_java(server)
        home = self.folder.resolve() / "home"
        _lay_out(home, fetch_jars(server), server)
        settings = {
            "path.data": self.folder.resolve() / "data",
            "path.repo": self.folder.resolve() / "snapshots",
            "http.port": self.port,
            "transport.port": free_port(),
            "network.host": "127.0.0.1",
            "discovery.type": "single-node",
            # A full disk of the developer's would otherwise make every index read-only.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        modules = ["--module-path", f"{home}/lib", "--add-modules", "ALL-MODULE-PATH,jdk.net"]
        self._command = [str(java), "-Xmx1g", *START_SOON, *modules, str(_LAUNCHER), str(home)]
        self._command += [f"{name}={value}" for name, value in settings.items()]

    def command(self) -> list[str]:
        return self._command

    def ready(self) -> bool:
        health = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False


def _lay_out(home: Path, jars: Path, server: JvmServer) -> None:
    """The folders of an installation, with links to the jars; the HTTP transport is a module."""
    transport = home / "modules" / "transport-netty4"
    for folder in (home / "lib", home / "config", home / "plugins", transport):
        folder.mkdir(parents=True)
    for jar in jars.glob("*.jar"):
        of_transport = jar.name.startswith(("netty-", "transport-netty4-"))
        (transport if of_transport else home / "lib").joinpath(jar.name).symlink_to(jar)
    descriptor = transport / "plugin-descriptor.properties"
    descriptor.write_text(_DESCRIPTOR.format(server=server), "utf-8")
