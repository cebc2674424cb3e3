"""The program's own account at Elasticsearch. The node of the tests has no security, so what
is asked of the server is read by a stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sinks.elastic.access import SUPERUSERS, ensure_account, role_of
from sinks.elastic.client import connect


class Security(ThreadingHTTPServer):
    """Remembers what it is told, with who said it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Told)
        self.told: list[tuple[str, dict[str, object]]] = []


class _Told(BaseHTTPRequestHandler):
    server: Security

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.told.append((self.path, body))
        answer = b'{"created": true}'
        self.send_response(200)
        self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def security() -> Iterator[Security]:
    server = Security()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_the_account_gets_a_role_for_its_own_index_only(security: Security) -> None:
    url = f"http://127.0.0.1:{security.server_port}"
    with connect([url], user="elastic", password="x") as admin:
        ensure_account(admin, user="huiyin", password="q7Zr-tWm4", index="huiyin-cases")
    (role_path, role), (user_path, user) = security.told
    assert (role_path, user_path) == ("/_security/role/huiyin", "/_security/user/huiyin")
    assert role == role_of("huiyin-cases")
    assert user["roles"] == ["huiyin"]
    assert user["password"] == "q7Zr-tWm4"


def test_the_role_reaches_nothing_else() -> None:
    role = role_of("huiyin-cases")
    assert [each["names"] for each in role["indices"]] == [["huiyin-cases", "huiyin-cases-*"]]
    assert "all" not in str(role)
    assert set(role["cluster"]) == {"monitor", "manage_index_templates"}
    assert "elastic" in SUPERUSERS
