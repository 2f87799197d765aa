"""Make the small random GPT-2 of the tests with transformers, and what it and its tokenizer answer.

    python scripts/make_gpt2_fixture.py

Needs torch, transformers and tokenizers; the tests that read the fixture need none of them.
"""

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from transformers import GPT2Config, GPT2LMHeadModel

FOLDER = Path(__file__).parents[1] / "tests" / "transformers" / "fixtures" / "gpt2_tiny"
END = "<|endoftext|>"
TEXT = "The cat's on the mat, and they'll say that we're there; it isn't so.  Then the rest, then more. "
STRINGS = [
    "The cat's on the mat.",
    "they'll we're I'd it's DON'T",
    "a  b   c\n\n\n d\t\te   ",
    "🙂👩‍👩‍👧 🇩🇪",
    "e\u0301 n\u0303o\u0308",
    "日本語 中文",
    "nul\0 byte",
    "שלום עולם مرحبا",
    f"one{END}two {END}",
    "12345 x1y2 ½ ²",
    "",
]


def main():
    """Train the byte pairs, draw the model, and write both with their answers."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(vocab_size=299, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([TEXT] * 4, trainer)
    tokenizer.model.save(str(FOLDER))
    tokenizer.add_special_tokens([END])
    ids = dict(sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]))
    text = json.dumps(ids, ensure_ascii=False)
    (FOLDER / "vocab.json").write_text(text, encoding="utf-8")

    torch.manual_seed(0)
    end = ids[END]
    sizes = {"vocab_size": len(ids), "n_positions": 32, "n_embd": 16, "n_layer": 2, "n_head": 2}
    config = GPT2Config(**sizes, bos_token_id=end, eos_token_id=end, initializer_range=0.3)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():  # biases and norms that are not 0 and 1, so that a mix-up shows
        for p in model.parameters():
            if p.ndim == 1:
                p.add_(0.2 * torch.randn_like(p))
    model.save_pretrained(FOLDER)
    (FOLDER / "generation_config.json").unlink(missing_ok=True)

    tokens = torch.tensor([tokenizer.encode(STRINGS[0] * 4).ids[:20], list(range(100, 120))])
    with torch.no_grad():
        logits = model(tokens).logits
        written = model.generate(
            tokens[:1, :5], max_new_tokens=12, do_sample=False, eos_token_id=None
        )
    expected = {
        "strings": [[s, tokenizer.encode(s).ids] for s in STRINGS],
        "tokens": tokens.tolist(),
        "positions": [0, 7, 19],
        "logits": [
            [[round(z, 7) for z in row] for row in t] for t in logits[:, [0, 7, 19]].tolist()
        ],
        "greedy": written[0].tolist(),
    }
    (FOLDER / "expected.json").write_text(json.dumps(expected), encoding="utf-8")


if __name__ == "__main__":
    main()
