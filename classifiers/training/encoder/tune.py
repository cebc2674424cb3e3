"""Fit the encoder to topic and sentiment; can be stopped and continued at any step.

    python -m classifiers.training.encoder.tune --data ../shared/data --packed e5-small-q4.bin \
        --tokenizer tokenizer.json --out FOLDER [--epochs 2] [--threads 1]
    python -m classifiers.training.encoder.tune --data ../shared/data --after FOLDER --out FURTHER \
        --epochs 1 --fixed 4 --passes virus_train=1 usual_train=0.2 gold=0.1 beside=0.1 --minutes 60

The second line goes on from what the first made, with more layers open and parts of the data
chosen. `FOLDER` gets `tokenizer.json` (cut), `checkpoint.pt`, and after each epoch `figures-N.json`
and `held-out-N.npz`. The same command continues from the checkpoint. It needs torch, tokenizers and
scikit-learn in an environment of its own; nothing of it runs in the product. Where the two input
files come from stands in docs/decisions/0014-second-judge.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from classifiers.base import Text
from classifiers.training.encoder import network, packed, vocabulary
from classifiers.training.encoder.tasks import Batch, Head, heads, plan
from classifiers.training.evaluate import load_tables
from classifiers.training.metrics import compare
from classifiers.training.train import SEED

Rows = list[list[int]]

_LONGEST = 96
"""Pieces, as many as are read at work (`export.LONGEST`)."""
_RATE = 1.2e-4
_WARM_UP = 30
_DECAY = 0.01
_LONGEST_STEP = 1.0
_SAVE_EVERY = 50
_TELL_EVERY = 10


def encode(tokenizer: Tokenizer, texts: Sequence[Text]) -> list[list[int]]:
    """Numbers of the pieces of each text, at most `_LONGEST`."""
    tokenizer.enable_truncation(_LONGEST)
    whole = [f"{vocabulary.PREFIX}{text.title} {text.body}".strip() for text in texts]
    return [found.ids for found in tokenizer.encode_batch(whole)]


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """(messages, tokens) numbers, and where they are no padding."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), 1, dtype=torch.int64)
    real = torch.zeros((len(rows), width), dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = torch.tensor(row)
        real[number, : len(row)] = True
    return ids, real


def stacked(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """(messages, tokens, hidden) float32 with zeros behind, and where they are no padding."""
    width = max(len(row) for row in rows)
    states = torch.zeros((len(rows), width, rows[0].shape[1]))
    real = torch.zeros((len(rows), width), dtype=torch.bool)
    for number, row in enumerate(rows):
        states[number, : len(row)] = row
        real[number, : len(row)] = True
    return states, real


class Tuning:
    """Weights, optimiser and how far it went. The lowest `fixed` layers and the pieces stay as they
    came, so that what they make of an example is reckoned once and kept."""

    def __init__(
        self,
        weights: network.Weights,
        shape: packed.Shape,
        steps: int,
        fixed: int,
        rate: float,
        seconds: float = math.inf,
    ) -> None:
        """The rate falls to nothing over `steps` or `seconds`, whichever is over first."""
        self.shape = shape
        self.steps = steps
        self._rate = rate
        self._seconds = seconds
        self._before = 0.0
        self._started = time.monotonic()
        self.step = 0
        self._below = range(fixed)
        self._above = range(fixed, shape.layers)
        self.weights = weights
        moving = (*(f"l{layer}." for layer in self._above), "head.")
        learnt = [
            value.requires_grad_() for name, value in weights.items() if name.startswith(moving)
        ]
        plain = [value for value in learnt if value.ndim < 2]
        matrices = [value for value in learnt if value.ndim >= 2]
        self._optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": _DECAY}, {"params": plain, "weight_decay": 0.0}],
            lr=rate,
        )

    def below(self, rows: Sequence[Sequence[int]]) -> list[Tensor]:
        """(tokens, hidden) of each row after the fixed layers, in bfloat16."""
        result: list[Tensor] = [torch.empty(0)] * len(rows)
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            for start in range(0, len(order), 32):
                part = order[start : start + 32]
                ids, real = padded([rows[row] for row in part])
                states = network.embedded(self.weights, self.shape, ids)
                states = network.passed(self.weights, self.shape, states, real, self._below)
                for at, row in enumerate(part):
                    result[row] = states[at, : len(rows[row])].to(torch.bfloat16).clone()
        return result

    @property
    def spent(self) -> float:
        """Seconds of learning so far, those before a stop included."""
        return self._before + time.monotonic() - self._started

    @property
    def done(self) -> float:
        """The part of the steps or of the time that is behind."""
        return max(self.step / self.steps, self.spent / self._seconds)

    def learn(self, rows: Sequence[Tensor], head: str, labels: Tensor, sample: Tensor) -> float:
        """One step on rows from `below`; the loss before it."""
        states, real = stacked(rows)
        warm = min(1.0, (self.step + 1) / _WARM_UP)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * min(warm, max(0.02, 1 - self.done))
        torch.manual_seed(SEED + self.step)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = network.passed(
                self.weights, self.shape, states, real, self._above, dropout=network.DROPOUT
            )
            vectors = network.mean(states, real)
            found = network.logits(self.weights, head, vectors, dropout=network.DROPOUT)
        losses = functional.cross_entropy(found.float(), labels, reduction="none")
        loss = (losses * sample).sum() / sample.sum()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(
            [value for value in self.weights.values() if value.grad is not None], _LONGEST_STEP
        )
        self._optimiser.step()
        self.step += 1
        return float(loss.detach())

    def chances(self, rows: Sequence[Sequence[int]], head: str) -> np.ndarray[tuple[int, int]]:
        """(messages, classes) probabilities, without dropout."""
        order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
        parts: list[Tensor] = []
        with torch.no_grad():
            for start in range(0, len(order), 32):
                states, real = stacked(self.below([rows[row] for row in order[start : start + 32]]))
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    states = network.passed(self.weights, self.shape, states, real, self._above)
                    vectors = network.mean(states, real)
                    found = network.logits(self.weights, head, vectors)
                parts.append(found.float().softmax(dim=1))
        result = torch.empty_like(torch.cat(parts))
        result[torch.tensor(order)] = torch.cat(parts)
        return np.asarray(result.numpy())

    def save(self, path: Path) -> None:
        """Write the checkpoint; a stop while writing leaves the one before."""
        new = path.with_suffix(".new")
        state = {
            "step": self.step,
            "seconds": self.spent,
            "weights": {name: value.detach() for name, value in self.weights.items()},
            "optimiser": self._optimiser.state_dict(),
        }
        torch.save(state, new)
        new.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        with torch.no_grad():
            for name, value in self.weights.items():
                value.copy_(state["weights"][name])
        self.step = state["step"]
        self._before, self._started = state["seconds"], time.monotonic()
        self._optimiser.load_state_dict(state["optimiser"])


def run(
    tuning: Tuning, known: list[Head], encoded: Mapping[str, Rows], epochs: list[list[Batch]]
) -> Iterator[int]:
    """Learn the rest of the epochs; gives a number after each step worth saving: that of the epoch
    that ended with it, else 0. Ends early where the time is over."""
    below: dict[tuple[str, int], Tensor] = {}
    labels = {head.name: torch.tensor(head.labels) for head in known}
    weights = {head.name: torch.tensor(head.weights) for head in known}
    started, recent = time.monotonic(), []
    first, number = tuning.step, 0
    for epoch, batches in enumerate(epochs, 1):
        for at_end, batch in zip([*[False] * (len(batches) - 1), True], batches, strict=True):
            number += 1
            if number <= first:
                continue
            new = [row for row in set(batch.rows) if (batch.head, row) not in below]
            passed = tuning.below([encoded[batch.head][row] for row in new])
            below |= {(batch.head, row): states for row, states in zip(new, passed, strict=True)}
            rows = [below[batch.head, row] for row in batch.rows]
            at = torch.tensor(batch.rows)
            loss = tuning.learn(rows, batch.head, labels[batch.head][at], weights[batch.head][at])
            recent.append((batch.head, loss))
            if tuning.step % _TELL_EVERY == 0:
                means = {
                    name: round(float(np.mean([v for head, v in recent if head == name] or [0])), 3)
                    for name in labels
                }
                pace = (time.monotonic() - started) / (tuning.step - first)
                _tell(f"step {tuning.step} of {tuning.steps}, loss {means}, {pace:.1f} s a step")
                recent = []
            if at_end or tuning.done >= 1:
                yield epoch
            elif tuning.step % _SAVE_EVERY == 0:
                yield 0
            if tuning.done >= 1:
                return


def measure(tuning: Tuning, known: list[Head], tokenizer: Tokenizer, out: Path, epoch: int) -> None:
    """Figures on what was held out, and the probabilities behind them for blending."""
    figures: dict[str, dict[str, float]] = {}
    arrays: dict[str, np.ndarray[tuple[int, int]]] = {}
    for head in known:
        for test in head.tests:
            chances = tuning.chances(encode(tokenizer, test.texts), head.name)
            arrays[f"{head.name}-{test.name}"] = chances
            guess = [head.classes[index] for index in chances.argmax(axis=1).tolist()]
            right = [one in allowed for one, allowed in zip(guess, test.allowed, strict=True)]
            figures[f"{head.name}-{test.name}"] = {"accuracy": float(np.mean(right))}
            if all(len(allowed) == 1 for allowed in test.allowed):
                gold = [allowed[0] for allowed in test.allowed]
                scores = compare(gold, guess, head.classes)
                figures[f"{head.name}-{test.name}"]["macro_f1"] = scores.macro_f1
    with (out / f"held-out-{epoch}.npz").open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    (out / f"figures-{epoch}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    _tell(json.dumps(figures))


def _planned(
    known: list[Head], encoded: Mapping[str, Rows], epochs: int, passes: Mapping[str, float]
) -> list[list[Batch]]:
    sizes = {name: [len(row) for row in rows] for name, rows in encoded.items()}
    batch = {head.name: head.batch for head in known}
    often = {head.name: [passes.get(part, 1.0) for part in head.parts] for head in known}
    return [plan(sizes, batch, SEED + epoch, often) for epoch in range(epochs)]


def _shares(written: Sequence[str]) -> dict[str, float]:
    parts = (one.partition("=") for one in written)
    return {name: float(number) for name, _, number in parts}


def _tell(message: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {message}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="classifiers.training.encoder.tune")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("config"))
    parser.add_argument("--packed", type=Path, help="not needed with --after")
    parser.add_argument("--tokenizer", type=Path, help="not needed with --after")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rate", type=float, default=_RATE)
    parser.add_argument("--after", type=Path, help="folder of the run whose weights to start from")
    parser.add_argument("--fixed", type=int, default=8, help="layers that stay as they came")
    parser.add_argument("--passes", nargs="*", default=[], help="PART=TIMES in an epoch, 1 else")
    parser.add_argument("--minutes", type=float, default=math.inf, help="the longest it may take")
    parser.add_argument("--unmeasured", action="store_true", help="leave measuring to `export`")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    _tell("reading")
    known = heads(options.data, load_tables(options.config))
    if options.after:
        pieces = (options.after / "tokenizer.json").read_text(encoding="utf-8")
        weights = torch.load(options.after / "checkpoint.pt", weights_only=True)["weights"]
    else:
        cut = vocabulary.cut(
            options.tokenizer, [f"{t.title} {t.body}" for head in known for t in head.texts]
        )
        pieces = cut.tokenizer
        weights = network.with_heads(
            network.from_packed(packed.read(options.packed), cut.kept),
            packed.E5_SMALL.hidden,
            {head.name: len(head.classes) for head in known},
            SEED,
        )
    (options.out / "tokenizer.json").write_text(pieces, encoding="utf-8")
    tokenizer = Tokenizer.from_str(pieces)
    encoded = {head.name: encode(tokenizer, head.texts) for head in known}
    epochs = _planned(known, encoded, options.epochs, _shares(options.passes))
    steps = sum(map(len, epochs))
    _tell(f"{len(weights['emb.word'])} pieces, {steps} steps")
    tuning = Tuning(
        weights, packed.E5_SMALL, steps, options.fixed, options.rate, options.minutes * 60
    )
    if (options.out / "checkpoint.pt").is_file():
        tuning.load(options.out / "checkpoint.pt")
        _tell(f"continued from step {tuning.step}")
    for ended in run(tuning, known, encoded, epochs):
        tuning.save(options.out / "checkpoint.pt")
        if ended and not options.unmeasured:
            measure(tuning, known, tokenizer, options.out, ended)
    _tell(f"ended at step {tuning.step}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
