"""In the place of systemctl where no systemd runs: starts and stops the one long-running unit as
its file says (account, settings, folder, log), and notes every call. In a chroot of the tests."""

import os
import pwd
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

UNIT = Path("/etc/systemd/system/huiyin.service")
PID = Path("/run/huiyin.pid")


def main() -> None:
    with Path("/root/systemctl.log").open("a") as log:
        log.write(" ".join(sys.argv[1:]) + "\n")
    verb, units = sys.argv[1], sys.argv[2:]
    if UNIT.name in units and verb in ("stop", "restart"):
        stop()
    if UNIT.name in units and verb == "restart":
        start()


def stop() -> None:
    if not PID.exists():
        return
    number = int(PID.read_text())
    PID.unlink()
    try:
        os.kill(number, signal.SIGTERM)
        while Path(f"/proc/{number}/stat").read_text().split(") ")[1][0] not in "ZX":
            time.sleep(0.1)
    except (ProcessLookupError, FileNotFoundError):
        pass


def start() -> None:
    said = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line)
    lines = Path(said["EnvironmentFile"]).read_text().splitlines()
    settings = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    log = Path(said["StandardOutput"].removeprefix("append:"))
    account = pwd.getpwnam(said["User"])
    with log.open("a") as out:
        process = subprocess.Popen(
            shlex.split(said["ExecStart"]),
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **settings},
            cwd=said["WorkingDirectory"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
            start_new_session=True,
        )
    PID.write_text(str(process.pid))


main()
