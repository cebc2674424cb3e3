"""The encoder in torch: plain functions over a dictionary of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from classifiers.training.encoder.packed import Packed, Shape

Weights = dict[str, Tensor]

DROPOUT = 0.1


def from_packed(packed: Packed, kept: list[int]) -> Weights:
    """The tensors of a packed model, its vocabulary cut to the rows `kept`."""
    weights = {name: torch.from_numpy(values) for name, values in packed.tensors.items()}
    weights["emb.word"] = weights["emb.word"][torch.tensor(kept)].clone()
    return weights


def with_heads(weights: Weights, hidden: int, heads: Mapping[str, int], seed: int) -> Weights:
    """The weights and a linear map `head.NAME` for each head (name to number of classes)."""
    generator = torch.Generator().manual_seed(seed)
    result = dict(weights)
    for name, classes in heads.items():
        result[f"head.{name}.w"] = torch.randn(classes, hidden, generator=generator) * 0.02
        result[f"head.{name}.b"] = torch.zeros(classes)
    return result


def _unwatched(_name: str, _states: Tensor) -> None:
    """What is multiplied, when nobody looks."""


def embedded(weights: Weights, shape: Shape, ids: Tensor, *, dropout: float = 0.0) -> Tensor:
    """(messages, tokens, hidden) before the first layer; `ids` (messages, tokens) int64."""
    states = functional.embedding(ids, weights["emb.word"])
    states = states + weights["emb.pos"][: ids.shape[1]] + weights["emb.type"][0]
    weight, bias = weights["emb.ln.w"], weights["emb.ln.b"]
    states = functional.layer_norm(states, (shape.hidden,), weight, bias, shape.epsilon)
    return functional.dropout(states, dropout, training=dropout > 0)


def passed(
    weights: Weights,
    shape: Shape,
    states: Tensor,
    real: Tensor,
    layers: range,
    *,
    dropout: float = 0.0,
    watch: Callable[[str, Tensor], object] = _unwatched,
) -> Tensor:
    """`states` (messages, tokens, hidden) after `layers`; `real` is True where a token is no
    padding. `watch` is shown what the matrices "l0.fi", "l0.fo" … are multiplied with."""
    size = shape.hidden // shape.heads
    messages, tokens = real.shape

    def split(values: Tensor) -> Tensor:
        return values.view(messages, tokens, shape.heads, size).transpose(1, 2)

    def linear(values: Tensor, name: str) -> Tensor:
        return functional.linear(values, weights[f"{name}.w"], weights[f"{name}.b"])

    def norm(values: Tensor, name: str) -> Tensor:
        weight, bias = weights[f"{name}.w"], weights[f"{name}.b"]
        return functional.layer_norm(values, (shape.hidden,), weight, bias, shape.epsilon)

    def drop(values: Tensor) -> Tensor:
        return functional.dropout(values, dropout, training=dropout > 0)

    mask = real[:, None, None, :]
    for layer in layers:
        own = f"l{layer}"
        query, key, value = (split(linear(states, f"{own}.{part}")) for part in "qkv")
        seen = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, scale=1.0 / math.sqrt(size)
        )
        seen = seen.transpose(1, 2).reshape(messages, tokens, shape.hidden)
        states = norm(states + drop(linear(seen, f"{own}.ao")), f"{own}.aln")
        watch(f"{own}.fi", states)
        inner = functional.gelu(linear(states, f"{own}.fi"))
        watch(f"{own}.fo", inner)
        states = norm(states + drop(linear(inner, f"{own}.fo")), f"{own}.oln")
    return states


def mean(states: Tensor, real: Tensor) -> Tensor:
    """(messages, hidden): the mean over each message's tokens."""
    weighted = real.to(states.dtype)[:, :, None]
    return (states * weighted).sum(dim=1) / weighted.sum(dim=1)


def logits(weights: Weights, head: str, vectors: Tensor, *, dropout: float = 0.0) -> Tensor:
    """(messages, classes) of one head."""
    vectors = functional.dropout(vectors, dropout, training=dropout > 0)
    return functional.linear(vectors, weights[f"head.{head}.w"], weights[f"head.{head}.b"])
