"""A clean Debian in a folder, as the installer and the image's steps find one.

debootstrap takes it from the mirror that apt of this machine is configured with. A command in it
runs with processes of its own, and if wished without a network but loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PACKAGES: Final = "python3-venv,ca-certificates,openssl,util-linux"
_FROM_HERE: Final = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf", "/etc/resolv.conf")
_LOOPBACK: Final = (
    "import fcntl, socket, struct; "
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 1))"
)
"""SIOCSIFFLAGS, IFF_UP: what `ip link set lo up` does, where there is no `ip`."""


class CleanDebian:
    """`folder` is its root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(
        self,
        command: Sequence[str | Path],
        *,
        network: bool,
        folder: str = "/root",
        environment: dict[str, str] | None = None,
        user: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """What it starts ends with it. `environment`: of the command, in there."""
        inside = [f"{name}={value}" for name, value in (environment or {}).items()]
        steps = 'mount -t proc proc "$0/proc"; '
        if not network:
            steps += f'python3 -c "{_LOOPBACK}"; '
        steps += 'exec chroot ${U:+--userspec="$U"} "$0" sh -c \'cd "$0" && exec "$@"\' "$F" "$@"'
        away = [] if network else ["--net"]
        spaces = ["unshare", *away, "--mount", "--pid", "--fork", "--kill-child"]
        return subprocess.run(
            [*spaces, "sh", "-euc", steps, self.folder, "env", *inside, *command],
            env={
                "PATH": os.environ["PATH"],
                "HOME": "/root",
                "LANG": "C.UTF-8",
                "U": user,
                "F": folder,
                **({name: v for name, v in os.environ.items() if name.startswith("PIP_")}),
            },
            capture_output=True,
            text=True,
            check=False,
        )


def bootstrap(folder: Path) -> CleanDebian:
    """Raises `CalledProcessError`."""
    release, mirror = _configured()
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", release, folder, mirror],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"},
    )
    for name in _FROM_HERE:
        if Path(name).exists():
            shutil.copyfile(name, folder / name.lstrip("/"))
    return CleanDebian(folder)


def _configured() -> tuple[str, str]:
    """Release and mirror of this machine's main archive."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(SITE)", "Created-By: Packages"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for line in told.splitlines():
        release, component, site = line.split()
        if component == "main" and "-" not in release:
            return release, site
    raise AssertionError(f"apt has no main archive: {told}")


@contextmanager
def a_copy(of: CleanDebian, folder: Path) -> Iterator[CleanDebian]:
    subprocess.run(["cp", "-a", "--reflink=auto", of.folder, folder], check=True)
    try:
        yield CleanDebian(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
