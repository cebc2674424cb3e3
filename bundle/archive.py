"""The archive itself: what lies where in it, checksums and signature."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bundle.wheels import EPOCH, BundleError, needs_glibc, requirements

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
MANIFEST: Final = "bundle.json"
_WHOLE: Final = ("README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE", "config", "docs")
_HERE: Final = Path(__file__).parent


def name_of(version: str, architecture: str) -> str:
    return f"huiyin-{version}-linux-{architecture}"


def assemble(
    root: Path,
    folder: Path,
    *,
    version: str,
    architecture: str,
    product: Path,
    wheels: Mapping[str, Sequence[Path]],
) -> None:
    """Fills the new folder `folder`. `root`: the tree; `wheels`: those of others, by the Python
    (`3.11`) that they are for."""
    (folder / "wheels").mkdir(parents=True)
    (folder / "requirements").mkdir()
    for python, files in wheels.items():
        for file in (product, *files):
            if not (folder / "wheels" / file.name).exists():
                shutil.copyfile(file, folder / "wheels" / file.name)
        listed = folder / "requirements" / f"cp{python.replace('.', '')}.txt"
        listed.write_text(requirements((product, *files)), "utf-8")
    for name in _WHOLE:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name, ignore=_IGNORED)
        else:
            shutil.copyfile(root / name, folder / name)
    shutil.copytree(_HERE / "files", folder, dirs_exist_ok=True, ignore=_IGNORED)
    lib = folder / "lib" / "bundle"
    shutil.copytree(_HERE / "installer", lib / "installer", ignore=_IGNORED)
    shutil.copyfile(_HERE / "__init__.py", lib / "__init__.py")
    manifest = {
        "version": version,
        "architecture": architecture,
        "pythons": sorted(wheels, key=lambda python: int(python.partition(".")[2])),
        "glibc": list(needs_glibc([file for files in wheels.values() for file in files])),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


_IGNORED: Final = shutil.ignore_patterns("__pycache__", ".*")


def seal(folder: Path, key: Path | None) -> None:
    """Writes the checksums of all files, and with a private key (PEM: RSA or an elliptic curve)
    their signature. Raises `BundleError`."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in _files(folder)
    ]
    (folder / SUMS).write_text("".join(lines), "utf-8")
    if key is None:
        return
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", str(key), "-out", SIGNATURE, SUMS],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BundleError(f"openssl could not sign with {key}: {done.stderr.strip()}")


def pack(folder: Path, target: Path) -> None:
    """One file of the folder, the same bytes for the same content; names no account."""
    with (
        target.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=EPOCH) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in _files(folder):
            entry = tarfile.TarInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}")
            entry.size = path.stat().st_size
            entry.mode = 0o755 if path.suffix == ".sh" else 0o644
            entry.mtime = EPOCH
            with path.open("rb") as content:
                archive.addfile(entry, content)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
