"""The encoder-decoder: its equations by hand, what each half may see, and how texts are written."""

import itertools

import numpy as np
import pytest

from ml_from_scratch.core import no_grad
from ml_from_scratch.core.functions import log_softmax, softmax
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import ALiBi, Dense, GradientStep, Model, MultiHeadAttention
from ml_from_scratch.optimizers import AdamW
from ml_from_scratch.transformers import (
    Block,
    DecoderBlock,
    EncoderDecoder,
    FeedForward,
    beam_search,
    beams,
    greedy,
    transformer,
)

BEGIN, END = 0, 1


def small(**options):
    sizes = {"n_layers": 2, "n_heads": 2, "d_model": 8, "context_length": 10, "seed": 0}
    return transformer(11, 7, **{**sizes, **options})


def shaken(seed=1, dtype=np.float64, **options):
    """A model whose weights are large enough for its logits to differ."""
    model, rng = small(**options).to(dtype), np.random.default_rng(seed)
    for p in model.parameters():
        p.assign(p.data + 0.3 * rng.standard_normal(p.shape))
    return model.eval()


def tokens(*shape, below=7, seed=0):
    return np.random.default_rng(seed).integers(0, below, shape)


# ---- equations -------------------------------------------------------------------------------------
def norm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def dense(layer, x):
    return x @ layer.weight.data + layer.bias.data


def one_head(layer, x, context, seen):
    q, k, v = (
        np.split(dense(layer.qkv, c), 3, axis=-1)[i] for i, c in enumerate((x, context, context))
    )
    scores = np.where(seen, q @ k.swapaxes(1, 2) / np.sqrt(q.shape[-1]), -np.inf)
    return dense(layer.output, softmax(scores) @ v)


def think(layer, x):
    u = dense(layer.inner, x)
    gelu = 0.5 * u * (1 + np.tanh(np.sqrt(2 / np.pi) * (u + 0.044715 * u**3)))
    return dense(layer.output, gelu)


def test_one_layer_by_hand():
    model = small(n_layers=1, n_heads=1).to(np.float64)
    rng = np.random.default_rng(2)
    for layer in (layer for _, layer in model.named_modules() if isinstance(layer, Dense)):
        layer.bias.assign(rng.standard_normal(layer.bias.shape))
    i, j = tokens(1, 4, below=11), tokens(1, 3)
    waves = np.empty((4, 8))
    for pair in range(4):
        angle = np.arange(4) * 10000 ** (-2 * pair / 8)
        waves[:, 2 * pair], waves[:, 2 * pair + 1] = np.sin(angle), np.cos(angle)
    e = np.sqrt(8) * model.source_tokens.weight.data[i] + waves
    block = model.encoder_blocks[0]
    e = e + one_head(block.attention, norm(e), norm(e), True)
    c = norm(e + think(block.feed_forward, norm(e)))
    block, W = model.decoder_blocks[0], model.target_tokens.weight.data
    h = np.sqrt(8) * W[j] + waves[:3]
    h = h + one_head(block.self_attention, norm(h), norm(h), np.tri(3, dtype=bool))
    h = h + one_head(block.cross_attention, norm(h), c, True)
    h = h + think(block.feed_forward, norm(h))
    np.testing.assert_allclose(model(i, j).data, norm(h) @ W.T, rtol=1e-10, atol=1e-12)


def test_the_targets_table_is_at_both_ends_and_counted_once():
    model = small()
    names = dict(model.named_parameters())
    assert {"source_tokens.weight", "target_tokens.weight"} <= names.keys()
    assert not any("scores" in name for name in names)
    model(tokens(1, 4), tokens(1, 3)).sum().backward()
    assert (model.target_tokens.weight.grad != 0).any(axis=1).all()


