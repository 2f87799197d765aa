"""A folder for a run: what a GPT learns, how, and how far it has come, so that it can always go on.

================  ==================================================================
config.json       every choice; another run can be started from it
tokenizer.txt     what made tokens of the text, for people to read
text.tokens       the text as numbers, mapped into memory in training
checkpoint.npz    all that is needed to go on bit for bit, written whole or not at all
log.jsonl         a line of numbers for each round, and for every tenth of it
================  ==================================================================

``config.json`` is written last: a folder that has it can be trained.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ml_from_scratch.core import checkpoint
from ml_from_scratch.core.checkpoint import CheckpointError
from ml_from_scratch.core.files import replacing
from ml_from_scratch.datasets import TokenFile, write_tokens
from ml_from_scratch.neural import Checkpointing, JSONLinesLogger, Training

from .gpt_config import GPTConfig, make_gpt, make_tokenizer
from .language_model import prepare_gpt, split_tokens
from .tokenizers import load_tokenizer

CONFIG, TOKENIZER, TOKENS = "config.json", "tokenizer.txt", "text.tokens"
CHECKPOINT, LOG = "checkpoint.npz", "log.jsonl"


class RunFolder:
    """A run that lies in a folder.

    Parameters
    ----------
    path : str or path-like
        A folder that ``RunFolder.create`` filled.

    Attributes
    ----------
    config : GPTConfig
    tokenizer : Tokenizer

    Raises
    ------
    ValueError
        If the folder holds no run, or one that was damaged.

    Examples
    --------
    >>> import tempfile
    >>> config = GPTConfig(n_layers=1, n_heads=1, d_model=8, context_length=8, n_steps=4, warm_up=1,
    ...     evaluate_every=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = RunFolder.create(folder, config, ["to be or not to be, " * 10])
    ...     history = run.training().fit(config.n_rounds)
    ...     RunFolder(folder).n_steps, len(history)
    (4, 2)
    """

    def __init__(self, path):
        self.path = Path(path)
        if not (self.path / CONFIG).exists():
            raise ValueError(f"{self.path} holds no run: there is no {CONFIG} in it.")
        self.config = read_config(self.path / CONFIG)
        self.tokenizer = load_tokenizer(self.path / TOKENIZER)

    @classmethod
    def create(cls, path, config, text) -> RunFolder:
        """Make a folder for a run on a text, given in pieces of str.

        Raises
        ------
        ValueError
            If there is something in the folder, or the text is too short for the config.
        """
        path = Path(path)
        _check_free(path)
        text = [text] if isinstance(text, str) else text
        tokenizer = make_tokenizer(config, text)
        os.makedirs(path, exist_ok=True)
        write_tokens(path / TOKENS, encoded(tokenizer, text), max(tokenizer.vocab_size, 1))
        split_tokens(config, TokenFile(path / TOKENS))
        tokenizer.save(path / TOKENIZER)
        write_config(path / CONFIG, config)
        return cls(path)

    @property
    def checkpoint(self) -> Path:
        """Where the state of the run is."""
        return self.path / CHECKPOINT

    def training(self, show=None, callbacks=()) -> Training:
        """Return the run of training, which goes on from the checkpoint if there is one.

        Parameters
        ----------
        show, callbacks
            As in ``prepare_gpt``.
        """
        tokens = TokenFile(self.path / TOKENS)
        if tokens.vocab_size != max(self.tokenizer.vocab_size, 1):
            raise ValueError(f"{self.path}: {TOKENS} was not made by the tokenizer beside it.")
        every = max(self.config.evaluate_every // 10, 1)
        keep = [
            JSONLinesLogger(self.path / LOG, every_steps=every),
            Checkpointing(self.checkpoint, every_steps=self.config.save_every),
        ]
        run = prepare_gpt(self.config, self.tokenizer, tokens, show, [*keep, *callbacks])
        if self.checkpoint.exists():
            self._restore(run, self._state())
        return run

    def model(self):
        """Return the GPT as the last checkpoint has it, and check that it fits the config."""
        if not self.checkpoint.exists():
            raise ValueError(
                f"{self.path} has no checkpoint yet: train for {self.config.save_every} steps at least."
            )
        model = make_gpt(self.config, self.tokenizer.vocab_size)
        state = self._state()
        self._restore(model, state["module"])
        return model.eval()

    @property
    def n_steps(self) -> int:
        """How many steps have been made, as the checkpoint says; 0 without one."""
        return self._state()["progress"]["n_steps"] if self.checkpoint.exists() else 0

    def _state(self) -> dict:
        state = checkpoint.load(self.checkpoint)
        if not isinstance(state, dict) or not {"module", "progress"} <= set(state):
            raise CheckpointError(f"{self.checkpoint} holds no run of training.")
        return state

    def _restore(self, part, state):
        try:
            part.load_state_dict(state)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{self.checkpoint} does not belong to the config beside it: {error}"
            ) from error


def encoded(tokenizer, pieces) -> Iterator[np.ndarray]:
    """Yield the tokens of a text that is given in pieces."""
    for piece in pieces:
        yield np.array(tokenizer.encode(piece), np.int64)


def write_config(path, config) -> None:
    """Write a config to a JSON file, whole or not at all."""
    with replacing(path) as file:
        file.write((json.dumps(config.to_dict(), indent=2) + "\n").encode())


def read_config(path) -> GPTConfig:
    """Return the config of a JSON file.

    Raises
    ------
    ValueError
        If it is not JSON, or holds something else than a config.
    """
    try:
        choices = json.loads(Path(path).read_bytes().decode("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}.") from None
    try:
        return GPTConfig.from_dict(choices)
    except (ValueError, TypeError) as error:
        raise type(error)(f"{path}: {error}") from None


def _check_free(path):
    if (path / CONFIG).exists():
        raise ValueError(
            f"{path} holds a run already. Go on with it (on the command line with --resume), or take "
            "another folder."
        )
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file: a run needs a folder.")
    others = sorted(p.name for p in path.iterdir()) if path.exists() else []
    others = [name for name in others if name not in (TOKENIZER, TOKENS) and name[-4:] != ".tmp"]
    if others:
        raise ValueError(f"{path} is not empty ({others[0]} is in it): take another folder.")
