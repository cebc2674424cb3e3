"""Dovecot as an IMAP server with one mailbox."""

from __future__ import annotations

import contextlib
import grp
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import weakref
from pathlib import Path

from tests.servers.process import Missing, Server, free_port

# Without root Dovecot can change neither its root folder nor its user.
_CONFIG = """\
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/run/state
log_path = {folder}/dovecot.log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
"""


class Dovecot(Server):
    """IMAP without TLS on `host`:`port`, one mailbox: `user` and `password`."""

    name = "dovecot"
    ready_within = 20.0

    def __init__(self) -> None:
        # Not pytest's folder: that one is closed to the user we switch to when we are root.
        super().__init__(Path(tempfile.mkdtemp(prefix="huiyin-dovecot-")))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.host = "127.0.0.1"
        self.port = free_port()
        self.user = "leader"
        self.password = "letter-box"
        self._mailbox = self.folder / "mail" / self.user
        self._numbers = itertools.count()
        self._command: list[str] = []

    def prepare(self) -> None:
        dovecot = _find()
        for name in ("cur", "new", "tmp"):
            (self._mailbox / name).mkdir(parents=True)
        self.log.touch()
        config = self.folder / "dovecot.conf"
        self._command = [dovecot, "-F", "-c", str(config)]
        owner = pwd.getpwuid(os.getuid())
        if owner.pw_uid == 0:  # no mailbox may belong to root
            owner = pwd.getpwnam("nobody")
            as_owner = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
            self._command = ["setpriv", *as_owner, *self._command]
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        text = _CONFIG.format(
            folder=self.folder,
            user=owner.pw_name,
            group=grp.getgrgid(owner.pw_gid).gr_name,
            password=self.password,
            port=self.port,
        )
        config.write_text(text, "utf-8")
        # Readable for that user whatever umask the program under test has set here.
        config.chmod(0o644)

    def command(self) -> list[str]:
        return self._command

    def ready(self) -> bool:
        # The master accepts before its login process runs; the greeting comes from the latter.
        with (
            contextlib.suppress(OSError),
            socket.create_connection((self.host, self.port), 2) as it,
        ):
            return it.recv(4) == b"* OK"
        return False

    def deliver(self, message: bytes) -> None:
        """Put a message (RFC 5322 bytes) into the inbox, the way a delivery agent does."""
        name = f"{next(self._numbers):09d}.{os.getpid()}.huiyin-test"
        (self._mailbox / "tmp" / name).write_bytes(message)
        (self._mailbox / "tmp" / name).chmod(0o644)
        (self._mailbox / "tmp" / name).rename(self._mailbox / "new" / name)


def _find() -> str:
    path = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if path is None:
        raise Missing("dovecot is not installed (Debian: apt-get install dovecot-imapd).")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    if not version.startswith("2.3."):
        # 2.4 changed the names of most settings.
        raise Missing(f"dovecot 2.3 is needed, found {version.strip()} in {path}.")
    return path
