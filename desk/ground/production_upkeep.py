"""What is made, checked, proved and rebuilt in the production runtime."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Final

from desk.ground.production import (
    DESK_PATIENCE,
    acknowledged,
    address,
    cluster,
    ledger,
    password_of,
    production,
    writer,
)
from desk.ground.settings import Settings, SettingsError
from huiyin.store.proof import FileProof
from sinks.ledger.base import LedgerUnavailable
from streams.audit import Audit
from streams.embedded.runner import Rebuilt
from streams.sources.seam.secrets import Secrets

if TYPE_CHECKING:
    from rich.progress import Progress

    from streams.kafka.acknowledged import LogIncident
    from streams.kafka.rebuild import Progressed

_ADMIN_SECRET: Final = "elasticsearch_admin_password"  # noqa: S105  (its name)


def create(settings: Settings) -> list[str]:
    """Makes the topics and the index that are missing; gives what was made, in words.

    With the secret `elasticsearch_admin_password` also the program's own account at
    Elasticsearch.

    Raises `SettingsError`, `LogDown`, `LogError`, `LedgerUnavailable`."""
    from streams.kafka import topics

    made = [f"主题 {name}" for name in topics.create(cluster(settings))]
    with closing(writer(settings, DESK_PATIENCE)) as out:
        if wrapped := out.wrap_keys():
            made.append(f"{wrapped} 个事项密钥改用主密钥加密")
    made += _own_account(settings)
    ledger(settings).ensure()
    return made


def _own_account(settings: Settings) -> list[str]:
    from sinks.elastic import SUPERUSERS, connect, ensure_account

    wanted = production(settings)
    user = wanted.elasticsearch_user
    if Secrets.load(os.environ, settings.home).get(_ADMIN_SECRET) is None:
        return []
    if not user or user in SUPERUSERS:
        raise SettingsError(
            "HUIYIN_ELASTICSEARCH_USER 应为本程序自己的账号（如 huiyin），"
            f"不能是 Elasticsearch 自带的“{user}”。"
        )
    admin = connect(
        [wanted.elasticsearch],
        user="elastic",
        password=password_of(settings, "elastic", _ADMIN_SECRET),
        ca_certs=wanted.elasticsearch_ca,
    )
    password = password_of(settings, user, "elasticsearch_password")
    ensure_account(admin, user=user, password=password, index=wanted.index)
    return [f"Elasticsearch 的角色和账号 {user}"]


def weaknesses(settings: Settings) -> list[str]:
    """What works and should not stay so, in Chinese, with what to do."""
    from sinks.elastic import SUPERUSERS

    wanted = production(settings)
    found = []
    if wanted.elasticsearch_user in SUPERUSERS:
        found.append(
            f"程序用 Elasticsearch 自带的超级用户“{wanted.elasticsearch_user}”登录。请设 "
            "HUIYIN_ELASTICSEARCH_USER=huiyin 和它自己的密码，给 huiyin doctor --create 密钥 "
            "elasticsearch_admin_password 运行一次，再从其他进程里去掉这个密钥"
        )
    if not wanted.kafka_user:
        found.append(
            "Kafka 不用登录：谁连得上就能读写全部来件。请给 Kafka 设登录（SASL），并设 "
            "HUIYIN_KAFKA_USER"
        )
    if not wanted.elasticsearch_user:
        found.append("Elasticsearch 不用登录：谁连得上就能读改台账。请设 HUIYIN_ELASTICSEARCH_USER")
    return found


def check(settings: Settings) -> None:
    """Everything that a worker or the intake needs is there and as it should be.

    Raises `SettingsError`, with all that is wrong."""
    from streams.kafka import topics
    from streams.kafka.errors import LogDown, LogError
    from streams.kafka.keyring import ring_of

    wrong: list[str] = []
    try:
        if missing := topics.problems(cluster(settings)):
            wrong += missing
        else:
            ring_of(address(settings)).check()
    except (LogDown, LogError) as problem:
        wrong.append(str(problem))
    try:
        ledger(settings).check()
    except (SettingsError, LedgerUnavailable) as problem:
        wrong.append(str(problem))
    if wrong:
        raise SettingsError("\n".join(wrong))


def audit(settings: Settings) -> Audit:
    """Raises `SettingsError`, `LogDown`, `LogError`, `LedgerUnavailable`."""
    from streams.kafka.proof import audit_log

    parts = ledger(settings)
    parts.refresh()
    return audit_log(address(settings), parts.ledger)


def prove_log(settings: Settings) -> tuple[FileProof, ...]:
    """Raises `SettingsError`, `LogDown`, `LogError`, `StoreError`."""
    from streams.kafka import proof

    with closing(acknowledged(settings)) as counts:
        return proof.prove_log(address(settings), counts)


def explain_log(settings: Settings, reason: str, by: str) -> list[LogIncident]:
    """What is missing in the log, with what a person says of it. Raises as `prove_log`."""
    from streams.kafka import proof

    with closing(acknowledged(settings)) as counts:
        return proof.explain_log(address(settings), counts, reason, by)


def erase_again(settings: Settings) -> int:
    """After a restore: carries out the erasures that the journal has and the keys do not. Gives how
    many cases. Raises `SettingsError`, `LogDown`, `LogError`, `LedgerUnavailable`."""
    from streams.kafka import erasing

    with closing(writer(settings, DESK_PATIENCE)) as out:
        return erasing.erase_again(address(settings), out, ledger(settings).ledger)


def rebuild(settings: Settings, bar: Progress) -> Rebuilt:
    """Raises `SettingsError`, `LogDown`, `LogError`, `LedgerUnavailable`."""
    from streams.kafka import rebuild as kafka_rebuild

    where = address(settings)
    parts = ledger(settings)
    parts.ensure()
    length = kafka_rebuild.journal_length(where)
    reading = bar.add_task("", name="读事件日志", total=length)
    writing = bar.add_task("", name="写台账", total=length)

    def shown(step: Progressed) -> None:
        bar.advance(reading, step.read)
        bar.advance(writing, step.folded)

    done = kafka_rebuild.rebuild(where, parts.ledger, shown)
    parts.refresh()
    return done
