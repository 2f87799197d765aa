"""Writing: the cache changes nothing, several texts at once neither, and choices follow their laws."""

import itertools

import numpy as np
import pytest

from ml_from_scratch.core import no_grad
from ml_from_scratch.transformers import Sampler, generate, gpt2, llama, stream


def shaken(make, **options):
    """A small model whose logits differ clearly."""
    sizes = {"vocab_size": 17, "context_length": 16, "n_layers": 2, "n_heads": 2, "d_model": 8}
    model, rng = make(**sizes, **options, seed=0).to(np.float64), np.random.default_rng(1)
    for p in model.parameters():
        p.assign(p.data + 0.4 * rng.standard_normal(p.shape))
    return model


MODELS = {"gpt2": shaken(gpt2, dropout=0.2), "llama": shaken(llama, n_kv_heads=1)}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


# ---- writing ---------------------------------------------------------------------------------------
@every_model
def test_by_hand_one_token_at_a_time(model):
    text = [3, 1, 4]
    with no_grad():
        for _ in range(6):
            model.eval()
            text.append(int(model(np.array([text]))[0, -1].argmax()))
    model.train()
    assert generate(model, [3, 1, 4], 6, temperature=0) == text


@every_model
@pytest.mark.parametrize("n", [10, 40])  # within the context, and beyond it
@pytest.mark.parametrize("sampling", [{"temperature": 0}, {"temperature": 1.3, "top_p": 0.9}])
def test_the_cache_changes_no_token(model, n, sampling):
    with_cache = generate(model, [5, 2], n, rng=0, **sampling)
    assert with_cache == generate(model, [5, 2], n, rng=0, use_cache=False, **sampling)
    assert len(with_cache) == n + 2


@every_model
@pytest.mark.parametrize("use_cache", [True, False])
@pytest.mark.parametrize("n", [5, 30])
def test_several_at_once_are_written_as_one_by_one(model, n, use_cache):
    prompts = [[1], [2, 3, 4, 5], list(range(12)), [7, 7], [16] * 16]
    together = generate(model, prompts, n, temperature=0, use_cache=use_cache)
    assert together == [generate(model, prompt, n, temperature=0) for prompt in prompts]


@every_model
def test_a_prompt_may_be_longer_than_the_context(model):
    prompt = [int(i) for i in np.random.default_rng(0).integers(0, 17, 50)]
    written = generate(model, prompt, 3, temperature=0)[50:]
    assert written == generate(model, prompt[-16:], 3, temperature=0)[16:]


@every_model
def test_streaming_gives_the_same_as_it_goes(model):
    whole = generate(model, [1, 2], 9, rng=3)
    assert [1, 2, *stream(model, [1, 2], 9, rng=3)] == whole
    first = list(itertools.islice(stream(model, [1, 2], 9, rng=3), 4))
    assert first == whole[2:6] and all(type(token) is int for token in first)


@every_model
def test_writing_ends_at_a_stop_sequence(model):
    whole = generate(model, [1, 2], 12, rng=5)
    end = whole[5:7]
    first = next(i for i in range(2, 14) if whole[i - 1 : i + 1] == end or i == 13)
    stopped = generate(model, [1, 2], 12, rng=5, stop=[[99], end])
    assert stopped == whole[: first + 1]
    assert list(stream(model, [1, 2], 12, rng=5, stop=[end])) == stopped[2:]


def test_each_text_has_its_own_end():
    model = MODELS["gpt2"]
    prompts = [[1, 2], [3], [9, 9, 9]]
    whole = generate(model, prompts, 10, temperature=0)
    end = [whole[0][4]]
    stopped = generate(model, prompts, 10, temperature=0, stop=[end])
    for text, prompt, cut in zip(whole, prompts, stopped):
        written = text[len(prompt) :]
        n = written.index(end[0]) + 1 if end[0] in written else 10
        assert cut == text[: len(prompt) + n]


def test_the_same_seed_the_same_text():
    model = MODELS["gpt2"]
    assert generate(model, [1], 15, rng=1) == generate(model, [1], 15, rng=1)
    assert generate(model, [1], 15, rng=1) != generate(model, [1], 15, rng=2)


def test_the_model_is_left_as_it_was():
    model = shaken(gpt2, dropout=0.5)
    model.blocks[0].eval()
    modes = [m.training for _, m in model.named_modules()]
    generate(model, [1], 3, rng=0)
    assert [m.training for _, m in model.named_modules()] == modes
    assert all(p.grad is None for p in model.parameters())


