"""BERT by hand, what it may see, how gaps are made, and what is learnt from them."""

import numpy as np
import pytest

from ml_from_scratch.core import no_grad
from ml_from_scratch.core.functions import log_softmax, softmax
from ml_from_scratch.neural import GradientStep, Model, MultiHeadAttention
from ml_from_scratch.optimizers import AdamW
from ml_from_scratch.transformers import (
    BERT,
    Block,
    FeedForward,
    MaskedLanguageModel,
    attention_maps,
    bert,
    gpt2,
    mask_tokens,
    masked_language_loss,
)

SIZES = {"vocab_size": 13, "context_length": 12, "n_layers": 2, "n_heads": 2, "d_model": 8}
MASK = 12


def small(dtype=np.float64, **options):
    """A masked language model whose weights are large enough for its logits to differ."""
    model = MaskedLanguageModel(bert(**{**SIZES, **options})).build((None,), seed=0).to(dtype)
    rng = np.random.default_rng(1)
    for p in model.parameters():
        p.assign(p.data + 0.3 * rng.standard_normal(p.shape))
    return model.eval()


def tokens(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 12, shape)


# ---- equations -------------------------------------------------------------------------------------
def test_one_block_by_hand():
    model = small(n_layers=1, n_heads=1, n_segments=2)
    encoder, i = model.encoder, tokens(1, 3)
    block, W, s = encoder.blocks[0], encoder.tokens.weight.data, np.array([[0, 1, 1]])

    def norm(layer, x):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return x * layer.weight.data + layer.bias.data

    def dense(layer, x):
        return x @ layer.weight.data + layer.bias.data

    def gelu(u):
        return 0.5 * u * (1 + np.tanh(np.sqrt(2 / np.pi) * (u + 0.044715 * u**3)))

    h = W[i] + encoder.segments.weight.data[s] + encoder.position.weight.data[:3]
    h = norm(encoder.norm_0, h)
    x, attention = norm(block.norm_1, h), block.attention
    q, k, v = np.split(dense(attention.qkv, x), 3, axis=-1)
    h = h + dense(attention.output, softmax(q @ k.swapaxes(1, 2) / np.sqrt(8)) @ v)
    inner = gelu(dense(block.feed_forward.inner, norm(block.norm_2, h)))
    y = norm(encoder.norm, h + dense(block.feed_forward.output, inner))
    np.testing.assert_allclose(encoder(i, segments=s).data, y, rtol=1e-10)
    z = norm(model.norm, gelu(dense(model.dense, y))) @ W.T
    np.testing.assert_allclose(model(i, segments=s).data, z, rtol=1e-10)


def test_the_loss_is_that_of_the_chosen_places():
    model, i = small(), tokens(3, 7)
    shown, chosen = mask_tokens(i, MASK, 13, rng=3, rate=0.4)
    log_p = log_softmax(model(shown).data)
    terms = [-log_p[b, t, i[b, t]] for b in range(3) for t in range(7) if chosen[b, t]]
    assert 1 < len(terms) < 21
    loss = masked_language_loss(model, i, shown, chosen)
    np.testing.assert_allclose(loss.item(), np.mean(terms), rtol=1e-12)
    # what stands at another place does not matter as an answer
    other = np.where(chosen, i, (i + 1) % 12)
    assert masked_language_loss(model, other, shown, chosen).item() == loss.item()


def test_both_ends_share_one_table():
    model = small()
    names = [name for name, p in model.named_parameters() if p.shape == (13, 8)]
    assert names == ["encoder.tokens.weight"]
    model(tokens(1, 4)).sum().backward()
    assert (model.encoder.tokens.weight.grad != 0).any(axis=1).all()


def test_it_begins_at_the_loss_of_guessing():
    model = MaskedLanguageModel(bert(64, 16, 2, 2, 32)).build((None,), seed=0)
    i = np.random.default_rng(0).integers(0, 63, (8, 16))
    loss = masked_language_loss(model, i, *mask_tokens(i, 63, 64, rng=0))
    assert abs(loss.item() - np.log(64)) < 0.1
    for table in (model.encoder.tokens, model.encoder.position):
        assert abs(table.weight.data.std() - 0.02) < 0.002


# ---- laws of the encoder ---------------------------------------------------------------------------
def test_every_place_sees_every_other():
    encoder, i = small().encoder, tokens(1, 6)
    with no_grad():
        before = encoder(i)
        for t in range(6):
            changed = i.copy()
            changed[0, t] = (changed[0, t] + 1) % 12
            assert (np.abs(encoder(changed) - before).max(axis=-1) > 1e-9).all()


