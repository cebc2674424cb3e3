"""`make soak ARGS=image`: the steps of the Dockerfile, on a clean Debian. A minute, and the network of the
package registries."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bundle.clean_debian import CleanDebian
from tests.bundle.test_clean_debian import debian, machine

__all__ = ["debian", "machine"]

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def files() -> list[Path]:
    """What a clean checkout has."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if (ROOT / name).is_file()]


def test_the_steps_of_the_image(machine: CleanDebian, files: list[Path]) -> None:
    """Both stages one after the other in one place: what the second copies from the first is
    there. The base image has its Python as `python`."""
    (machine.folder / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    work, environment, user = "/", {}, ""
    for word, rest in instructions((ROOT / "Dockerfile").read_text("utf-8")):
        if word == "WORKDIR":
            work = rest
            (machine.folder / work.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "COPY" and not rest.startswith("--from"):
            *names, into = rest.split()
            copy(names, machine.folder / work.lstrip("/") / into, files)
        elif word == "ENV":
            environment = dict(part.split("=", 1) for part in shlex.split(rest))
        elif word == "USER":
            user = rest
        elif word == "RUN":
            done = machine.run(["sh", "-c", rest], network=True, folder=work)
            assert done.returncode == 0, f"{rest}\n{done.stdout}{done.stderr}"
    path = {"PATH": "/opt/huiyin/bin:/usr/local/bin:/usr/bin:/bin"}
    there = environment | path
    assert environment["HUIYIN_HOME"] == "/var/lib/huiyin"
    assert user == "10001"
    for command in (["huiyin", "doctor"], ["touch", "/var/lib/huiyin/written"]):
        done = machine.run(command, network=False, folder=work, environment=there, user=user)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def instructions(text: str) -> list[tuple[str, str]]:
    whole = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.strip().partition(" ") for line in whole.splitlines() if line.strip()]
    return [(word, rest.strip()) for word, _, rest in lines]


def copy(names: list[str], into: Path, files: list[Path]) -> None:
    """What git knows of them, as a clean checkout has it."""
    for name in names:
        source = ROOT / name
        for file in [source] if source.is_file() else [f for f in files if source in f.parents]:
            target = into / (file.relative_to(source) if source.is_dir() else file.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
