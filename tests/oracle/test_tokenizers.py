"""The same ids as tiktoken's, the same merges as Hugging Face's, the same words as the package regex's."""

import json
import unicodedata

import pytest
from hard_texts import HARD_TEXTS
from hypothesis import given
from hypothesis import strategies as st

from ml_from_scratch.datasets import load_python_topics
from ml_from_scratch.transformers import (
    BytePairTokenizer,
    load_gpt2,
    load_tiktoken,
    save_gpt2,
    save_tiktoken,
)
from ml_from_scratch.transformers.tokenizers import SplitRule
from ml_from_scratch.transformers.tokenizers.gpt2_files import byte_letters
from ml_from_scratch.transformers.tokenizers.splitting import ALL, compiled
from ml_from_scratch.transformers.tokenizers.training import count_words, learn_merges

# as tiktoken 0.14 spells them (openai_public.py: r50k_base, cl100k_base)
THEIR_RULES = {
    "gpt2": r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s""",
    "gpt4": r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s""",
}
PROSE = (
    "It's the theme of this thesis; they'll THROW 1234567 things, they've said.\n\n  Don't!\n" * 5
)
TEXT = "\n".join([*HARD_TEXTS * 2, PROSE, load_python_topics()[:100_000]])
KNOWN = [chr(i) for i in range(ALL + 1) if unicodedata.category(chr(i)) not in ("Cn", "Cs")]
END = "<|endoftext|>"
both_rules = pytest.mark.parametrize("rule", list(THEIR_RULES))


@pytest.fixture(scope="module")
def tokenizers():
    """Ours for each rule, with merges across all kinds of characters."""
    return {
        rule: BytePairTokenizer.train(TEXT, 600, split=rule, special_tokens=[END])
        for rule in THEIR_RULES
    }


# ---- tiktoken ------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def encodings(tokenizers):
    """tiktoken's Encoding of our merges, for each rule."""
    tiktoken = pytest.importorskip("tiktoken")
    return {
        rule: tiktoken.Encoding(
            "ours",
            pat_str=THEIR_RULES[rule],
            mergeable_ranks={token: i for i, token in enumerate(ours.vocabulary)},
            special_tokens=ours.special_tokens,
        )
        for rule, ours in tokenizers.items()
    }


@both_rules
def test_hard_texts_have_tiktokens_ids(rule, tokenizers, encodings):
    ours, theirs = tokenizers[rule], encodings[rule]
    assert len(ours.merges) == 600 - 257
    for text in [*HARD_TEXTS, PROSE, TEXT]:
        assert ours.encode(text) == theirs.encode(text)
    assert ours.vocab_size == theirs.n_vocab


@pytest.mark.slow
@both_rules
def test_every_known_character_has_tiktokens_ids(rule, tokenizers, encodings):
    ours, theirs = tokenizers[rule], encodings[rule]
    for form in ("a{0}", "'{0} ", " {0}{0}\n1"):
        text = "\x01".join(map(form.format, KNOWN))
        assert ours.encode(text) == theirs.encode_ordinary(text), form


@both_rules
@given(
    text=st.text(st.one_of(st.sampled_from("aeht 's\n\r\t1½!'\u2003🙂𝔘"), st.sampled_from(KNOWN)))
)
def test_any_text_has_tiktokens_ids(rule, text, tokenizers, encodings):
    assert tokenizers[rule].encode(text) == encodings[rule].encode(text)


@both_rules
@given(data=st.data())
def test_special_tokens_are_treated_as_tiktoken_does(rule, data, tokenizers, encodings):
    text = "".join(data.draw(st.lists(st.sampled_from([END, "the", " ", "<|", "<|endoftext"]))))
    allowed = data.draw(st.sampled_from(["all", set(), {END}]))
    disallowed = data.draw(st.sampled_from(["all", (), {END}]))
    options = {"allowed_special": allowed, "disallowed_special": disallowed}
    found = []
    for side in (tokenizers[rule], encodings[rule]):
        try:
            found.append(side.encode(text, **options))
        except ValueError:
            found.append("refused")
    assert found[0] == found[1]


@both_rules
@given(ids=st.lists(st.integers(0, 599)))
def test_any_ids_have_tiktokens_text(rule, ids, tokenizers, encodings):
    assert tokenizers[rule].decode(ids) == encodings[rule].decode(ids)
    assert tokenizers[rule].decode_bytes(ids) == encodings[rule].decode_bytes(ids)


