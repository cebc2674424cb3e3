"""On a clean Debian: the whole way of an office without a network (done_when.sh) with the real archive
of this machine. About two minutes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle.archive import assemble, name_of, seal
from bundle.targets import Target
from bundle.wheels import build_product, fetch, needs_glibc, pins_of
from tests.bundle.clean_debian import CleanDebian, a_copy, bootstrap
from tests.bundle.test_archive import make_keys

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.integration, pytest.mark.timeout(900)]
LETTERS = """\
信件号码,来信日期,来信标题,信件内容,写信人,写信人手机
XF1,2026-11-20 09:10,路灯不亮,梅江镇河东路的路灯三天没有亮，晚上走路看不清。,张某,13912345678
XF2,2026-11-21 15:40,垃圾没有清运,我们小区门口的垃圾桶一周没有人来清运。,李某,
"""
LATER = """\
信件号码,来信日期,来信标题,信件内容,写信人,写信人手机
XF3,2026-11-23 08:05,井盖缺失,学校门口的井盖不见了，孩子上学有危险。,王某,
"""
OLD = """\
信件号码,来信日期,来信标题,信件内容,写信人,写信人手机
XF0,2019-03-04 10:00,公交站牌坏了,东门外的公交站牌倒了很久，请修一修。,赵某,13700001234
"""


@pytest.fixture(scope="module")
def debian() -> Iterator[CleanDebian]:
    lacks = [name for name in ("debootstrap", "unshare", "apt-get") if not _has(name)]
    if os.geteuid() != 0 or lacks:
        reason = f"needs root and {', '.join(lacks) or 'nothing else'}"
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)
    if subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "true"], check=False
    ).returncode:
        pytest.skip("this machine may make no namespaces, as in a container without rights")
    # Not where devices may not be made, as in /dev/shm.
    with tempfile.TemporaryDirectory(prefix="huiyin-debian-", dir="/var/tmp") as folder:
        try:
            made = bootstrap(Path(folder) / "clean")
        except subprocess.CalledProcessError as error:
            pytest.skip(f"this machine may make no clean Debian: {error}")
        yield made


def _has(name: str) -> bool:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None


@pytest.fixture
def machine(debian: CleanDebian) -> Iterator[CleanDebian]:
    """One of its own for each test."""
    with a_copy(debian, debian.folder.with_name("machine")) as it:
        yield it


@pytest.fixture
def archives(machine: CleanDebian, tmp_path: Path) -> Path:
    """Two signed archives for this machine, unpacked: of this tree, and the same with a higher
    version. Gives the folder with them and the public key."""
    python = machine.run(["python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                         network=False).stdout.strip()  # fmt: skip
    architecture = os.uname().machine
    target = Target(architecture, python)
    pins = pins_of(ROOT, target)
    wheels = fetch(pins, target, tmp_path / "wheels")
    assert len(wheels) == len(pins)
    assert needs_glibc(wheels) <= (2, 28)
    product = build_product(ROOT, tmp_path / "product")
    private, public = make_keys(tmp_path)
    out = tmp_path / "out"
    for name, version, file in (
        ("first", product.name.split("-")[1], product),
        ("second", "99.1", as_version(product, "99.1")),
    ):
        made = tmp_path / name_of(version, architecture)
        assemble(ROOT, made, version=version, architecture=architecture, product=file,
                 wheels={python: wheels})  # fmt: skip
        seal(made, private)
        out.mkdir(exist_ok=True)
        made.rename(out / name)
    shutil.copyfile(public, out / "public.pem")
    return out


def as_version(wheel: Path, version: str) -> Path:
    """The same wheel under another version."""
    old = wheel.name.split("-")[1]
    target = wheel.with_name(wheel.name.replace(f"-{old}-", f"-{version}-"))
    before, after = f"huiyin-{old}.dist-info", f"huiyin-{version}.dist-info"
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w") as out:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.startswith(before):
                data = data.replace(
                    f"\nVersion: {old}\n".encode(), f"\nVersion: {version}\n".encode()
                )
                # Without hashes of the files that were changed pip compares none.
                data = re.sub(rb"(?m)^(%b/[^,]+),.*$" % before.encode(), rb"\1,,", data)
                data = data.replace(before.encode(), after.encode())
            out.writestr(entry.filename.replace(before, after), data)
    return target


def test_done_when(machine: CleanDebian, archives: Path) -> None:
    root = machine.folder / "root"
    shutil.copytree(archives, root, dirs_exist_ok=True)
    (root / "letters.csv").write_text(LETTERS, "utf-8")
    (root / "later.csv").write_text(LATER, "utf-8")
    (root / "old.csv").write_text(OLD, "utf-8")
    shutil.copyfile(HERE / "done_when.sh", root / "done_when.sh")
    systemctl = machine.folder / "usr/local/bin/systemctl"
    program = (HERE / "stand_in_systemctl.py").read_text("utf-8")
    systemctl.write_text(f"#!/usr/bin/python3\n{program}", "utf-8")
    systemctl.chmod(0o755)
    (machine.folder / "run/systemd/system").mkdir(parents=True)
    (machine.folder / "etc/systemd/system").mkdir(parents=True, exist_ok=True)

    done = machine.run(["sh", "done_when.sh"], network=False)
    said = done.stdout
    assert done.returncode == 0, said + done.stderr
    assert "== done" in said, said
    assert "签名与公钥相符" in said
    assert said.count("服务 huiyin 已启动，运行正常") == 3
    assert "读到 2 条，新事项 2" in said
    assert said.count("读到 1 条，新事项 1") == 2
    assert "已从 0.1.0 升级到 99.1" in said
    assert "已退回 0.1.0，数据没有变" in said
    calls = (root / "systemctl.log").read_text("utf-8")
    assert "enable huiyin.service huiyin-backup.timer huiyin-health.timer" in calls
    # Nothing of root's lies among the data.
    owned = said.partition("== who owns what\n")[2].splitlines()
    assert len(owned) == 2, owned
    assert owned[0].startswith("drwx------")
    assert " huiyin huiyin " in owned[0]
    assert subprocess.run(
        ["stat", "-c", "%a", machine.folder / "etc/huiyin/huiyin.env"],
        capture_output=True, text=True, check=True,
    ).stdout.strip() == "640"  # fmt: skip
