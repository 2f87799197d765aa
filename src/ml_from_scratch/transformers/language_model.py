"""A GPT learns a text: windows at random places of it, AdamW, and now and then a look at how it goes.

Nothing here is a loop: ``prepare_gpt`` puts the parts together for ``neural.Training``, whose epochs are
rounds of ``evaluate_every`` steps, each ended by the loss on windows of the held-out part, always the same
ones, and by a sample. The recipe is nanoGPT's (Karpathy, 2022): weight decay on matrices only, a warm-up,
half a cosine, clipped gradients.
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch.core import no_grad
from ml_from_scratch.datasets import RandomTokenWindows
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Callback, Training
from ml_from_scratch.optimizers import AdamW, ClipByGlobalNorm, Cosine, WarmUp, decay_matrices_only

from .generation import evaluating
from .gpt_config import make_gpt
from .writing import opening, write_text

WINDOWS, HELD_OUT, SAMPLES = (1,), (2,), (3,)  # the seed's streams of random numbers


def prepare_gpt(config, tokenizer, tokens, show=None, callbacks=()) -> Training:
    """Return the run that trains a GPT on a text, not yet begun; ``fit(config.n_rounds)`` begins it.

    Parameters
    ----------
    config : GPTConfig
    tokenizer : Tokenizer
        What made the tokens.
    tokens : integers (n,), or TokenFile
        The whole text; its end is held out.
    show : callable, optional
        Called with (steps made, a text that the model wrote) after every round.
    callbacks : sequence of Callback
        Called after that.

    Returns
    -------
    run : Training
        ``run.module`` is the GPT, ``run.history`` has "loss" and "val_loss" of every round.

    Raises
    ------
    ValueError
        If the text is too short for one window to learn from and one that is held out.

    Examples
    --------
    >>> from ml_from_scratch.transformers import CharTokenizer, GPTConfig
    >>> text = "to be or not to be, that is the question. " * 20
    >>> config = GPTConfig(n_layers=1, n_heads=2, d_model=16, context_length=8, n_steps=20,
    ...     evaluate_every=10, warm_up=2, learning_rate=0.01)
    >>> tokenizer = CharTokenizer.train(text)
    >>> run = prepare_gpt(config, tokenizer, np.array(tokenizer.encode(text)))
    >>> losses = run.fit(config.n_rounds)["val_loss"]
    >>> bool(losses[1] < losses[0] < np.log(tokenizer.vocab_size))
    True
    """
    learn, held_out = split_tokens(config, tokens)
    model = make_gpt(config, tokenizer.vocab_size)
    loss = CrossEntropy(from_logits=True)
    windows = RandomTokenWindows(
        learn, config.context_length, config.evaluate_every * config.batch_size
    )
    shown = [] if show is None or not config.sample_tokens else [Samples(config, tokenizer, show)]
    return Training(
        model,
        make_optimizer(config).attach(decay_matrices_only(model.parameters(), config.weight_decay)),
        lambda x, y: loss(model(x), y),
        windows,
        batch_size=config.batch_size,
        rng=stream_of(config.seed, WINDOWS),
        clip=None if config.clip is None else ClipByGlobalNorm(config.clip),
        evaluate=HeldOut(config, model, held_out),
        callbacks=[*shown, *callbacks],
    )


def make_optimizer(config) -> AdamW:
    """Return AdamW with the schedule of a config: up in a line, down along half a cosine."""
    fall = Cosine(config.learning_rate, config.n_steps - config.warm_up, config.lowest_rate)
    rate = WarmUp(fall, config.warm_up) if config.warm_up else fall
    return AdamW(learning_rate=rate, betas=config.betas, weight_decay=config.weight_decay)


def split_tokens(config, tokens) -> tuple:
    """Return (tokens to learn from, tokens held out), the end of the text."""
    tokens = np.asarray(getattr(tokens, "tokens", tokens))
    n = len(tokens) - round(config.validation * len(tokens))
    shorter, least = min(n, len(tokens) - n), config.context_length + 1
    if shorter < least:
        raise ValueError(
            f"the text is too short: of its {len(tokens)} tokens {n} are to learn from and "
            f"{len(tokens) - n} are held out, and each part needs {least}, a window of context_length="
            f"{config.context_length} and its targets. Take a longer text or a smaller context_length."
        )
    return tokens[:n], tokens[n:]


def stream_of(seed, key) -> np.random.Generator:
    """Return one of the streams of random numbers of a seed."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


class HeldOut:
    """The loss on windows of the held-out text, drawn once: called, it returns {"val_loss": ...}."""

    def __init__(self, config, model, tokens):
        self.model, self.loss, self.batch_size = (
            model,
            CrossEntropy(from_logits=True),
            config.batch_size,
        )
        n = config.n_evaluation_batches * config.batch_size
        self.windows = RandomTokenWindows(tokens, config.context_length, n)
        self.starts = self.windows.order(stream_of(config.seed, HELD_OUT))

    def __call__(self) -> dict:
        """Return the mean over all windows."""
        losses = []
        with evaluating(self.model), no_grad():
            for index in self.starts.reshape(-1, self.batch_size):
                x, y = self.windows.take(index)
                losses.append(float(self.loss(self.model(x), y)))
        return {"val_loss": float(np.mean(losses))}


class Samples(Callback):
    """Show what the model writes after every round; from a stream of its own, so training is not changed."""

    def __init__(self, config, tokenizer, show):
        self.config, self.tokenizer, self.show = config, tokenizer, show

    def on_epoch_end(self, run):
        """Write from a line break on."""
        rng = stream_of(self.config.seed, (*SAMPLES, run.n_steps))
        prompt = opening(self.tokenizer)
        n = self.config.sample_tokens
        self.show(run.n_steps, "".join(write_text(run.module, self.tokenizer, prompt, n, rng=rng)))
