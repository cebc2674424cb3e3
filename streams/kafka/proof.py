"""`huiyin audit` in production: the proof read from the topics."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from sinks.ledger.base import Ledger, Query
from streams.audit import Audit, audit
from streams.kafka.connection import KafkaAddress
from streams.kafka.letter_spool import letters_of
from streams.kafka.progress import read_counts
from streams.kafka.reader import Offsets, Reader
from streams.kafka.spool import JournalSpool
from streams.kafka.topics import Topics


def audit_log(address: KafkaAddress, ledger: Ledger) -> Audit:
    """Exact while the workers rest or stand still; what they do meanwhile can show as
    differences that the next audit no longer has.

    Raises `LogError`, `LogDown`, `LedgerUnavailable`."""
    topics = Topics(address.prefix)
    with Reader(address, group=address.group) as reader, JournalSpool() as spool:
        processed = reader.committed(topics.inbox)
        ends = reader.ends(topics.inbox)
        spool.fill(reader, topics.journal)
        counts = read_counts(reader, topics)
        with letters_of(reader.read_all(topics.dead_letters)) as letters:
            result = audit(
                log=_log(reader, processed),
                waiting=sum(end - processed[each] for each, end in ends.items()),
                journal=spool.events(),
                ledger=ledger.scan(Query()),
                letters=letters.each(),
                intake=counts,
            )
    if not spool.contradictions:
        return result
    example = "、".join(spool.contradictions[:5])
    problem = f"事件日志中同一编号有两种内容：{len(spool.contradictions)} 条，如 {example}"
    return replace(result, problems=(*result.problems, problem))


def _log(reader: Reader, processed: Offsets) -> Iterator[bytes]:
    return (entry.value or b"" for entry in reader.read({}, processed))
