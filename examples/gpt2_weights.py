"""A GPT-2 from a folder in Hugging Face's format, writing on from a prompt; nothing is fetched.

    python examples/gpt2_weights.py [FOLDER] [--prompt "..."] [--tokens 40]

FOLDER has config.json, model.safetensors, vocab.json and merges.txt, as the published GPT-2 does. Without
it the tests' tiny random model is read, which writes nonsense.
"""

import argparse
import codecs
from pathlib import Path

from ml_from_scratch.transformers import load_gpt2, load_gpt2_model, stream

FIXTURE = Path(__file__).parents[1] / "tests" / "transformers" / "fixtures" / "gpt2_tiny"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FIXTURE)
    parser.add_argument("--prompt", default="The cat's on the mat, and")
    parser.add_argument("--tokens", type=int, default=40, help="how many to write")
    parser.add_argument("--top-k", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    if options.folder == FIXTURE:
        print(
            "no folder given: this is the tests' tiny model of random weights, and writes nonsense\n"
        )
    model = load_gpt2_model(options.folder)
    tokenizer = load_gpt2(options.folder / "vocab.json", options.folder / "merges.txt")
    n_weights = sum(p.data.size for p in model.parameters())
    print(f"{n_weights:,} weights, {model.vocab_size:,} tokens, context {model.context_length}\n")

    prompt = tokenizer.encode(options.prompt)
    print(options.prompt, end="", flush=True)
    end = tokenizer.special_tokens.get("<|endoftext|>")
    letters = codecs.getincrementaldecoder("utf-8")("replace")  # a letter may take several tokens
    vocabulary = dict(zip(tokenizer.ids or range(len(tokenizer.vocabulary)), tokenizer.vocabulary))
    new = {"top_k": min(options.top_k, model.vocab_size), "rng": options.seed}
    for token in stream(model, prompt, options.tokens, **new):
        if token == end:
            break
        print(letters.decode(vocabulary.get(token, b"")), end="", flush=True)
    print()


if __name__ == "__main__":
    main()