def test_filling_changes_nothing():
    model, i = small(), tokens(3, 9)
    lengths = [4, 9, 1]
    with no_grad():
        z = model(i, lengths=lengths)
        for b, n in enumerate(lengths):
            np.testing.assert_allclose(z[b, :n], model(i[b : b + 1, :n])[0], atol=1e-12)
    changed = i.copy()
    changed[0, 4:], changed[2, 1:] = 0, 7
    with no_grad():
        again = model(changed, lengths=np.array(lengths))
    np.testing.assert_array_equal(again[0, :4], z[0, :4])
    np.testing.assert_array_equal(again[2, :1], z[2, :1])


def test_the_maps_hide_the_filling():
    model = small()
    with attention_maps(model) as maps:
        model(tokens(2, 5), lengths=[2, 5])
    assert list(maps) == ["encoder.blocks.0.attention", "encoder.blocks.1.attention"]
    for (P,) in maps.values():
        assert (P[0, :, :, 2:] == 0).all() and (P[1] > 0).all()


def test_order_and_segments_matter():
    encoder = small(n_segments=3).encoder
    i, s = np.array([[1, 2, 3]]), np.array([[0, 1, 2]])
    with no_grad():
        plain, turned = encoder(i), encoder(i[:, ::-1])
        assert np.abs(turned[:, ::-1] - plain).max() > 1e-3
        assert np.abs(encoder(i, segments=s) - plain).max() > 1e-3
        np.testing.assert_array_equal(encoder(i, segments=0 * s), plain)


def test_chosen_logits_are_the_same_row_after_row():
    model, i = small(), tokens(2, 5)
    chosen = np.array([[0, 1, 0, 0, 1], [1, 0, 0, 0, 0]], bool)
    with no_grad():
        np.testing.assert_allclose(model(i, chosen=chosen), model(i)[chosen], atol=1e-13)
        assert model(i, chosen=np.zeros((2, 5), bool)).shape == (0, 13)


def test_one_text_of_one_token_and_none():
    model = small()
    assert model(tokens(1, 1)).shape == (1, 1, 13) and model(tokens(0, 3)).shape == (0, 3, 13)
    assert np.isfinite(model(tokens(1, 3), lengths=[0]).data).all()  # nothing to see


def test_gaps_are_learnt_from_both_sides():
    """Of a b c, b = a + c mod 4: neither neighbour alone says anything."""
    rng = np.random.default_rng(0)
    model = MaskedLanguageModel(bert(5, 3, 2, 2, 32)).build((None,), seed=0)
    step = GradientStep(AdamW(learning_rate=0.003).attach(model.parameters()))
    chosen = np.array([[False, True, False]] * 32)

    def texts(n):
        a, c = rng.integers(0, 4, (2, n))
        return np.stack([a, (a + c) % 4, c], axis=1)

    for _ in range(500):
        i = texts(32)
        step(lambda *b: masked_language_loss(model, *b), i, np.where(chosen, 4, i), chosen)
    i = texts(32)
    with no_grad():
        guesses = model.eval()(np.where(chosen, 4, i), chosen=chosen).argmax(axis=-1)
    assert (guesses == i[:, 1]).all()


def test_saved_and_loaded_it_is_the_same(tmp_path):
    model = Model([MaskedLanguageModel(bert(**SIZES, n_segments=2))], seed=0)
    model.save(tmp_path / "bert.npz")
    again = Model.load(tmp_path / "bert.npz")
    np.testing.assert_array_equal(model(tokens(2, 5)).data, again(tokens(2, 5)).data)
    assert again.layers[0].scores.embedding is again.layers[0].encoder.tokens


def test_the_seed_decides():
    one, two, other = (bert(**SIZES, seed=seed) for seed in (0, 0, 1))
    assert all((a.data == b.data).all() for a, b in zip(one.parameters(), two.parameters()))
    assert (one.tokens.weight.data != other.tokens.weight.data).any()


# ---- gaps ------------------------------------------------------------------------------------------
def test_shares_of_gaps():
    i = np.random.default_rng(0).integers(0, 50, (400, 500))
    before = i.copy()
    shown, chosen = mask_tokens(i, 50, 51, rng=1)
    assert (i == before).all() and shown.dtype == i.dtype and chosen.dtype == bool
    assert abs(chosen.mean() - 0.15) < 0.004  # five standard deviations
    assert (shown[~chosen] == i[~chosen]).all()
    masked, kept = shown[chosen] == 50, shown[chosen] == i[chosen]
    assert abs(masked.mean() - (0.8 + 0.1 / 51)) < 0.012
    assert abs(kept.mean() - (0.1 + 0.1 / 51)) < 0.009
    drawn = shown[chosen][~masked & ~kept]
    assert set(drawn) == set(range(50))
    counts = np.bincount(drawn, minlength=50)
    assert counts.min() > 20 and counts.max() < 110  # evenly: about 60 each
    # places are chosen by themselves: neighbours as often as not
    assert abs((chosen[:, 1:] & chosen[:, :-1]).mean() - 0.15**2) < 0.002


