"""docker-compose.yml is what it says: well formed, pinned, the tested versions, no secret
in it, and every setting one that the program knows."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from desk.ground.settings import SETTINGS
from sinks.elastic import SUPERUSERS


class Part(BaseModel):
    """A piece of the Compose specification, as far as we use it: stricter than its schema,
    and typed for the tests below."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


Duration = Annotated[str, StringConstraints(pattern=r"^\d+[smh]$")]
Size = Annotated[str, StringConstraints(pattern=r"^\d+[kmg]$")]
Image = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9./-]+:(\d+(\.\d+)+|\$\{HUIYIN_VERSION:-.+\})$")
]
Text = Annotated[str, Field(strict=True)]


class Healthcheck(Part):
    test: list[Text] = Field(min_length=2)
    interval: Duration
    timeout: Duration
    retries: int
    start_period: Duration


class Limits(Part):
    cpus: Text
    memory: Size


class Resources(Part):
    limits: Limits


class Deploy(Part):
    replicas: int = Field(default=1, ge=1)
    resources: Resources


class Condition(Part):
    condition: Literal["service_healthy", "service_completed_successfully", "service_started"]


class Limit(Part):
    soft: int
    hard: int


class Logging(Part):
    driver: str
    options: dict[str, Text]


class Service(Part):
    image: Image
    build: str = ""
    hostname: str = ""
    command: list[Text] = []
    environment: dict[str, Text]
    volumes: list[Text] = []
    networks: list[str]
    ports: list[Text] = []
    depends_on: dict[str, Condition] = {}
    healthcheck: Healthcheck | None = None
    stop_grace_period: Duration | None = None
    restart: Literal["no", "unless-stopped"] = "no"
    init: bool = False
    read_only: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    ulimits: dict[str, Limit] = {}
    deploy: Deploy | None = None
    logging: Logging | None = None


class Compose(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    services: dict[str, Service]
    networks: dict[str, dict[str, str]]
    volumes: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def compose(root: Path) -> Compose:
    return Compose.model_validate(yaml.safe_load((root / "docker-compose.yml").read_text("utf-8")))


def test_it_follows_the_compose_specification(root: Path) -> None:
    """The specification's own JSON schema, which check-jsonschema carries along."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run(
        [*command, str(root / "docker-compose.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_says_nothing_that_compose_would_not_understand(compose: Compose) -> None:
    extra = set(compose.model_extra or {})
    assert {name for name in extra if not name.startswith("x-")} == set()
    for name, service in compose.services.items():
        assert set(service.depends_on) <= set(compose.services), name
        assert set(service.networks) <= set(compose.networks), name
        named = {v.partition(":")[0] for v in service.volumes if not v.startswith(".")}
        assert named <= set(compose.volumes), name


def test_servers_are_those_that_the_tests_start(compose: Compose, root: Path) -> None:
    versions = tomllib.loads((root / "tests" / "servers" / "versions.toml").read_text("utf-8"))
    for name in ("kafka", "elasticsearch"):
        assert compose.services[name].image.endswith(f":{versions[name]['version']}")


def test_settings_of_the_brokers_are_those_of_the_tests(compose: Compose, root: Path) -> None:
    """What the tests' broker is told, the one in production is told too, but for its places
    and for what only makes a killed test broker come back sooner."""
    tested = (root / "tests" / "servers" / "kafka.py").read_text("utf-8")
    found = dict(re.findall(r"^([a-z][a-z.]+[a-z])=(.*)$", tested, re.MULTILINE))
    here = compose.services["kafka"].environment
    elsewhere = {
        "node.id", "controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs",
        "num.partitions", "offsets.topic.num.partitions",
        "broker.session.timeout.ms", "broker.heartbeat.interval.ms",
    }  # fmt: skip
    for name, value in found.items():
        if name not in elsewhere:
            assert here["KAFKA_" + name.replace(".", "_").upper()] == value, name


def test_everything_that_runs_has_a_health_check_and_limits(compose: Compose) -> None:
    for name, service in compose.services.items():
        if name == "create":
            continue
        assert service.healthcheck is not None, name
        assert service.deploy is not None, name
        assert service.restart == "unless-stopped", name


def test_no_secret_and_no_open_port(compose: Compose, root: Path) -> None:
    text = (root / "docker-compose.yml").read_text("utf-8")
    example = (root / ".env.example").read_text("utf-8")
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    assert wanted == set(re.findall(r"^([A-Z_]+)=change-me$", example, re.MULTILINE))
    for name, service in compose.services.items():
        for variable, value in service.environment.items():
            if "PASSWORD" in variable:
                assert value.startswith("${"), f"{name} {variable}"
        assert all(port.startswith("127.0.0.1:") for port in service.ports), name
    assert compose.services["elasticsearch"].environment["xpack.security.enabled"] == "true"


def test_nobody_reaches_kafka_without_a_login(compose: Compose) -> None:
    here = compose.services["kafka"].environment
    assert compose.services["kafka"].ports == []
    plain = {
        name
        for name, how in (
            each.split(":") for each in here["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
        )
        if not how.startswith("SASL_")
    }
    for listener in (here["KAFKA_LISTENERS"] + "," + here["KAFKA_ADVERTISED_LISTENERS"]).split(","):
        name, _, address = listener.partition("://")
        assert name not in plain or address.startswith("127.0.0.1:"), listener
    assert plain == {"INSIDE", "CONTROLLER"}
    assert compose.services["desk"].environment["HUIYIN_KAFKA_USER"]


def test_the_program_is_no_superuser_of_elasticsearch(compose: Compose) -> None:
    for name, service in compose.services.items():
        here = service.environment
        if "HUIYIN_ELASTICSEARCH_USER" not in here:
            continue
        assert here["HUIYIN_ELASTICSEARCH_USER"] not in SUPERUSERS, name
        known = {v for v, value in here.items() if "{ELASTIC_PASSWORD" in value}
        # The setup, which ends, has the superuser's password to make the account with.
        wanted = {"HUIYIN_SECRET_ELASTICSEARCH_ADMIN_PASSWORD"} if name == "create" else set()
        assert known == wanted, name
    assert compose.services["create"].restart == "no"


def test_every_setting_is_one_that_the_program_reads(compose: Compose) -> None:
    known = {setting.name for setting in SETTINGS}
    for name, service in compose.services.items():
        ours = {v for v in service.environment if v.startswith("HUIYIN_")}
        assert {v for v in ours - known if not v.startswith("HUIYIN_SECRET_")} == set(), name


def test_commands_are_ours(compose: Compose) -> None:
    from desk.app.cli import app

    commands = {(c.name or getattr(c.callback, "__name__", "")) for c in app.registered_commands}
    for name, service in compose.services.items():
        if service.command:
            assert service.command[0] == "huiyin", name
            assert service.command[1] in commands, name


def test_the_image_is_pinned_and_not_root(root: Path) -> None:
    lines = (root / "Dockerfile").read_text("utf-8").splitlines()
    (base,) = [line.partition("=")[2] for line in lines if line.startswith("ARG BASE_IMAGE=")]
    # The digest says which image, whatever becomes of the tag.
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", base)
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"${BASE_IMAGE}"}
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users
    assert "root" not in users
    assert any("--require-hashes" in line for line in lines)
