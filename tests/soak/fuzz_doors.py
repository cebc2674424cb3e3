"""Fuzzes every door: `python -m tests.soak.fuzz_doors --inputs 100000 --seed 1 [--minutes M]
[--door NAME]`.

An input is one record (a work order, a row, a mail, an entry), with good and bad values; about
one in seven of what holds them is damaged as bytes besides. For each door:

- no exception leaves it but `SourceError`, and that only for damaged bytes;
- what the generator offered = what the door gave = cases + later versions + known duplicates
  + dead letters, and the audit balances;
- memory stays flat.

Exit status 1 when anything of that fails; the seed of each failure is printed.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from math import inf
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from cases.record.item import Item
from desk.app.commands.audit import audit_store
from streams.embedded.runner import EmbeddedRunner
from streams.embedded.store import EmbeddedStore
from streams.process import Processor
from streams.sources.seam.base import Batch, Rejected, SourceError
from tests.cases.helpers import usual
from tests.soak.doors import all_doors
from tests.soak.offers import NOW, Door
from tests.streams.fakes import OneLabel, OneUnit

ROOT: Final = Path(__file__).resolve().parents[2]
_MOST_GROWTH_MB: Final = 96
_STORE_EVERY: Final = 200


class Result(Struct, kw_only=True):
    door: str
    inputs: int = 0
    offers: int = 0
    damaged: int = 0
    """Offers whose bytes were damaged."""
    offered: int = 0
    """Records of the others, as the generator counts them."""
    lost: int = 0
    """Of them, those that the door gave neither as items nor as dead letters."""
    refused: int = 0
    """Of them, those that the door refused as a whole."""
    items: int = 0
    letters: int = 0
    growth_mb: float = 0.0
    seconds: float = 0.0
    failures: list[str] = []

    def line(self) -> str:
        return (
            f"{self.door}: {self.inputs} inputs in {self.offers} offers "
            f"({self.damaged} damaged, {self.refused} refused as a whole), "
            f"{self.offered} offered undamaged, {self.lost} of them lost, {self.items} items, "
            f"{self.letters} dead letters, +{self.growth_mb:.0f} MB, {self.seconds:.0f} s, "
            f"{len(self.failures)} failures"
        )


def fuzz(
    name: str, door: Door, folder: Path, inputs: int, seed: int, *, minutes: float = inf
) -> Result:
    """Offers at least `inputs` records to one door, or for so many minutes."""
    result = Result(door=name, failures=[])
    store = EmbeddedStore(folder / f"{name}.db")
    runner = EmbeddedRunner(store, Processor(usual(), OneLabel(), OneUnit()), lambda: NOW)
    begun, warm = time.perf_counter(), 0.0
    counted = 0
    found: list[Item | Rejected] = []
    over = False
    while not over:
        number = 10_000_000 + result.offers
        given = _offer(result, door, f"{seed}/{name}/{result.offers}", number)
        counted += len(given)
        found += given
        spent = time.perf_counter() - begun
        over = result.inputs >= inputs or spent >= minutes * 60
        if len(found) >= _STORE_EVERY or over:
            runner.take(name, Batch(found=tuple(found)))
            runner.pump_all()
            found = []
        if not warm and (result.inputs >= inputs / 5 or spent >= minutes * 12):
            warm = _resident_mb()
    result.seconds = time.perf_counter() - begun
    result.growth_mb = max(0.0, _resident_mb() - warm) if warm else 0.0
    _balance(result, runner, counted)
    if result.growth_mb > _MOST_GROWTH_MB:
        result.failures.append(f"memory grew by {result.growth_mb:.0f} MB")
    store.close()
    return result


def _offer(result: Result, door: Door, seed: str, number: int) -> list[Item | Rejected]:
    """Offers once; gives what the door made of it."""
    generate, read = door
    offer = generate(Random(seed), number)
    result.offers += 1
    result.damaged += offer.records is None
    result.inputs += offer.records or 1
    result.offered += offer.records or 0
    given: list[Item | Rejected] = []
    whole = False
    try:
        for batch in read(offer.data):
            given += batch.found
    except SourceError as problem:
        result.refused += 1
        if offer.records is not None:
            result.failures.append(f"seed {seed}: refused as a whole: {str(problem)[:200]}")
    except Exception as error:  # noqa: BLE001  that is what is looked for
        result.failures.append(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}")
    else:
        whole = True
        if offer.records is not None and len(given) != offer.records:
            result.failures.append(f"seed {seed}: offered {offer.records}, got {len(given)}")
    if offer.records is not None:
        result.lost += offer.records - (min(len(given), offer.records) if whole else 0)
    return given


def _balance(result: Result, runner: EmbeddedRunner, counted: int) -> None:
    counts = runner.store.intake_counts().get(result.door)
    if counts is None:
        result.failures.append("nothing was taken in")
        return
    result.items = counts.new + counts.later + counts.unchanged
    result.letters = counts.rejected
    if counts.read != counted or counts.read != result.items + counts.rejected:
        result.failures.append(f"counted {counted} at the generator, stored {counts}")
    proof = audit_store(runner.store)
    if not proof.balanced:
        result.failures += proof.problems
    if proof.dead:
        result.failures.append(f"{proof.dead} items could not be processed")


def _resident_mb() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="records for each door")
    parser.add_argument("--minutes", type=float, default=inf, help="at most so long for each door")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--door", action="append", help="only this one; may be repeated")
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="huiyin-fuzz-") as name:
        folder = Path(name)
        for door, made in all_doors(ROOT, folder).items():
            if given.door and door not in given.door:
                continue
            result = fuzz(door, made, folder, given.inputs, given.seed, minutes=given.minutes)
            print(result.line(), flush=True)
            for failure in result.failures[:20]:
                print(f"  {failure}", flush=True)
            failed += len(result.failures)
            (folder / f"{door}.db").unlink()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
