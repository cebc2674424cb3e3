"""`make bundle`: one archive for each architecture, in `dist/`."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
import tomllib
from pathlib import Path

from bundle.archive import assemble, name_of, pack, seal
from bundle.targets import ARCHITECTURES, PYTHONS, Target
from bundle.wheels import BundleError, build_product, fetch, pins_of

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    asked = _asked(arguments)
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    out: Path = asked.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    try:
        for architecture in asked.architecture or ARCHITECTURES:
            make(out, version, architecture, tuple(asked.python or PYTHONS), asked.key)
    except BundleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def make(
    out: Path, version: str, architecture: str, pythons: tuple[str, ...], key: Path | None
) -> Path:
    """The archive of one architecture, beside it the folder of wheels that were fetched. Raises
    `BundleError`."""
    began = time.monotonic()
    folder = out / name_of(version, architecture)
    shutil.rmtree(folder, ignore_errors=True)
    product = build_product(ROOT, out / "product")
    wheels = {}
    for python in pythons:
        target = Target(architecture, python)
        pins = pins_of(ROOT, target)
        wheels[python] = fetch(pins, target, out / "wheels" / architecture)
        print(f"{architecture} Python {python}: {len(pins)} wheels")
    assemble(
        ROOT, folder, version=version, architecture=architecture, product=product, wheels=wheels
    )
    seal(folder, key)
    target_file = out / f"{folder.name}.tar.gz"
    pack(folder, target_file)
    shutil.rmtree(folder)
    signed = "signed" if key else "NOT signed (KEY=private.pem signs it)"
    print(
        f"{target_file}: {target_file.stat().st_size / 1e6:.0f} MB, "
        f"{time.monotonic() - began:.0f} s, {signed}"
    )
    return target_file


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bundle", description=__doc__)
    parser.add_argument("--architecture", action="append", choices=ARCHITECTURES)
    parser.add_argument("--python", action="append", choices=PYTHONS)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--key", type=Path, help="private key (PEM) that signs the checksums")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
