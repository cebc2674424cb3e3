"""The worker process: what it says when it cannot start, how it ends, what it shows."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch as Client

from benchmarks.messages import write_board_csv
from desk.ground import production, production_upkeep
from desk.ground.settings import SettingsError
from tests.installation import Installation, Worker, installation, until
from tests.servers import Elasticsearch, Kafka, free_port
from tests.servers.fixtures import running
from tests.standins import certificate
from tests.standins.refusing import RefusingProxy


@pytest.fixture
def town(kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path, kafka, elasticsearch) as it:
        yield it


def wrong(town: Installation, **more: str) -> str:
    """What is wrong, as the worker says it before it starts."""
    town.environment |= more
    with pytest.raises(SettingsError) as caught:
        production_upkeep.check(town.settings)
    return str(caught.value)


def test_a_wrong_address_is_one_clear_message_and_status_1(town: Installation) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    done = town.run_apart("worker", HUIYIN_KAFKA=nobody)
    assert done.returncode == 1
    assert done.stderr.startswith(f"连不上 Kafka（{nobody}）")
    assert "请检查 HUIYIN_KAFKA" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_missing_topics_and_a_missing_index_are_said_together(town: Installation) -> None:
    text = wrong(town, HUIYIN_KAFKA_PREFIX="never-made", HUIYIN_INDEX="never-made")
    assert "Kafka 上没有主题 never-made.inbox" in text
    assert "Kafka 上没有主题 never-made-__assignor-__leader" in text
    assert "没有台账索引 never-made" in text
    assert text.count("huiyin doctor --create") == 9


def test_too_few_partitions(town: Installation) -> None:
    text = wrong(town, HUIYIN_KAFKA_PARTITIONS="4")
    assert f"主题 {town.name}.inbox 只有 2 个分区，应有 4 个" in text


def test_nobody_where_elasticsearch_should_be(town: Installation) -> None:
    text = wrong(town, HUIYIN_ELASTICSEARCH=f"http://127.0.0.1:{free_port()}")
    assert "连不上 Elasticsearch" in text


def test_an_index_with_a_strange_mapping(town: Installation, elasticsearch: Elasticsearch) -> None:
    strange = f"{town.name}-strange"
    with Client(elasticsearch.url) as client:
        client.indices.create(index=strange, mappings={"properties": {"seq": {"type": "text"}}})
        text = wrong(town, HUIYIN_INDEX=strange)
    assert strange in text


class SecureKafka(Kafka):
    """Clients log in (SASL/PLAIN) as `desk` with `password`; with a certificate, over TLS."""

    password = "letter-box-in-the-hall"

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        """`certificate`: a folder as `tests.standins.certificate.make` leaves it."""
        super().__init__(folder)
        self._certificate = certificate

    def prepare(self) -> None:
        super().prepare()
        path = self.folder / "server.properties"
        text = path.read_text("utf-8")
        outer = "SASL_PLAINTEXT" if self._certificate is None else "SASL_SSL"
        inner = free_port()
        text = re.sub(
            r"^listeners=PLAINTEXT://[^,]*",
            f"listeners={outer}://127.0.0.1:{self.port},INNER://127.0.0.1:{inner}",
            text,
            flags=re.MULTILINE,
        )
        text = re.sub(
            r"^advertised.listeners=.*",
            f"advertised.listeners={outer}://127.0.0.1:{self.port},INNER://127.0.0.1:{inner}",
            text,
            flags=re.MULTILINE,
        )
        module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        text += (
            "listener.security.protocol.map=CONTROLLER:PLAINTEXT,INNER:PLAINTEXT,"
            f"{outer}:{outer}\n"
            "inter.broker.listener.name=INNER\n"
            "sasl.enabled.mechanisms=PLAIN\n"
            f"listener.name.{outer.lower()}.plain.sasl.jaas.config="
            f'{module} user_desk="{self.password}";\n'
        )
        if self._certificate is not None:
            pems = [(self._certificate / name).read_text() for name in ("key.pem", "cert.pem")]
            (self.folder / "keystore.pem").write_text("".join(pems))
            text += "ssl.keystore.type=PEM\nssl.keystore.location=keystore.pem\n"
        path.write_text(text, "utf-8")


@pytest.mark.timeout(240)
def test_with_a_login_the_right_password_works_and_a_wrong_one_is_said(
    elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    with running(SecureKafka(tmp_path / "kafka")) as kafka:
        town = Installation(tmp_path, kafka, elasticsearch)
        town.environment |= {"HUIYIN_KAFKA_USER": "desk", "HUIYIN_KAFKA_SASL": "PLAIN"}
        right = {"HUIYIN_SECRET_KAFKA_PASSWORD": kafka.password}
        bad = town.run_apart("worker", HUIYIN_SECRET_KAFKA_PASSWORD="anybodys-wrong-guess")
        assert bad.returncode == 1
        assert "不接受用户 desk 的登录" in bad.stderr
        assert "anybodys-wrong-guess" not in bad.stderr
        none = town.run_apart("worker")
        assert none.returncode == 1
        assert "HUIYIN_SECRET_KAFKA_PASSWORD" in none.stderr

        made = town.run("doctor", "--create", **right)
        assert made.returncode == 0, made.stderr + made.stdout
        write_board_csv(tmp_path / "messages.csv", 20)
        worker = town.start_worker(**right)
        fed = town.run(
            "ingest", str(tmp_path / "messages.csv"), "--source", "board-export", **right
        )
        assert fed.returncode == 0, fed.stderr
        try:
            count = production.ledger(town.settings).ledger.load
            ids = [f"board-export:{100_000 + n}" for n in range(20)]
            until(lambda: len(count(ids)) == 20, 60, worker.said)
        finally:
            town.close()


@pytest.mark.timeout(300)
def test_over_tls_with_passwords_everywhere(
    elasticsearch: Elasticsearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kafka with TLS and a login, Elasticsearch likewise: what is wrong is said in words and
    without the password, and with everything right a file becomes cases."""
    for name in ("ours", "strange"):
        (tmp_path / name).mkdir()
    ours, strange = (certificate.make(tmp_path / name) for name in ("ours", "strange"))
    monkeypatch.setenv("HUIYIN_SECRET_KAFKA_PASSWORD", SecureKafka.password)
    monkeypatch.setenv("HUIYIN_SECRET_ELASTICSEARCH_PASSWORD", "ledger-key-of-the-house")
    with (
        running(SecureKafka(tmp_path / "kafka", tmp_path / "ours")) as kafka,
        RefusingProxy(
            elasticsearch.url, login="desk:ledger-key-of-the-house", tls=ours.context
        ) as proxy,
    ):
        town = Installation(tmp_path, kafka, elasticsearch)
        town.environment |= {
            "HUIYIN_KAFKA_USER": "desk",
            "HUIYIN_KAFKA_SASL": "PLAIN",
            "HUIYIN_KAFKA_CA": str(ours.ca_file),
            "HUIYIN_ELASTICSEARCH": proxy.url,
            "HUIYIN_ELASTICSEARCH_USER": "desk",
            "HUIYIN_ELASTICSEARCH_CA": str(ours.ca_file),
        }
        made = town.run("doctor", "--create")
        assert made.returncode == 0, made.stderr + made.stdout

        guessed = town.run_apart(
            "worker", HUIYIN_SECRET_ELASTICSEARCH_PASSWORD="anybodys-wrong-guess"
        )
        assert guessed.returncode == 1
        assert "Elasticsearch 不认用户名或密码（401）" in guessed.stderr
        assert len(guessed.stderr.strip().splitlines()) == 1
        assert "anybodys-wrong-guess" not in guessed.stderr
        assert "ledger-key-of-the-house" not in guessed.stderr

        fooled = wrong(
            town,
            HUIYIN_KAFKA_CA=str(strange.ca_file),
            HUIYIN_ELASTICSEARCH_CA=str(strange.ca_file),
        )
        assert "的证书不能信任" in fooled.splitlines()[0]
        assert "HUIYIN_KAFKA_CA" in fooled.splitlines()[0]
        assert "Elasticsearch 的证书不能信任，请检查 HUIYIN_ELASTICSEARCH_CA" in fooled
        trusted = str(ours.ca_file)
        assert "如果 Kafka 要求 TLS，请设置 HUIYIN_KAFKA_CA" in wrong(
            town, HUIYIN_KAFKA_CA="", HUIYIN_ELASTICSEARCH_CA=trusted
        )
        town.environment["HUIYIN_KAFKA_CA"] = trusted

        write_board_csv(tmp_path / "messages.csv", 20)
        worker = town.start_worker()
        try:
            assert town.feed(tmp_path / "messages.csv").counts.new == 20
            town.until_done(120)
            ids = [f"board-export:{100_000 + n}" for n in range(20)]
            assert len(production.ledger(town.settings).ledger.load(ids)) == 20
            assert worker.stop() == 0
        finally:
            town.close()