def test_nothing_is_written_if_nothing_is_asked():
    assert generate(MODELS["gpt2"], [1, 2], 0) == [1, 2]
    assert list(stream(MODELS["gpt2"], [1, 2], 0)) == []
    assert generate(MODELS["gpt2"], np.array([[1, 2]]), 0) == [[1, 2]]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda m: stream(m, [], 3), "at least one token"),
        (lambda m: generate(m, [], 3), "at least one token"),
        (lambda m: generate(m, [[1], []], 3), "at least one token"),
        (lambda m: stream(m, [1], -1), "max_new_tokens"),
        (lambda m: stream(m, [1], 3, stop=[[]]), "stop sequence"),
        (lambda m: stream(m, [1], 3, temperature=-1.0), "temperature"),
        (lambda m: stream(m, [1], 3, top_k=0), "top_k"),
        (lambda m: stream(m, [1], 3, top_p=1.5), "top_p"),
        (lambda m: stream(m, [1], 3, repetition_penalty=0), "repetition_penalty"),
        (lambda m: generate(m, [17], 3), "0 to 16"),
    ],
)
def test_what_cannot_be_is_said_at_once(call, message):
    with pytest.raises(ValueError, match=message):
        call(MODELS["gpt2"])


# ---- choosing --------------------------------------------------------------------------------------
LOGITS = np.log(np.array([[0.1, 0.4, 0.2, 0.3]]))


def probabilities(**options):
    z = Sampler(**options).adjusted(LOGITS, np.array([[1]]))
    return (np.exp(z) / np.exp(z).sum()).round(9).tolist()[0]


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [0.1, 0.4, 0.2, 0.3]),
        ({"temperature": 0.5}, [1 / 30, 16 / 30, 4 / 30, 9 / 30]),
        ({"top_k": 2}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_k": 9}, [0.1, 0.4, 0.2, 0.3]),
        ({"top_p": 0.39}, [0, 1, 0, 0]),
        ({"top_p": 0.69}, [0, 4 / 7, 0, 3 / 7]),
        ({"top_p": 0.71}, [0, 4 / 9, 2 / 9, 3 / 9]),
        ({"top_p": 1.0}, [0.1, 0.4, 0.2, 0.3]),
        ({"top_p": 1e-9}, [0, 1, 0, 0]),
        ({"top_k": 3, "top_p": 0.7}, [0, 4 / 7, 0, 3 / 7]),
        ({"repetition_penalty": 2.0}, [10 / 76, 16 / 76, 20 / 76, 30 / 76]),
    ],
)
def test_distributions_by_hand(options, expected):
    np.testing.assert_allclose(probabilities(**options), expected, atol=1e-8)


def test_positive_logits_are_divided_by_the_penalty():
    z = Sampler(repetition_penalty=2.0).adjusted(np.array([[3.0, -3.0, 1.0]]), [[0, 0, 1]])
    assert z.tolist() == [[1.5, -6.0, 1.0]]
    assert Sampler(0, repetition_penalty=4.0)(np.array([[3.0, 2.0]]), [[0]]).tolist() == [1]


def test_ties_with_the_last_of_the_top_k_stay():
    z = Sampler(top_k=2).adjusted(np.array([[1.0, 1.0, 1.0, 0.0]]))
    assert np.isfinite(z).tolist() == [[True, True, True, False]]


def test_tokens_come_as_often_as_they_should():
    rng, n = np.random.default_rng(0), 40_000
    drawn = Sampler()(np.repeat(LOGITS, n, axis=0).astype(np.float32), rng=rng)
    share = np.bincount(drawn, minlength=4) / n
    np.testing.assert_allclose(share, np.exp(LOGITS[0]), atol=4 * np.sqrt(0.25 / n))


def test_what_has_no_probability_is_never_drawn():
    class Edges:  # the ends of [0, 1)
        def random(self, shape):
            return np.array([[0.0], [np.nextafter(1.0, 0.0)]])

    z = np.array([[-np.inf, 0.0, -np.inf, 0.0, -np.inf]] * 2)
    assert Sampler()(z, rng=Edges()).tolist() == [1, 3]


def test_logits_are_left_alone():
    z = LOGITS.copy()
    z.flags.writeable = False
    Sampler(0.5, 2, 0.5, 1.5)(z, [[1]], np.random.default_rng(0))
    assert (z == LOGITS).all()
