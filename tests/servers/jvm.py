"""A JDK that is new enough, and a server's jars through Maven into a cache folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import Missing

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>huiyin</groupId><artifactId>test-servers</artifactId><version>1</version>
<dependencies>{dependencies}</dependencies>
</project>
"""
_DEPENDENCY = (
    "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
)

START_SOON = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For servers that live for minutes: half the processor time until they answer."""


@dataclass(frozen=True, slots=True)
class JvmServer:
    """One entry of versions.toml. `java` is the oldest major version it runs on."""

    name: str
    version: str
    java: int
    jars: tuple[str, ...]


def wanted(name: str) -> JvmServer:
    """What versions.toml says about this server."""
    entry = tomllib.loads(Path(__file__).with_name("versions.toml").read_text("utf-8"))[name]
    version = entry["version"]
    jars = tuple(jar.format(version=version) for jar in entry["jars"])
    return JvmServer(name, version, entry["java"], jars)


def find_java(server: JvmServer) -> Path:
    """The `java` of an installed JDK that is new enough; raises `Missing`."""
    seen = []
    for home in _java_homes():
        major = _major(home)
        # A JRE is not enough: EsLauncher.java is compiled as it starts.
        if major is None or not (home / "bin" / "javac").exists():
            continue
        if major >= server.java:
            return home / "bin" / "java"
        seen.append(f"{major} in {home}")
    found = ", ".join(seen) or "none"
    raise Missing(
        f"{server.name} {server.version} needs a JDK {server.java} or newer; found {found}. "
        "Install one, or point JAVA_HOME at it."
    )


def fetch_jars(server: JvmServer) -> Path:
    """The folder with the server's jars, downloaded once; raises `Missing`."""
    cache = Path(os.environ.get("HUIYIN_TEST_CACHE") or "~/.cache/huiyin").expanduser()
    target = cache / f"{server.name}-{server.version}"
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing(
            f"{server.name} {server.version}: its jars are not in {target}, and Maven (mvn), "
            "which would fetch them, is not installed."
        )
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        pom = Path(work) / "pom.xml"
        dependencies = "".join(_DEPENDENCY.format(*jar.split(":")) for jar in server.jars)
        pom.write_text(_POM.format(dependencies=dependencies), "utf-8")
        jars = Path(work) / "jars"
        copy = ["dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        run = subprocess.run(
            [maven, "-q", "-B", "-Dstyle.color=never", "-f", pom, *copy],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            errors = [line for line in run.stdout.splitlines() if "[ERROR]" in line]
            why = errors[0] if errors else f"exit status {run.returncode}"
            raise Missing(f"{server.name} {server.version}: Maven could not fetch its jars: {why}")
        try:
            # The last step, and atomic: the folder exists only when it is complete.
            jars.rename(target)
        except OSError:
            if not target.is_dir():  # otherwise another test run was faster
                raise
    return target


def _java_homes() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for folder in (Path("/usr/lib/jvm"), Path("/opt")):
        yield from sorted(path.parent for path in folder.glob("*/release"))


def _major(home: Path) -> int | None:
    try:
        release = (home / "release").read_text("utf-8")
    except OSError:
        return None
    match = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    return int(match[1]) if match else None