def test_the_extremes_of_masking():
    i = tokens(4, 6)
    shown, chosen = mask_tokens(i, MASK, 13, rng=0, rate=0.0)
    assert (shown == i).all() and not chosen.any()
    shown, chosen = mask_tokens(i, MASK, 13, rng=0, rate=1.0, masked=1.0, replaced=0.0)
    assert (shown == MASK).all() and chosen.all()
    shown, chosen = mask_tokens(i, MASK, 13, rng=0, rate=1.0, masked=0.0, replaced=0.0)
    assert (shown == i).all() and chosen.all()
    shown, _ = mask_tokens(tokens(50, 20), MASK, 13, rng=0, rate=1.0, masked=0.0, replaced=1.0)
    assert set(shown.ravel()) == set(range(13))  # from all, the mask included
    shown, _ = mask_tokens(i, MASK, 13, rng=0, rate=1.0, masked=0.9, replaced=0.1)
    assert ((shown == MASK) | (shown != i)).any()
    assert mask_tokens(i[:0], MASK, 13)[0].shape == (0, 6)


def test_some_tokens_are_never_chosen():
    i = tokens(50, 20)
    shown, chosen = mask_tokens(i, MASK, 13, rng=0, rate=1.0, never=[0, 7])
    assert (chosen == ~np.isin(i, [0, 7])).all()
    assert (shown[~chosen] == i[~chosen]).all()


def test_the_generator_decides_and_a_read_only_text_will_do():
    i = tokens(5, 9)
    i.flags.writeable = False
    one, two, other = (mask_tokens(i, MASK, 13, rng=seed) for seed in (0, 0, 1))
    assert all((a == b).all() for a, b in zip(one, two)) and (one[1] != other[1]).any()
    shown, _ = mask_tokens(i.astype(np.uint8)[:, ::2], MASK, 13, rng=0)
    assert shown.dtype == np.uint8 and shown.shape == (5, 5)


# ---- errors ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "i, error, message",
    [
        (np.zeros((1, 13), int), ValueError, "context_length=12 tokens, and 13 arrived. Cut"),
        (np.zeros(3, int), ValueError, r"tokens\[None\]"),
        (np.zeros((1, 3)), TypeError, "integer ids"),
        (np.full((1, 3), 13), ValueError, "0 to 12"),
    ],
)
def test_tokens_that_cannot_be(i, error, message):
    for model in (bert(**SIZES, seed=0), small()):
        with pytest.raises(error, match=message):
            model(i)


def test_arguments_that_cannot_be():
    model, i = small(), tokens(2, 3)
    with pytest.raises(ValueError, match="at least one Block"):
        bert(10, 8, 0, 2, 4)
    with pytest.raises(ValueError, match=r"attention of blocks\[1\] is causal"):
        seeing, causal = (MultiHeadAttention(4, 2, causal=c) for c in (False, True))
        BERT(10, 8, [Block(seeing, FeedForward(4)), Block(causal, FeedForward(4))])
    with pytest.raises(TypeError, match="needs a BERT"):
        MaskedLanguageModel(gpt2(10, 8, 1, 2, 4))
    with pytest.raises(ValueError, match="one a text, of which there are 2; got 3"):
        model(i, lengths=[1, 1, 1])
    with pytest.raises(ValueError, match="from 0 to n_keys=3"):
        model(i, lengths=[1, 4])
    with pytest.raises(ValueError, match="knows no segments"):
        model(i, segments=i)
    with pytest.raises(ValueError, match=r"segments has an entry for each token, \(2, 3\)"):
        small(n_segments=2)(i, segments=i[:1])
    with pytest.raises(TypeError, match="booleans; got int"):
        model(i, chosen=i)
    with pytest.raises(ValueError, match="chosen has an entry"):
        model(i, chosen=np.ones((2, 2), bool))
    with pytest.raises(ValueError, match="no place is chosen"):
        masked_language_loss(model, i, i, np.zeros((2, 3), bool))


def test_masks_that_cannot_be():
    with pytest.raises(ValueError, match="mask_token must be .* below 13; got 13"):
        mask_tokens(tokens(1, 2), 13, 13)
    with pytest.raises(ValueError, match="rate must be"):
        mask_tokens(tokens(1, 2), MASK, 13, rate=1.5)
    with pytest.raises(ValueError, match=r"masked \+ replaced must be"):
        mask_tokens(tokens(1, 2), MASK, 13, masked=0.8, replaced=0.3)
    with pytest.raises(ValueError, match="replaced must be"):
        mask_tokens(tokens(1, 2), MASK, 13, replaced=-0.1)
    with pytest.raises(TypeError, match="integers; got dtype float64"):
        mask_tokens(np.zeros((1, 2)), MASK, 13)
