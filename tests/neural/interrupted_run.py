"""A training run that can be killed: python interrupted_run.py CHECKPOINT OUT [STEP TO DIE AT].

It goes on from CHECKPOINT if that exists, and writes what came of it to OUT.
"""

import os
import signal
import sys

import numpy as np

from ml_from_scratch.core import checkpoint
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import (
    L2,
    Callback,
    Checkpointing,
    Dense,
    Dropout,
    EarlyStopping,
    Model,
    ReLU,
)
from ml_from_scratch.optimizers import Adam, ClipByGlobalNorm, Plateau, WarmUp


class Killed(Callback):
    """Dies in the middle of a step's work, without a word."""

    def __init__(self, step):
        self.step = step

    def on_step_end(self, run):
        if run.n_steps == self.step:
            os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def train(path, every_steps=3, die_at=None):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 8))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    layers = [Dense(16, input_dim=8, regularizer=L2(1e-3)), ReLU(), Dropout(0.3)]
    model = Model([*layers, Dense(8), ReLU(), Dropout(0.2), Dense(2)], seed=0)
    schedule = WarmUp(Plateau(0.02, factor=0.5, patience=1), 5)
    model.compile(
        Adam(learning_rate=schedule),
        CrossEntropy(from_logits=True),
        metrics=["accuracy"],
        clip=ClipByGlobalNorm(0.5),
    )
    callbacks = [
        Checkpointing(path, every_epochs=2, every_steps=every_steps),
        EarlyStopping(patience=6),
    ]
    if die_at:
        callbacks.insert(0, Killed(die_at))
    history = model.fit(
        X,
        y,
        epochs=12,
        batch_size=7,
        validation_split=0.25,
        callbacks=callbacks,
        verbose=0,
        sample_weight=rng.uniform(0.5, 1.5, 60),
        resume_from=path if os.path.exists(path) else None,
    )
    return {
        "weights": model.state_dict(),
        "history": history.history,
        "epochs": history.epochs,
        "optimizer": model.optimizer.state_dict(),
        "masks": model[2](np.ones((3, 16), np.float32)),
        "order": model.shuffling.permutation(20),
        "best_epoch": callbacks[-1].best_epoch,
    }


if __name__ == "__main__":
    path, out, *die_at = sys.argv[1:]
    checkpoint.save(out, train(path, die_at=int(die_at[0]) if die_at else None))