def test_vectors_are_as_long_as_waves():
    model = transformer(2000, 2000, 8, 1, 1, d_model=64, seed=0)
    rows = 8 * model.source_tokens.weight.data  # times the root of d
    assert abs(rows.std() - 1) < 0.02
    logits = model(tokens(2, 8, below=2000), tokens(2, 8, below=2000)).data
    assert 0.8 < logits.std() < 1.3  # and no word is much likelier than another to begin with


# ---- laws ------------------------------------------------------------------------------------------
def test_a_later_target_token_changes_no_bit_before_it():
    model, source, j = shaken(dtype=np.float32), tokens(3, 5, below=11), tokens(3, 10)
    with no_grad():
        before = model(source, j)
        for t in range(1, 10):
            changed = j.copy()
            changed[:, t:] = (changed[:, t:] + 1) % 7
            after = model(source, changed)
            assert (after[:, :t] == before[:, :t]).all()
            assert (after[:, t] != before[:, t]).any()


def test_every_source_token_changes_every_logit():
    model, source, j = shaken(), tokens(1, 5, below=11), tokens(1, 4)
    with no_grad():
        before = model(source, j)
        for i in range(5):
            changed = source.copy()
            changed[:, i] = (changed[:, i] + 1) % 11
            assert (np.abs(model(changed, j) - before).max(axis=2) > 1e-9).all()


def test_the_order_of_both_matters():
    model, source, j = shaken(), np.array([[1, 2, 3]]), np.array([[4, 5, 6]])
    with no_grad():
        before = model(source, j)[:, -1]
        for other in ((source[:, ::-1], j), (source, j[:, [1, 0, 2]])):
            assert np.abs(model(*other)[:, -1] - before).max() > 1e-6


@pytest.mark.parametrize("filling", [0, 10])
def test_filling_of_a_source_changes_nothing(filling):
    model, source, j = shaken(), tokens(3, 6, below=11), tokens(3, 4)
    lengths = np.array([6, 2, 4])
    filled = np.where(np.arange(9) < lengths[:, None], np.pad(source, ((0, 0), (0, 3))), filling)
    with no_grad():
        got = model(filled, j, source_lengths=lengths)
        for b, n in enumerate(lengths):
            one = slice(b, b + 1)
            np.testing.assert_allclose(got[one], model(source[one, :n], j[one]), atol=1e-12)
        assert np.abs(got - model(filled, j)).max() > 1e-6
    texts = greedy(model, filled, BEGIN, END, 6, source_lengths=lengths)
    best = beam_search(model, filled, BEGIN, END, 6, source_lengths=lengths)
    for b, n in enumerate(lengths):
        one = source[b : b + 1, :n]
        assert greedy(model, one, BEGIN, END, 6) == [texts[b]]
        assert beam_search(model, one, BEGIN, END, 6) == [best[b]]


def test_filling_gets_no_gradient():
    model, source = small(), np.array([[1, 2, 9, 9]])
    model(source, tokens(1, 3), source_lengths=[2]).sum().backward()
    touched = (model.source_tokens.weight.grad != 0).any(axis=1)
    assert touched.tolist() == [i in (1, 2) for i in range(11)]


def test_a_cache_changes_nothing_but_the_time():
    model, source, j = shaken(), tokens(2, 5, below=11), tokens(2, 10)
    with no_grad():
        whole = model(source, j, source_lengths=[5, 3])
        context, mask = model.encode(source, [5, 3])
        cache = model.new_cache(5)
        steps = ((0, 4), (4, 5), (5, 6), (6, 10))
        parts = [model.decode(j[:, a:b], context, mask, cache) for a, b in steps]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-12)
    assert {(c.written.length, c.read.length) for c in cache} == {(10, 5)}


@pytest.mark.parametrize("write", [greedy, beam_search])
def test_a_cache_changes_no_text(write):
    model, source = shaken(), tokens(8, 5, below=11)
    kept, anew = (
        write(model, source, BEGIN, END, 10, use_cache=use_cache) for use_cache in (True, False)
    )
    assert kept == anew and len({tuple(text) for text in kept}) > 1


