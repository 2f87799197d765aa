"""A rehearsal: try something out with a run of training, and have it back as it was, bit for bit."""

from __future__ import annotations

from contextlib import contextmanager


@contextmanager
def rehearsal(run):
    """Do with a run what you like, within ``with rehearsal(run): ...``.

    At the end weights, buffers, optimiser, learning rates, generators, history and place are what they
    were. No callback hears of what happens, and nothing is evaluated.

    Parameters
    ----------
    run : Training
        Not in the middle of a step.
    """
    names = ("callbacks", "evaluate", "values", "loss", "last_epoch")
    own = {name: getattr(run, name) for name in names}
    training, rate = run.module.training, run.optimizer.learning_rate
    options = [group.options for group in run.optimizer.groups]
    run.callbacks, run.evaluate = [], None
    state = run.state_dict()
    try:
        yield
    finally:
        run.optimizer.learning_rate = rate  # the very objects: a function could not be saved
        for group, before in zip(run.optimizer.groups, options):
            group.options = before
        run.load_state_dict(state)
        vars(run).update(own)
        run.module.train(training)
