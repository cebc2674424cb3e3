"""The harness itself: each server is the real one and does what Huiyin will ask of it."""

from __future__ import annotations

import shutil
import smtplib
import socket
import subprocess
import sys
import threading
import time
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from elasticsearch import ApiError, ConflictError
from elasticsearch import Elasticsearch as Client
from imap_tools import MailBoxUnencrypted
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from playwright.sync_api import Page

from tests.servers import Dovecot, Elasticsearch, Kafka, Missing, Smtp
from tests.servers.fixtures import group_of, missing, running
from tests.servers.process import accepts


@pytest.mark.integration
def test_kafka_keeps_a_message_over_a_kill(tmp_path: Path) -> None:
    with running(Kafka(tmp_path / "kafka")) as kafka:
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        admin.create_topics([NewTopic("inbox", num_partitions=2, replication_factor=1)])
        admin.close()
        producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all")
        producer.send("inbox", key=b"12345:1", value="路灯不亮".encode()).get(timeout=20)
        producer.close()

        kafka.kill()
        assert not kafka.running
        kafka.start()

        consumer = KafkaConsumer(
            "inbox",
            bootstrap_servers=kafka.bootstrap,
            auto_offset_reset="earliest",
            group_id="desk",
        )
        record = next(consumer)
        consumer.close()
    assert (record.key, record.value.decode()) == (b"12345:1", "路灯不亮")


def test_kafka_does_not_create_a_topic_by_being_asked(kafka: Kafka) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap)
    assert not consumer.partitions_for_topic("never-made")
    assert "never-made" not in admin.list_topics()
    consumer.close()
    admin.close()


def test_elasticsearch_finds_chinese_substrings(elasticsearch: Elasticsearch) -> None:
    with Client(elasticsearch.url) as client:
        client.indices.create(index="finds", mappings={"properties": {"text": {"type": "text"}}})
        client.index(index="finds", id="a", document={"text": "小区门口路灯不亮"}, refresh=True)
        client.index(index="finds", id="b", document={"text": "路口红灯太长"}, refresh=True)
        hits = client.search(index="finds", query={"match_phrase": {"text": "路灯"}})["hits"][
            "hits"
        ]
    assert [hit["_id"] for hit in hits] == ["a"]


def test_elasticsearch_refuses_a_stale_write(elasticsearch: Elasticsearch) -> None:
    with Client(elasticsearch.url) as client:
        first = client.index(index="stale", id="case", document={"seq": 1})
        version = {
            "if_seq_no": first["_seq_no"],
            "if_primary_term": first["_primary_term"],
        }
        client.index(index="stale", id="case", document={"seq": 2}, **version)
        with pytest.raises(ConflictError):
            client.index(index="stale", id="case", document={"seq": 3}, **version)
        assert client.mget(index="stale", ids=["case"])["docs"][0]["_source"] == {"seq": 2}


def test_elasticsearch_has_no_scripts(elasticsearch: Elasticsearch) -> None:
    """Whoever needs a script learns it here, not in a rewrite: this node has none."""
    with Client(elasticsearch.url) as client:
        client.index(index="scripts", id="a", document={"n": 1})
        with pytest.raises(ApiError, match="script"):
            client.update(index="scripts", id="a", script={"source": "ctx._source.n++"})


@pytest.mark.integration
def test_elasticsearch_survives_a_restart(tmp_path: Path) -> None:
    with running(Elasticsearch(tmp_path / "elasticsearch")) as server:
        with Client(server.url) as client:
            client.index(index="kept", id="a", document={"title": "噪音扰民"})
        server.restart()
        with Client(server.url) as client:
            assert client.get(index="kept", id="a")["_source"] == {"title": "噪音扰民"}


def test_a_frozen_server_does_not_answer_until_thawed(elasticsearch: Elasticsearch) -> None:
    elasticsearch.freeze()
    try:
        assert not elasticsearch.ready()
    finally:
        elasticsearch.thaw()
    assert elasticsearch.ready()


def test_dovecot_shows_a_delivered_mail(dovecot: Dovecot) -> None:
    dovecot.deliver(bytes(_letter("领导信箱：学校门口没有斑马线")))
    with MailBoxUnencrypted(dovecot.host, dovecot.port).login(
        dovecot.user, dovecot.password
    ) as box:
        mails = list(box.fetch())
    assert [mail.subject for mail in mails] == ["领导信箱：学校门口没有斑马线"]
    assert mails[0].text.strip() == "请尽快处理。"


@pytest.mark.integration
def test_no_server_outlives_a_killed_test_run(root: Path) -> None:
    script = (
        "import os, signal\n"
        "from tests.servers import Dovecot, Missing\n"
        "server = Dovecot()\n"
        "try:\n"
        "    server.start()\n"
        "    print(server.port, server.folder, flush=True)\n"
        "except Missing as reason:\n"
        "    print(reason, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=False
    )
    port, _, folder = run.stdout.strip().partition(" ")
    if not port.isdigit():
        missing(Missing(run.stdout + run.stderr))
    deadline = time.monotonic() + 10
    while accepts(int(port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(folder)
    assert not accepts(int(port))


def test_smtp_takes_a_mail_and_can_refuse_one(smtp: Smtp) -> None:
    with smtplib.SMTP(smtp.host, smtp.port) as client:
        client.send_message(_letter("逾期提醒"))
        smtp.refuse = "451 try again later"
        with pytest.raises(smtplib.SMTPDataError, match="try again later"):
            client.send_message(_letter("再次提醒"))
    assert [mail.recipients for mail in smtp.mails] == [("desk@example.org",)]


def test_chromium_shows_a_chinese_page(page: Page) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write("<title>值班台</title><h1>件件有回音</h1>".encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            assert page.title() == "值班台"
            assert page.get_by_role("heading").inner_text() == "件件有回音"
            assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == (
                "Asia/Shanghai"
            )
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("ci", "outcome"), [("true", pytest.fail.Exception), (None, pytest.skip.Exception)]
)
def test_a_missing_server_skips_here_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str | None, outcome: type[BaseException]
) -> None:
    if ci is None:
        monkeypatch.delenv("CI", raising=False)
    else:
        monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no dovecot here"):
        missing(Missing("no dovecot here"))


def test_a_test_cannot_leave_the_machine() -> None:
    # 192.0.2.0/24 is reserved for documentation: no host has such an address.
    with socket.socket() as outside, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        outside.connect(("192.0.2.1", 80))


def _letter(subject: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = "citizen@example.org"
    letter["To"] = "desk@example.org"
    letter["Subject"] = subject
    letter.set_content("请尽快处理。")
    return letter


@pytest.mark.integration
def test_what_needs_a_server_of_the_run_is_of_the_group_of_one_worker(
    request: pytest.FixtureRequest,
) -> None:
    shared = {"kafka", "elasticsearch"}
    for item in request.session.items:
        names = set(getattr(item, "fixturenames", ()))
        assert group_of(item.nodeid) == "kafka" or not names & shared, item.nodeid
        if "browser" in names:
            assert group_of(item.nodeid) in {"browser", "kafka"}, item.nodeid