def test_where_it_looks_sums_to_one_and_skips_the_filling():
    model, source, j = shaken(), tokens(2, 5, below=11), tokens(2, 3)
    with no_grad():
        looks = model.attention_weights(source, j, source_lengths=[5, 3])
        alone = model.attention_weights(source[1:, :3], j[1:])
    assert [x.shape for x in looks] == [(2, 2, 3, 5)] * 2
    for x, y in zip(looks, alone):
        np.testing.assert_allclose(x.sum(axis=-1), 1.0)
        np.testing.assert_allclose(x[1:, ..., :3], y, rtol=1e-10)
        assert (x[1, ..., 3:] == 0).all() and (x[0] > 0).all()
    block = model.decoder_blocks[0]  # with its own weights as values they can be seen in the output
    context, mask = model.encode(source, [5, 3])
    h = np.sqrt(8) * model.target_tokens(j)
    u = block.norm_2(block._looked_back(model.target_position(h)))
    np.testing.assert_allclose(
        block.cross_attention.attention_weights(u, context, mask).data, looks[0]
    )


@pytest.mark.slow
def test_it_learns_to_turn_texts_round():
    model, rng = transformer(10, 12, 8, 1, 2, d_model=32, seed=0), np.random.default_rng(0)
    loss = CrossEntropy(from_logits=True)
    step = GradientStep(AdamW(learning_rate=0.005).attach(model.parameters()))

    def texts(n):
        source = rng.integers(0, 10, (n, 5))
        turned = np.pad(source[:, ::-1] + 2, ((0, 0), (1, 1)))
        turned[:, 0], turned[:, -1] = BEGIN, END
        return source, turned

    for _ in range(300):
        source, turned = texts(64)
        step(lambda s, t: loss(model(s, t[:, :-1]), t[:, 1:]), source, turned)
    source, turned = texts(100)
    right = [a == b for a, b in zip(greedy(model, source, BEGIN, END, 7), turned[:, 1:-1].tolist())]
    assert np.mean(right) >= 0.97


def test_saved_and_loaded_it_is_the_same(tmp_path):
    model = Model([small(seed=None)], seed=0)
    model.save(tmp_path / "translator")
    one, two = model.layers[0], Model.load(tmp_path / "translator").layers[0]
    source, j = tokens(2, 5), tokens(2, 4)
    np.testing.assert_array_equal(one(source, j).data, two(source, j).data)
    assert two.scores.embedding is two.target_tokens


def test_dropout_acts_in_training_alone_and_writing_switches_it_off():
    model, source, j = small(dropout=0.3), tokens(2, 6), tokens(2, 4)
    assert (model(source, j).data != model(source, j).data).any()
    assert greedy(model, source, BEGIN, END, 9) == greedy(model, source, BEGIN, END, 9)
    assert model.training and model.decoder_blocks[1].drop.training
    model.eval()
    assert (model(source, j).data == model(source, j).data).all()


# ---- writing ---------------------------------------------------------------------------------------
def test_greedy_takes_the_likeliest_token_each_time():
    model, source = shaken(), tokens(6, 5, below=11)
    for row, text in zip(source, greedy(model, source, BEGIN, END, 10)):
        written = [BEGIN]
        while len(written) <= 10:
            with no_grad():
                written.append(int(model(row[None], np.array([written]))[0, -1].argmax()))
            if written[-1] == END:
                break
        assert text == [token for token in written[1:] if token != END]


