"""Conjugations of regression prompts: what they undo."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from eunoe.transforms import Labels, Transform
from eunoe.transforms.labels import Scale, Shrink
from eunoe.transforms.plain import Identity
from eunoe.worlds.regression.bayes import ridge_predict

GAMMAS = st.floats(0.1, 10)
EXACT = st.one_of(st.just(Identity()), GAMMAS.map(lambda gamma: Scale(gamma=gamma)))


def prompts(seed: int = 0) -> Labels:
    generator = torch.Generator().manual_seed(seed)
    xs = torch.randn(3, 6, 4, generator=generator, dtype=torch.float64)
    return Labels(xs, torch.randn(3, 6, generator=generator, dtype=torch.float64))


@given(EXACT, st.integers(0, 1000))
def test_an_exact_transform_leaves_ridge_as_it_is(transform: Transform, seed: int) -> None:
    assert transform.exact
    asked = prompts(seed)
    shown = transform.encode(asked)
    answers = transform.decode(ridge_predict(shown.xs, shown.ys, sigma=0.7, tau=1.2))
    torch.testing.assert_close(answers, ridge_predict(asked.xs, asked.ys, sigma=0.7, tau=1.2))


@given(GAMMAS.filter(lambda gamma: abs(gamma - 1) > 1e-3))
def test_the_null_control_does_not_undo_itself(gamma: float) -> None:
    shrink, asked = Shrink(gamma=gamma), prompts()
    assert not shrink.exact
    assert shrink.encode(asked) is asked
    torch.testing.assert_close(gamma * shrink.decode(asked.ys), asked.ys)


@given(EXACT)
def test_decode_undoes_encode_on_labels(transform: Transform) -> None:
    asked = prompts()
    shown = transform.encode(asked)
    assert shown.xs is asked.xs
    torch.testing.assert_close(transform.decode(shown.ys), asked.ys)
