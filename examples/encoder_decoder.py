"""A transformer learns to read dates, in any of the ways that people write them.

    python examples/encoder_decoder.py [--steps 400] [--seed 0] [--plot looks.png]

The encoder reads "Tue, Mar 3, 1987" character by character; the decoder writes 1987-03-03, and at each
character looks at the source for what it needs. No rule of the calendar is given to it, only pairs. What it
writes is printed now and then; with ``--plot`` and matplotlib (the extra ``viz``) one sees where it looks.
Takes about half a minute.
"""

import argparse

import numpy as np

from ml_from_scratch.core import no_grad
from ml_from_scratch.datasets import CharacterVocabulary, make_dates
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import GradientStep
from ml_from_scratch.optimizers import Adam, ClipByGlobalNorm, Cosine
from ml_from_scratch.transformers import beams, greedy, transformer

N_SHOWN, LONGEST = 5, 11  # ten characters and the end


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--plot", metavar="PATH", help="save a picture of where the decoder looks here"
    )
    options = parser.parse_args()

    X, y = make_dates(20_000, random_state=options.seed)
    X_test, y_test = make_dates(400, random_state=options.seed + 1)
    unseen = ~np.isin(y_test, y)
    X_test, y_test = X_test[unseen], y_test[unseen]

    read, write = CharacterVocabulary(X), CharacterVocabulary(y)
    (source, lengths), (target, _) = read.encode(X), write.encode(y, marked=True)
    model = transformer(
        len(read), len(write), source.shape[1], n_layers=1, n_heads=4, d_model=64, seed=options.seed
    )
    loss = CrossEntropy(from_logits=True)
    optimizer = Adam(learning_rate=Cosine(0.004, n_steps=options.steps)).attach(model.parameters())
    step, rng = GradientStep(optimizer, ClipByGlobalNorm(1.0)), np.random.default_rng(options.seed)

    def compute_loss(source, lengths, target):
        logits = model(source, target[:, :-1], source_lengths=lengths)
        return loss(logits, target[:, 1:])  # what comes next, at each place

    def translate(texts):
        tokens, lengths = read.encode(texts)
        found = greedy(model, tokens, write.begin, write.end, LONGEST, source_lengths=lengths)
        return np.array(write.decode(found))

    width = max(len(text) for text in X_test[:N_SHOWN])
    print(f"{'step':>5}  {'loss':>6}  " + "  ".join(f"{text:{width}}" for text in X_test[:N_SHOWN]))
    for i in range(1, options.steps + 1):
        batch = rng.integers(0, len(X), 64)
        value, _ = step(compute_loss, source[batch], lengths[batch], target[batch])
        if i in (1, 25) or i % 50 == 0:
            shown = "  ".join(f"{text:{width}}" for text in translate(X_test[:N_SHOWN]))
            print(f"{i:5}  {value:6.3f}  {shown}", flush=True)

    right = np.mean(translate(X_test) == y_test)
    print(f"\nright on {len(y_test)} days that it has never seen: {right:.3f}")
    print(f"\nthe best that beam search finds for {str(X_test[0])!r}, by their scores:")
    tokens, _ = read.encode(X_test[:1])
    for score, found in beams(model, tokens, write.begin, write.end, LONGEST)[0]:
        print(f"  {score:8.3f}  {write.decode([found])[0]}")
    if options.plot:
        draw(model, read, write, X_test[0], translate(X_test[:1])[0], options.plot)
        print(f"where it looks is at {options.plot}")


def draw(model, read, write, text, iso, path):
    """Rows are characters as they are written, columns the characters that were read."""
    import matplotlib.pyplot as plt

    (source, _), (target, _) = read.encode([text]), write.encode([iso], marked=True)
    with no_grad():
        looks = model.eval().attention_weights(source, target[:, :-1])[-1][0].mean(axis=0)
    figure, axes = plt.subplots(figsize=(7, 4))
    image = axes.imshow(looks[:-1], cmap="Blues", vmin=0)  # the last row writes the end
    axes.set_xticks(range(len(text)), list(text))
    axes.set_yticks(range(len(iso)), list(iso))
    axes.set(
        xlabel="read", ylabel="written", title="Where the decoder looks, a mean over its heads"
    )
    figure.colorbar(image, label="weight of attention")
    figure.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    main()