@pytest.mark.parametrize("length_penalty", [0.0, 0.6, 2.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_beam_is_greedy(length_penalty, dtype):
    model, source = shaken(dtype=dtype), tokens(20, 5, below=11)
    expected = greedy(model, source, BEGIN, END, 10)
    assert beam_search(model, source, BEGIN, END, 10, 1, length_penalty) == expected
    assert len({len(text) for text in expected}) > 1


def test_one_beam_is_greedy_among_equals():
    model = transformer(11, 300, 4, 1, 1, d_model=4, seed=0)
    model.target_tokens.weight.assign(np.zeros((300, 4)))  # all logits are 0
    source = tokens(1, 3)
    assert greedy(model, source, 3, 6, 4) == beam_search(model, source, 3, 6, 4, 1) == [[0] * 4]


def all_texts(model, source, max_length, alpha):
    """Every text of up to so many tokens with its score, the best first."""
    inner = [token for token in range(model.target_vocab_size) if token != END]
    found = []
    for n in range(max_length + 1):
        for text in itertools.product(inner, repeat=n):
            y = [*text, END] if n < max_length else list(text)
            with no_grad():
                p = log_softmax(model(source, np.array([[BEGIN, *y[:-1]]]))[0])
            total = sum(p[t, token] for t, token in enumerate(y))
            found.append((total / ((5 + len(y)) ** alpha / 6**alpha), list(text)))
    return sorted(found, key=lambda pair: -pair[0])


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.5])
def test_with_beams_enough_nothing_is_missed(alpha):
    model = transformer(5, 4, 4, 1, 1, d_model=4, seed=0).to(np.float64)
    for p in model.parameters():
        p.assign(p.data + np.random.default_rng(p.data.size).standard_normal(p.shape))
    source = tokens(1, 3, below=5)
    expected = all_texts(model, source, 4, alpha)
    assert len(expected) == 1 + 3 + 9 + 27 + 81
    (found,) = beams(model, source, BEGIN, END, 4, n_beams=200, length_penalty=alpha)
    assert [beam.tokens for beam in found] == [text for _, text in expected]
    np.testing.assert_allclose([b.score for b in found], [s for s, _ in expected], rtol=1e-10)


def test_beams_find_likelier_texts_than_greed():
    model, source = shaken(), tokens(30, 5, below=11)

    def scores(n_beams):
        found = beams(model, source, BEGIN, END, 8, n_beams=n_beams, length_penalty=0.0)
        return np.array([of_one[0].score for of_one in found])

    one, eight = scores(1), scores(8)
    assert eight.mean() > one.mean() + 1e-6 and (eight > one + 1e-9).any()


def test_a_larger_penalty_makes_longer_texts():
    model, source = shaken(), tokens(30, 5, below=11)
    lengths = [
        np.mean([len(text) for text in beam_search(model, source, BEGIN, END, 10, 6, alpha)])
        for alpha in (0.0, 1.0, 3.0)
    ]
    assert lengths[0] < lengths[1] < lengths[2]


def test_sources_searched_together_are_searched_alone():
    model, source = shaken(), tokens(5, 6, below=11)
    together = beams(model, source, BEGIN, END, 9, n_beams=3)
    for row, expected in zip(source, together):
        (alone,) = beams(model, row[None], BEGIN, END, 9, n_beams=3)
        assert [b.tokens for b in alone] == [b.tokens for b in expected]
        np.testing.assert_allclose([b.score for b in alone], [b.score for b in expected])


def test_none_and_next_to_nothing():
    model = shaken()
    nobody = np.zeros((0, 4), int)
    assert greedy(model, nobody, BEGIN, END, 5) == beam_search(model, nobody, BEGIN, END, 5) == []
    empty = np.zeros((2, 0), int)
    for write in (greedy, beam_search):
        one, two = write(model, empty, BEGIN, END, 1)
        assert one == two and len(one) <= 1
    unseen = greedy(model, tokens(1, 3), BEGIN, END, 6, source_lengths=[0])
    assert unseen == greedy(model, np.zeros((1, 0), int), BEGIN, END, 6)


