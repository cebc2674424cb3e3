"""The unpacked archive: whether it is whole, from whom it is, and whether it fits this machine."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

from bundle.installer.problem import InstallError, say

_SUMS: Final = "SHA256SUMS"
_SIGNATURE: Final = "SHA256SUMS.sig"
_UNPACKED: Final = 4
"""An installation takes about so many times the bytes of the wheels it is made of."""


class Archive:
    """Raises `InstallError` where `folder` is no unpacked archive."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            manifest = json.loads((folder / "bundle.json").read_text("utf-8"))
            self.version = str(manifest["version"])
            self.architecture = str(manifest["architecture"])
            self.pythons = tuple(str(each) for each in manifest["pythons"])
            self.glibc = tuple(int(each) for each in manifest["glibc"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InstallError(
                f"{folder} 应为解开的安装包，里面的 bundle.json 读不出来（{error}）。"
                "请重新解开安装包，在它的文件夹里运行 install.sh。"
            ) from error

    @property
    def wheels(self) -> Path:
        return self.folder / "wheels"

    @property
    def requirements(self) -> Path:
        major, minor = sys.version_info[:2]
        return self.folder / "requirements" / f"cp{major}{minor}.txt"

    def check(self, public_key: Path | None) -> None:
        """That nothing is missing or changed, and with the maker's key that it is the maker's."""
        self._check_signature(public_key)
        sums = self._read(_SUMS).decode("utf-8", "replace")
        listed = {}
        for line in sums.splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
        there = {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name not in (_SUMS, _SIGNATURE)
        }
        wrong = sorted(
            name
            for name, digest in listed.items()
            if name not in there
            or hashlib.sha256((self.folder / name).read_bytes()).hexdigest() != digest
        )
        wrong += sorted(
            name for name in there - listed.keys() if "__pycache__" not in Path(name).parts
        )
        if wrong:
            raise InstallError(
                f"安装包应与 {_SUMS} 相符，实际 {len(wrong)} 个文件不符或多余："
                f"{'、'.join(wrong[:3])}。请重新取得安装包，解开到空的文件夹。"
            )
        say(f"校验和相符：{len(listed)} 个文件。")

    def _check_signature(self, public_key: Path | None) -> None:
        signed = (self.folder / _SIGNATURE).is_file()
        if public_key is None:
            say(
                "没有核对签名：没有给出制作者的公钥（--public-key）。"
                "校验和只能发现损坏，不能证明安装包是谁做的。"
                + ("" if signed else "这个安装包本身也没有签名。")
            )
            return
        if not public_key.is_file():
            raise InstallError(f"公钥应为文件，{public_key} 没有。请写对 --public-key。")
        if not signed:
            raise InstallError(
                f"给出了公钥，安装包应有签名 {_SIGNATURE}，实际没有。请向制作者取有签名的安装包。"
            )
        try:
            done = subprocess.run(
                ["openssl", "dgst", "-sha256", "-verify", str(public_key.resolve()),
                 "-signature", _SIGNATURE, _SUMS],
                cwd=self.folder, capture_output=True, check=False,
            )  # fmt: skip
        except OSError as error:
            raise InstallError(
                f"核对签名要有 openssl，本机运行不了（{error.strerror}）。请先安装 openssl。"
            ) from error
        if done.returncode:
            raise InstallError(
                f"签名与公钥 {public_key} 不符：安装包不是这把钥匙的主人做的，或被改动过。"
                "没有安装任何东西。请向制作者核对安装包和公钥。"
            )
        say("签名与公钥相符。")

    def check_machine(self, into: Path) -> None:
        """That it can run here, and that there is room below `into`."""
        machine, python = platform.machine(), ".".join(platform.python_version_tuple()[:2])
        if machine != self.architecture:
            raise InstallError(
                f"这个安装包给 {self.architecture} 的机器用，本机是 {machine}。请换对应的安装包；"
                "龙芯等没有安装包的，见 docs/install.md。"
            )
        if sys.implementation.name != "cpython" or python not in self.pythons:
            raise InstallError(
                f"应为 CPython {'、'.join(self.pythons)}，实际是 {sys.implementation.name} "
                f"{python}（{sys.executable}）。请用 HUIYIN_PYTHON 写明另一个。"
            )
        name, version = platform.libc_ver()
        found = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
        needed = ".".join(str(part) for part in self.glibc)
        if name != "glibc" or found < self.glibc:
            raise InstallError(
                f"应为 glibc {needed} 以上的系统，实际是 {name or '别的 C 库'} {version}。"
                "请换较新的系统。"
            )
        room = os.statvfs(_there(into))
        free = room.f_bavail * room.f_frsize
        wanted = _UNPACKED * sum(
            next(iter(self.wheels.glob(f"{one}-*")), self.folder / "bundle.json").stat().st_size
            for one in self._needed()
        )
        if free < wanted:
            raise InstallError(
                f"{into} 所在的磁盘应有 {wanted // 10**6} MB 空间，实际剩 {free // 10**6} MB。"
                "请清出空间或换个文件夹（--prefix）。"
            )

    def _needed(self) -> list[str]:
        lines = self._read(f"requirements/{self.requirements.name}").decode().splitlines()
        return ["-".join(line.split(" ")[0].split("==")) for line in lines]

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise InstallError(
                f"安装包里应有 {name}，读不到（{error.strerror}）。请重新取得安装包。"
            ) from error


def _there(folder: Path) -> Path:
    """The nearest folder above that exists."""
    return next(each for each in (folder, *folder.parents) if each.exists())