def page(worker: Worker, path: str) -> tuple[int, str]:
    found = re.search(r"http://127\.0\.0\.1:\d+", worker.said())
    if found is None:
        return 0, ""
    try:
        with urllib.request.urlopen(found[0] + path, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.mark.timeout(180)
def test_health_metrics_and_an_orderly_end(town: Installation, tmp_path: Path) -> None:
    write_board_csv(tmp_path / "messages.csv", 30)
    town.feed(tmp_path / "messages.csv")
    worker = town.start_worker()
    until(lambda: page(worker, "/readyz")[0] == 200, 60, worker.said)
    town.until_done()
    assert page(worker, "/healthz") == (200, "ok")
    assert page(worker, "/")[0] == 404
    metrics = page(worker, "/metrics")[1]
    assert 'huiyin_messages_total{outcome="opened"} 30.0' in metrics
    assert 'huiyin_stage_seconds_total{stage="journal"}' in metrics
    until(lambda: 'huiyin_lag_messages{partition="1"} 0.0' in page(worker, "/metrics")[1], 30)
    assert worker.stop() == 0
    assert "Traceback" not in worker.said()


@pytest.mark.timeout(180)
def test_a_worker_that_waits_for_its_ledger_can_be_stopped(
    kafka: Kafka, elasticsearch: Elasticsearch, tmp_path: Path
) -> None:
    write_board_csv(tmp_path / "messages.csv", 30)
    with (
        RefusingProxy(elasticsearch.url) as proxy,
        installation(tmp_path, kafka, elasticsearch, HUIYIN_ELASTICSEARCH=proxy.url) as town,
    ):
        town.feed(tmp_path / "messages.csv")
        worker = town.start_worker()
        until(lambda: "处理进程启动" in worker.said(), 60, worker.said)
        proxy.refuse = 503
        until(lambda: "等待后再试" in worker.said() or town.waiting == 0, 60, worker.said)
        waited = "等待后再试" in worker.said()
        assert worker.stop(25) == 0
        proxy.refuse = 0
        assert waited
        assert town.waiting == 30, "nothing was acknowledged"
        town.start_worker()
        town.until_done()
        assert town.audit().problems == ()