# ---- errors ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "source, target, error, message",
    [
        (tokens(1, 11), tokens(1, 3), ValueError, "context_length=10 tokens, and a source of 11"),
        (tokens(1, 3), tokens(1, 11), ValueError, "a target of 11"),
        (tokens(3), tokens(1, 3), ValueError, r"source\[None\]"),
        (tokens(1, 3), tokens(3), ValueError, r"target\[None\]"),
        (tokens(2, 3), tokens(3, 3), ValueError, "got 2 sources and 3 targets"),
        (np.zeros((1, 3)), tokens(1, 3), TypeError, "integer ids"),
        (tokens(1, 3), np.zeros((1, 3)), TypeError, "integer ids"),
        (np.full((1, 3), 11), tokens(1, 3), ValueError, "0 to 10"),
        (tokens(1, 3), np.full((1, 3), 7), ValueError, "0 to 6"),
    ],
)
def test_texts_that_cannot_be(source, target, error, message):
    with pytest.raises(error, match=message):
        small()(source, target)


@pytest.mark.parametrize(
    "lengths, error, message",
    [
        ([3], ValueError, r"one a source, \(2,\)"),
        ([3, 5], ValueError, "from 0 to n_keys=4"),
        ([3, -1], ValueError, "from 0 to n_keys=4"),
        ([3.0, 2.0], TypeError, "integers"),
    ],
)
def test_lengths_that_cannot_be(lengths, error, message):
    with pytest.raises(error, match=message):
        small()(tokens(2, 4), tokens(2, 3), source_lengths=lengths)


def attention(d_model=4, n_heads=2, **options):
    return MultiHeadAttention(d_model, n_heads, **options)


@pytest.mark.parametrize(
    "own, cross, message",
    [
        (attention(), attention(), "not written yet"),
        (attention(causal=True), attention(causal=True), "all of another text"),
        (attention(causal=True), attention(position=ALiBi()), "all of another text"),
        (attention(causal=True), attention(6), "got 4 and 6"),
    ],
)
def test_attentions_that_cannot_be(own, cross, message):
    with pytest.raises(ValueError, match=message):
        DecoderBlock(own, cross, FeedForward(4))


def test_blocks_that_cannot_be():
    encoder = Block(attention(), FeedForward(4))
    decoder = DecoderBlock(attention(causal=True), attention(), FeedForward(4))
    with pytest.raises(ValueError, match="at least one Block and one DecoderBlock; got 0 and 1"):
        EncoderDecoder(5, 5, 4, [], [decoder])
    with pytest.raises(ValueError, match="whole source"):
        EncoderDecoder(5, 5, 4, [Block(attention(causal=True), FeedForward(4))], [decoder])
    with pytest.raises(ValueError, match="context_dim=6"):
        EncoderDecoder(5, 5, 4, [Block(attention(6), FeedForward(6))], [decoder])
    with pytest.raises(ValueError, match="encoder_blocks.1: Block adds"):
        blocks = [encoder, Block(attention(6), FeedForward(6))]
        EncoderDecoder(5, 5, 4, blocks, [decoder]).build((None,))
    with pytest.raises(ValueError, match=r"samples are \(time, 4\); got \(None, 5\)"):
        decoder.build((None, 5))
    with pytest.raises(ValueError, match="even"):
        transformer(5, 5, 4, 1, 1, d_model=3, seed=0)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"max_length": 11}, ValueError, "at most context_length=10 tokens; got max_length=11"),
        ({"max_length": 0}, ValueError, "max_length must be an integer of at least 1"),
        ({"begin": 7}, ValueError, "begin must be an integer of at least 0 and of at most 6"),
        ({"end": -1}, ValueError, "end must be"),
        ({"n_beams": 0}, ValueError, "n_beams must be"),
        ({"length_penalty": -0.1}, ValueError, "length_penalty must be"),
    ],
)
def test_searches_that_cannot_be(options, error, message):
    arguments = {"begin": BEGIN, "end": END, "max_length": 5, **options}
    with pytest.raises(error, match=message):
        beam_search(small(), tokens(1, 3), **arguments)


def test_a_cache_is_for_one_batch_and_not_for_training():
    model, source = small(), tokens(2, 4)
    context, mask = model.encode(source)
    with pytest.raises(TypeError, match="no_grad"):
        model.decode(tokens(2, 1), context, mask, model.new_cache(4))
