"""Losses, penalties and gradients against formulas written out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from eunoe.recipes.gradients import cosine, format_cosines, part_of
from eunoe.recipes.losses import cross_entropy, dft, response_logits, targets_of, weights_of
from eunoe.recipes.penalties import distance, divergence, fisher
from eunoe.training.micro_batches import micro_batches
from eunoe.worlds.text.collate import Encoded, Encoder, Layout, collate, end_to_end, padded
from eunoe.worlds.text.models import checkpoint_in, open_model
from tests.recipes.tiny import make_base

ROWS = [
    Encoded([0, 300, 301, 302, 303, 0], 4),
    Encoded([0, 310, 311, 0], 2),
    Encoded([0, 305, 306, 307, 0], 3),
]


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    weights = make_base(tmp_path_factory.mktemp(request.param), request.param)
    return open_model(checkpoint_in(weights.parent))


@pytest.fixture(scope="module")
def model(opened: Any) -> Any:
    return opened[0]


def by_hand(model: Any, rows: list[Encoded]) -> Tensor:
    """The logits before each token of a response, example by example, without batches."""
    return torch.cat([model(torch.tensor([row.ids])).logits[0, row.start - 1 : -1] for row in rows])


def test_only_logits_of_responses_are_computed(model: Any) -> None:
    batch = padded(ROWS)
    assert targets_of(batch).tolist() == [303, 0, 311, 0, 307, 0]
    found = response_logits(model, batch)
    torch.testing.assert_close(found, by_hand(model, ROWS), rtol=1e-4, atol=1e-5)
    theirs = model(
        torch.tensor([ROWS[0].ids]), labels=torch.tensor([[-100] * 4 + [*ROWS[0].ids[4:]]])
    ).loss
    torch.testing.assert_close(cross_entropy(found[:2], targets_of(batch)[:2]), theirs)


def test_the_output_layer_sees_no_prompts(model: Any) -> None:
    batch = padded(ROWS)
    with FlopCounterMode(display=False) as all_tokens:
        model(batch["tokens"])
    with FlopCounterMode(display=False) as some:
        response_logits(model, batch)
    width, words = 16, model.config.vocab_size
    saved = (batch["tokens"].numel() - 6) * 2 * width * words
    assert all_tokens.get_total_flops() - some.get_total_flops() == saved


def test_examples_in_one_row_do_not_see_each_other(model: Any) -> None:
    batch = collate(ROWS, [[0, 1], [2]])
    assert batch["tokens"].shape == (2, 10)
    found = response_logits(model, batch)
    torch.testing.assert_close(found, by_hand(model, ROWS), rtol=1e-4, atol=1e-5)
    changed = [Encoded([0, 330, *ROWS[0].ids[2:]], 4), *ROWS[1:]]
    again = response_logits(model, collate(changed, [[0, 1], [2]]))
    torch.testing.assert_close(again[2:], found[2:])
    assert not torch.allclose(again[:2], found[:2])


def test_the_response_begins_where_its_first_token_does(opened: Any) -> None:
    model, tokenizer = opened
    encoder = Encoder(tokenizer, model.config, 32)
    [row] = encoder.encode([("Is the owl a bird?\nAnswer:", "True")], ["one"])
    assert tokenizer.decode(row.ids[row.start :]) == " True<|end|>"
    [silent] = encoder.encode([("Answer:", "")], ["two"])
    assert silent.ids[silent.start :] == [tokenizer.eos_token_id]
    moved = row.prepend([900, 901])
    assert (moved.ids[:2], moved.ids[moved.start :]) == ([900, 901], row.ids[row.start :])


def test_micro_batches_add_up_to_its_loss(model: Any) -> None:
    batch = padded(ROWS)
    whole = cross_entropy(response_logits(model, batch), targets_of(batch))
    for parts in (2, 3, 5):
        total = sum(
            share * cross_entropy(response_logits(model, part), targets_of(part))
            for share, part in micro_batches(batch, parts)
        )
        torch.testing.assert_close(total, whole)
    rows = {"xs": torch.arange(5.0)}
    assert sum(
        share * part["xs"].mean() for share, part in micro_batches(rows, 2)
    ) == pytest.approx(2)


def test_rows_that_are_filled_have_the_loss_of_their_tokens_one_by_one(model: Any) -> None:
    batch = end_to_end(ROWS, Layout("filled", 7, 4.0))
    losses, weights = [], []
    for tokens, weighed in zip(batch["tokens"], batch["weights"], strict=True):
        logits = model(tokens[None]).logits[0].log_softmax(-1)
        for place in range(1, len(tokens)):
            losses.append(-logits[place - 1, tokens[place]])
            weights.append(float(weighed[place]))
    expected = sum(weight * loss for weight, loss in zip(weights, losses, strict=True))
    expected = expected / sum(weights)
    assert {0.0, 1.0, 4.0} == set(weights)  # beyond the last item, of a prompt, of a reply
    found = cross_entropy(response_logits(model, batch), targets_of(batch), weights_of(batch))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", [cross_entropy, dft])
def test_weights_count_a_token_as_often_as_they_say(loss: Any) -> None:
    generator = torch.Generator().manual_seed(2)
    logits, targets = torch.randn(4, 5, generator=generator), torch.tensor([0, 3, 3, 1])
    times = torch.tensor([1, 3, 2, 1])
    repeated = loss(logits.repeat_interleave(times, 0), targets.repeat_interleave(times))
    torch.testing.assert_close(loss(logits, targets, times.float()), repeated)
    torch.testing.assert_close(loss(logits, targets, torch.ones(4)), loss(logits, targets))


def test_dft_weighs_each_token_by_its_probability() -> None:
    logits = torch.randn(4, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    targets = torch.tensor([0, 3, 3, 1])
    probabilities = logits.detach().softmax(-1)
    own = probabilities[range(4), targets]
    torch.testing.assert_close(dft(logits, targets), -(own * own.log()).mean())
    torch.autograd.backward(dft(logits, targets))
    # the probability is held constant, so this is its product with cross entropy's gradient
    expected = own[:, None] * (probabilities - functional.one_hot(targets, 5)) / 4
    torch.testing.assert_close(logits.grad, expected)


def test_divergence_is_that_of_distributions() -> None:
    generator = torch.Generator().manual_seed(1)
    base, ours = (torch.randn(3, 6, generator=generator) for _ in range(2))
    expected = torch.distributions.kl_divergence(
        torch.distributions.Categorical(logits=base), torch.distributions.Categorical(logits=ours)
    ).mean()
    torch.testing.assert_close(divergence(base, ours), expected)
    assert divergence(base[:0], ours[:0]) == 0


def test_distance_is_half_the_weighted_square() -> None:
    now, start = {"a": torch.tensor([1.0, 3.0])}, {"a": torch.tensor([0.0, 1.0])}
    assert distance(now, start) == 2.5
    assert distance(now, start, {"a": torch.tensor([2.0, 1.0])}) == 3


def test_fisher_information_is_the_mean_squared_gradient(model: Any) -> None:
    found = fisher(model, ROWS)
    name = next(name for name in found if "norm" in name or "ln_" in name)
    weight = dict(model.named_parameters())[name]
    squares = []
    for row in ROWS:
        logits = by_hand(model, [row]).log_softmax(-1)
        total = logits[range(len(logits)), torch.tensor(row.ids[row.start :])].sum()
        squares.append(torch.autograd.grad(total, weight)[0].square())
    torch.testing.assert_close(found[name], torch.stack(squares).mean(0), rtol=1e-3, atol=1e-7)


def test_the_cosine_of_a_gradient_with_itself_is_one(model: Any) -> None:
    weights: dict[str, nn.Parameter] = dict(model.named_parameters())
    same = format_cosines(model, weights, ROWS, ROWS)
    assert same == pytest.approx(
        {"all": 1, "embedding": 1, "attention": 1, "perceptron": 1}, abs=1e-6
    )
    other = [Encoded([*row.ids[:-2], 320, 0], row.start) for row in ROWS]
    found = format_cosines(model, weights, ROWS, other)
    assert all(-1 < value < 0.999 for value in found.values())
    assert cosine({"a": torch.tensor([1.0, 0])}, {"a": torch.tensor([0.0, 2])}) == 0


def test_every_matrix_belongs_to_a_part(model: Any) -> None:
    for name, weight in model.named_parameters():
        if weight.ndim == 2:
            expected = "attention" if "attn" in name else "perceptron" if "mlp" in name else None
            assert part_of(name) == (expected or "embedding")
        elif "norm" in name or "ln_" in name:
            assert part_of(name) is None