@given(texts=st.lists(st.text("ab", max_size=50), min_size=1), n_merges=st.integers(0, 60))
def test_runs_and_overlaps_have_tiktokens_ids(texts, n_merges):
    tiktoken = pytest.importorskip("tiktoken")
    ours = BytePairTokenizer.train(texts, 256 + n_merges, min_count=1)
    ranks = {token: i for i, token in enumerate(ours.vocabulary)}
    theirs = tiktoken.Encoding(
        "ours", pat_str=THEIR_RULES["gpt4"], mergeable_ranks=ranks, special_tokens={}
    )
    for text in [*texts, "".join(texts), "".join(reversed(texts))]:
        assert ours.encode(text) == theirs.encode(text)


def test_tiktoken_reads_our_file_and_we_find_the_merges_in_it(tokenizers, tmp_path):
    load = pytest.importorskip("tiktoken.load")
    path = tmp_path / "ours.tiktoken"
    ours = tokenizers["gpt4"]
    save_tiktoken(path, ours)
    assert load.load_tiktoken_bpe(str(path)) == {t: i for i, t in enumerate(ours.vocabulary)}
    assert load_tiktoken(path, special_tokens=[END]) == ours


# ---- the package regex ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", [r"\p{L}", r"\p{N}", r"\s", r"\S", r"[^\s\p{L}\p{N}]", r"\p{M}"])
def test_classes_are_those_of_regex(name):
    regex = pytest.importorskip("regex")
    text = "".join(KNOWN)
    assert compiled(name).findall(text) == regex.findall(name, text)


@both_rules
@given(text=st.text(st.one_of(st.sampled_from("a 's\n\r\t1½!\u2003𝟘"), st.sampled_from(KNOWN))))
def test_words_are_those_of_regex(rule, text):
    regex = pytest.importorskip("regex")
    # there, $ also stands before a last line break
    theirs = THEIR_RULES[rule].replace("$", r"\Z")
    assert SplitRule(rule)(text) == regex.findall(theirs, text)


# ---- Hugging Face --------------------------------------------------------------------------------
def trained_by_hugging_face(texts, n_merges, folder):
    """Return what it trained, and what it wrote: vocab.json and merges.txt."""
    hf = pytest.importorskip("tokenizers")
    theirs = hf.Tokenizer(hf.models.BPE())
    theirs.pre_tokenizer = hf.pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.decoder = hf.decoders.ByteLevel()
    trainer = hf.trainers.BpeTrainer(
        vocab_size=257 + n_merges,
        min_frequency=2,
        show_progress=False,
        special_tokens=[END],
        initial_alphabet=hf.pre_tokenizers.ByteLevel.alphabet(),
    )
    theirs.train_from_iterator(texts, trainer)
    theirs.model.save(str(folder))
    return theirs


def test_merges_are_those_that_hugging_face_learns(tmp_path):
    texts = [TEXT]
    n_merges = 2000
    trained_by_hugging_face(texts, n_merges, tmp_path)
    lines = (tmp_path / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    # equal counts go by the smaller ids there, too, and bytes are numbered in the order of their letters
    letters = byte_letters()
    order = sorted(range(256), key=letters.__getitem__)
    renumbered = bytes(order.index(byte) for byte in range(256))
    words = count_words(texts, SplitRule("gpt2"))
    words = {word.translate(renumbered): count for word, count in words.items()}
    names = [letters[byte] for byte in order]
    for left, right, _ in learn_merges(words, n_merges):
        names.append(names[left] + names[right])
        assert f"{names[left]} {names[right]}" == lines[len(names) - 257]
    assert len(lines) == n_merges == len(names) - 256


def test_we_read_what_hugging_face_wrote(tmp_path):
    theirs = trained_by_hugging_face([TEXT], 300, tmp_path)
    ours = load_gpt2(tmp_path / "vocab.json", tmp_path / "merges.txt")
    assert ours.special_tokens == {END: 0} and ours.vocab_size == theirs.get_vocab_size()
    for text in [*HARD_TEXTS, PROSE]:
        if not set(text) & set("\x1c\x1d\x1e\x1f"):
            assert ours.encode(text) == theirs.encode(text).ids
            assert ours.decode(ours.encode(text)) == theirs.decode(theirs.encode(text).ids) == text


def test_hugging_face_reads_what_we_wrote(tokenizers, tmp_path):
    hf = pytest.importorskip("tokenizers")
    paths = [tmp_path / "vocab.json", tmp_path / "merges.txt"]
    ours = tokenizers["gpt2"]
    save_gpt2(*paths, ours)
    theirs = hf.Tokenizer(hf.models.BPE.from_file(*map(str, paths)))
    theirs.pre_tokenizer = hf.pre_tokenizers.ByteLevel(add_prefix_space=False)
    for text in [*HARD_TEXTS, PROSE]:
        assert theirs.encode(text).ids == ours.encode(text)
    assert json.loads(paths[0].read_text(encoding="utf-8")) == theirs.get_vocab()
