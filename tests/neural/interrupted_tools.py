"""A run with all tools that can be killed: python interrupted_tools.py FOLDER OUT [BATCH TO DIE AT].

A network learns which token comes next, from windows at random places of a file. FOLDER keeps the file of
tokens, the checkpoint and the log; what came of it is written to OUT.
"""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np

from ml_from_scratch.core import Parameter, checkpoint
from ml_from_scratch.datasets import RandomTokenWindows, TokenFile, TokenWindows, write_tokens
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    Checkpointing,
    Dense,
    Diagnostics,
    Dropout,
    EarlyStopping,
    ExponentialMovingAverage,
    JSONLinesLogger,
    Layer,
    Model,
    Perplexity,
    ReLU,
    Training,
)
from ml_from_scratch.optimizers import AdamW, ClipByGlobalNorm, Cosine, WarmUp


class Table(Layer):
    """A vector for each of 12 tokens."""

    def create(self, input_shape, rng):
        self.weight = Parameter(rng.normal(0.0, 1.0, (12, 8)).astype(self.dtype))

    def output_shape(self, input_shape):
        return (*input_shape, 8)

    def forward(self, x):
        return self.weight[x]


def noisy(batch, rng):
    """Some tokens are replaced by others."""
    x, y = batch
    return np.where(rng.random(x.shape) < 0.1, rng.integers(0, 12, x.shape), x), y


def train(folder, die_at=None):
    rng = np.random.default_rng(0)
    if not (folder / "tokens").exists():
        write_tokens(folder / "tokens", np.cumsum(rng.integers(1, 3, 4000)) % 12, vocab_size=12)
    learn, held_out = TokenFile(folder / "tokens").split(0.1)
    net = Model([Table(), Dense(16), ReLU(), Dropout(0.2), Dense(12)], seed=0).build((9,))
    loss, perplexity, seen = CrossEntropy(from_logits=True), Perplexity(), []
    perplexity.loss = loss

    def compute_loss(x, y):
        seen.append(x)
        if len(seen) == die_at:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
        logits = net(x)
        perplexity.update(y, logits.data)
        return loss(logits, y), {"weight": y.size}

    def evaluate():
        x, y = TokenWindows(held_out, 9).take(np.arange(20))
        net.eval()
        return {"val_loss": float(loss(net(x).data, y))}

    average = ExponentialMovingAverage(0.9, evaluate=True)
    run = Training(
        net,
        AdamW(learning_rate=WarmUp(Cosine(0.02, 40), 5)).attach(net.parameters()),
        compute_loss,
        RandomTokenWindows(learn, context_length=9, n_samples=50),
        batch_size=6,
        rng=1,
        accumulate=2,
        augment=noisy,
        clip=ClipByGlobalNorm(1.0),
        metrics={"perplexity": perplexity},
        evaluate=evaluate,
        callbacks=[
            EarlyStopping(patience=3),
            average,
            Diagnostics(every_epochs=2, show=lambda text: None),
            JSONLinesLogger(folder / "log", every_steps=1),
            Checkpointing(folder / "run", every_epochs=None, every_steps=3),
        ],
    )
    resumed = (folder / "run").exists()
    run.fit(6, checkpoint.load(folder / "run") if resumed else None)
    lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
    return {
        "weights": net.state_dict(),
        "average": average.averages[0],
        "history": run.history.history,
        "order": run.rng.random(3),
        "masks": net[3].train()(np.ones((4, 16), np.float32)),
        "log": [{n: v for n, v in line.items() if n != "seconds"} for line in lines],
    }


if __name__ == "__main__":
    folder, out, *die_at = sys.argv[1:]
    checkpoint.save(out, train(Path(folder), int(die_at[0]) if die_at else None))
