"""A program that behaves towards the installer as Huiyin does, in one module and one small file
of data: what the installer does when something fails is tried on it."""

from __future__ import annotations

import base64
import hashlib
import platform
import py_compile
import sys
import zipfile
from pathlib import Path
from typing import Any

import pip

from bundle.archive import assemble, name_of, pack, seal

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

_PROGRAM = """
import http.server, json, os, pathlib, shutil, sqlite3, sys
WRITES, SICK, BROKEN = {writes}, {sick}, {broken}
home = pathlib.Path(os.environ["HUIYIN_HOME"])

def opened():
    home.mkdir(exist_ok=True)
    db = sqlite3.connect(home / "huiyin.db")
    db.execute("CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, version INTEGER)")
    db.execute("CREATE TABLE IF NOT EXISTS inbox (text TEXT)")
    found = db.execute("SELECT version FROM parts").fetchone()
    if found and found[0] > WRITES:
        sys.exit("newer file")
    db.execute("INSERT INTO parts VALUES ('store', ?) ON CONFLICT DO UPDATE SET version=excluded.version", (WRITES,))
    db.commit()
    return db

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{{}}")

def main():
    command, *rest = sys.argv[1:]
    if command == "run":
        opened()
        if SICK:
            sys.exit("sick on purpose")
        http.server.HTTPServer(("127.0.0.1", int(os.environ["HUIYIN_PORT"])), Page).serve_forever()
    elif command == "audit":
        db = opened()
        if BROKEN:
            sys.exit("not balanced on purpose")
        print(json.dumps({{"observations": db.execute("SELECT count(*) FROM inbox").fetchone()[0], "actions": 0}}))
    elif command == "backup":
        folder = pathlib.Path(rest[0]); folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(home / "huiyin.db", folder / "copy")
        print(json.dumps({{"name": "copy"}}))
    elif command == "restore":
        if home.exists() and any(home.iterdir()):
            sys.exit("not empty")
        home.mkdir(exist_ok=True)
        shutil.copyfile(rest[0], home / "huiyin.db")
    elif command == "config":
        print(os.environ["HUIYIN_CONFIG"])
"""


def wheel(folder: Path, version: str, program: str) -> Path:
    """A wheel named huiyin with this module and the command `huiyin`."""
    info = f"huiyin-{version}.dist-info"
    files = {
        "huiyin_program.py": program,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: huiyin\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nhuiyin = huiyin_program:main\n",
    }
    record = "".join(f"{name},{_digest(text.encode())},\n" for name, text in files.items())
    path = folder / f"huiyin-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as out:
        for name, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            out.writestr(zipfile.ZipInfo(name), text)
    return path


def _digest(data: bytes) -> str:
    raw = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"sha256={raw}"


def pip_wheel(folder: Path) -> Path:
    """The pip of this environment as a file that Python runs, compiled, since each run would do
    that again; it is not to be installed."""
    path = folder / f"pip-{pip.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as out:
        below = Path(pip.__file__).parent
        for file in sorted(below.rglob("*")):
            name = f"pip/{file.relative_to(below).as_posix()}"
            if file.suffix == ".py":
                compiled = py_compile.compile(str(file), str(folder / "compiled"), doraise=True)
                out.write(str(compiled), f"{name}c")
            elif file.is_file() and "__pycache__" not in file.parts:
                out.write(file, name)
    return path


class FakeArchives:
    """Unpacked archives of the fake program, made from a tree with next to nothing in it."""

    def __init__(self, folder: Path, pip_file: Path) -> None:
        self.folder, self._pip = folder, pip_file
        self._tree = folder / "tree"
        for name in ("config", "docs"):
            (self._tree / name).mkdir(parents=True)
            (self._tree / name / "page.txt").write_text(name, "utf-8")
        for name in ("README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE"):
            (self._tree / name).write_text(name, "utf-8")

    def make(
        self,
        version: str,
        *,
        writes: int = 1,
        sick: bool = False,
        broken: bool = False,
        key: Path | None = None,
        **manifest: Any,
    ) -> Path:
        """`writes`: the version of the data file; `sick`: does not start; `broken`: its audit
        fails."""
        out = self.folder / version
        out.mkdir()
        program = _PROGRAM.format(writes=writes, sick=sick, broken=broken)
        folder = out / name_of(version, "x86_64")
        assemble(
            self._tree,
            folder,
            version=version,
            architecture=manifest.get("architecture", platform.machine()),
            product=wheel(out, version, program),
            wheels={manifest.get("python", PYTHON): ()},
        )
        (folder / "wheels" / self._pip.name).hardlink_to(self._pip)
        seal(folder, key)
        return folder

    def packed(self, folder: Path) -> bytes:
        target = folder.parent / "packed"
        pack(folder, target)
        return target.read_bytes()
