"""The application's own account at Elasticsearch, with the rights that it needs and no more.

Made once, by the person who has the superuser's password (`huiyin doctor --create` with
`elasticsearch_admin_password`). Workers and desk never see that password.
"""

from __future__ import annotations

from typing import Any, Final

from elasticsearch import Elasticsearch

from sinks.elastic.client import translated

SUPERUSERS: Final = frozenset({"elastic", "kibana", "kibana_system", "logstash_system"})
"""Built-in accounts: none of them belongs into an application."""


def role_of(index: str) -> dict[str, Any]:
    """The rights on the ledger's index and its versions (`reindex` makes new ones and moves
    the alias) with their template, and to see whether the cluster is well. Nothing else in
    the cluster can be read."""
    return {
        "cluster": ["monitor", "manage_index_templates"],
        "indices": [{"names": [index, f"{index}-*"], "privileges": ["read", "write", "manage"]}],
    }


def ensure_account(admin: Elasticsearch, *, user: str, password: str, index: str) -> None:
    """Makes or renews the role and the account, both named `user`. Doing it again changes
    nothing but the password. Raises `LedgerUnavailable`."""
    with translated():
        admin.security.put_role(name=user, **role_of(index))
        admin.security.put_user(
            username=user, password=password, roles=[user], full_name="回音（huiyin）"
        )
