"""An attention layer learns to look things up, and shows where it looks.

    python examples/attention_classifier.py [--pairs 8] [--seed 0] [--plot looks.png]

A sample is a small dictionary, pairs of a letter and a digit in any order, and one of its letters as the
question; the class is the digit that belongs to it. Counting does not help: who guesses among the digits
that are there is right once in as many times as there are pairs. The letter asked for becomes the query,
the pairs become keys and values, and the weights say which pair the answer was taken from. With ``--plot``
and matplotlib (the extra ``viz``) they are drawn.
"""

import argparse

import numpy as np

from ml_from_scratch.core import Module, no_grad
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Dense, Embedding, MultiHeadAttention, Training, seed_layers
from ml_from_scratch.optimizers import Adam

ALPHABET = np.array(list("abcdefghijklmnopqrstuvwxyz"))


class LookUp(Module):
    """A letter's vector asks, the vectors of pairs answer, a dense layer reads the digit."""

    def __init__(self, d_model=32, seed=None):
        self.letters, self.digits = Embedding(26, d_model), Embedding(10, d_model)
        self.attention = MultiHeadAttention(d_model, n_heads=2)
        self.scores = Dense(10)
        self.seed = seed_layers(self, seed)

    def forward(self, letters, digits, asked):
        """Letters and digits (batch, pairs), asked (batch,): scores (batch, 10)."""
        question, pairs = self.vectors(letters, digits, asked)
        return self.scores(self.attention(question, context=pairs)[:, 0])

    def looks(self, letters, digits, asked):
        """How much of each pair goes into the answer, a mean over the heads: (batch, pairs)."""
        question, pairs = self.vectors(letters, digits, asked)
        return self.attention.attention_weights(question, context=pairs)[:, :, 0].mean(axis=1)

    def vectors(self, letters, digits, asked):
        """The question as (batch, 1, d_model), the pairs as (batch, pairs, d_model)."""
        return self.letters(asked)[:, None], self.letters(letters) + self.digits(digits)


def make_dictionaries(n_samples, n_pairs, rng):
    """Return letters, digits, the letters asked for, and the digits that belong to them."""
    letters = rng.permuted(np.tile(np.arange(26), (n_samples, 1)), axis=1)[:, :n_pairs]
    digits = rng.integers(0, 10, (n_samples, n_pairs))
    place = rng.integers(0, n_pairs, n_samples)
    rows = np.arange(n_samples)
    return letters, digits, letters[rows, place], digits[rows, place]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", metavar="PATH", help="save the weights of some samples here")
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    train = make_dictionaries(8_000, options.pairs, rng)
    *test, answers = make_dictionaries(1_000, options.pairs, rng)

    network, loss = LookUp(seed=options.seed), CrossEntropy(from_logits=True)
    network(*(x[:1] for x in train[:3]))  # the first batch tells the layers their shapes

    def compute_loss(letters, digits, asked, y):
        return loss(network(letters, digits, asked), y)

    def accuracy():
        network.eval()
        with no_grad():
            right = np.mean(network(*test).argmax(axis=1) == answers)
        print(f"accuracy on {len(answers)} unseen dictionaries: {right:.3f}")
        return {"accuracy": right}

    optimizer = Adam(learning_rate=0.005).attach(network.parameters())
    run = Training(
        network, optimizer, compute_loss, train, batch_size=100, rng=0, evaluate=accuracy
    )
    run.fit(options.epochs)

    with no_grad():
        looks = network.eval().looks(*test)
    print(f"\nguessing among the digits that are there: about {1 / options.pairs:.3f}")
    print("\nwhere it looks, in per cent:")
    for i in range(3):
        show(*(x[i] for x in test), looks[i])
    if options.plot:
        draw(test, looks, options.plot)
        print(f"the weights are at {options.plot}")


def show(letters, digits, asked, weights):
    """One dictionary, and under each pair how much of it went into the answer."""
    print(
        f"\n  {ALPHABET[asked]}?  "
        + "  ".join(f"{ALPHABET[a]}={b}" for a, b in zip(letters, digits))
    )
    print("      " + "  ".join(f"{100 * w:3.0f}" for w in weights))


def draw(test, looks, path, n_shown=10):
    """Rows are questions, columns are pairs."""
    import matplotlib.pyplot as plt

    letters, digits, asked = test
    figure, axes = plt.subplots(figsize=(7, 5))
    image = axes.imshow(looks[:n_shown], cmap="Blues", vmin=0, vmax=1)
    for i in range(n_shown):
        for j, (a, b) in enumerate(zip(letters[i], digits[i])):
            axes.text(j, i, f"{ALPHABET[a]}={b}", ha="center", va="center", color="C1")
    axes.set_yticks(range(n_shown), [f"{a}?" for a in ALPHABET[asked[:n_shown]]])
    axes.set(xlabel="pair", ylabel="question", title="Where the answer is taken from")
    figure.colorbar(image, label="weight of attention")
    figure.savefig(path, bbox_inches="tight")


if __name__ == "__main__":
    main()
