"""The ledger in Elasticsearch, for installations with more than one process."""

from sinks.elastic.access import SUPERUSERS, ensure_account
from sinks.elastic.client import connect
from sinks.elastic.index import IndexProblem, check_index, ensure_index
from sinks.elastic.ledger import ElasticLedger
from sinks.elastic.reindex import current_version, new_version, reindex_and_swap, swap, write_cases

__all__ = [
    "SUPERUSERS",
    "ElasticLedger",
    "IndexProblem",
    "check_index",
    "connect",
    "current_version",
    "ensure_account",
    "ensure_index",
    "new_version",
    "reindex_and_swap",
    "swap",
    "write_cases",
]
