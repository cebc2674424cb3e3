"""Real servers for tests: Kafka, Elasticsearch, Dovecot, SMTP and Chromium, all on loopback.

`tests/servers/fixtures.py` has them as pytest fixtures. Code that needs to stop, freeze or kill one
(fault runs, benchmarks) starts its own: `with Kafka(folder) as kafka: ...`.
"""

from tests.servers.browser import Browser
from tests.servers.dovecot import Dovecot
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.kafka import Kafka
from tests.servers.process import Missing, Server, free_port
from tests.servers.smtp import Smtp

__all__ = ["Browser", "Dovecot", "Elasticsearch", "Kafka", "Missing", "Server", "Smtp", "free_port"]
