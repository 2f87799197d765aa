"""What a GPT that learns a text is made of, and how it is trained: every choice by its name, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from ml_from_scratch.core.checks import check_choice, check_number

from .gpt import gpt2, llama
from .tokenizers import BytePairTokenizer, CharTokenizer

COUNTS = ("n_layers", "n_heads", "d_model", "context_length", "batch_size", "n_steps",
          "evaluate_every", "n_evaluation_batches", "save_every")  # fmt: skip
SHARES = ("validation", "dropout")


@dataclass(frozen=True)
class GPTConfig:
    """The choices of a run; the defaults are a recipe for one core and a few minutes.

    Parameters
    ----------
    text : str, optional
        The file to learn, as a note of where the tokens came from; without one, the documentation that
        ships with Python.
    tokenizer : {"characters", "byte_pairs"}
        What a token is.
    vocab_size : int, optional
        Of byte pairs; characters have their own number.
    validation : float
        The share at the end of the text that is held out.
    architecture : {"gpt2", "llama"}
        Whose parts the blocks have; Llama's have neither dropout nor biases.
    n_layers, n_heads, d_model, context_length : int
        The sizes of the network.
    dropout : float
        Of the network.
    use_bias : bool
        Whether dense layers and norms have biases.
    batch_size : int
        Windows of context_length tokens in a step.
    n_steps : int
        How many steps; a multiple of evaluate_every.
    learning_rate, lowest_rate : float
        Where the cosine begins, and where it ends at the last step.
    warm_up : int
        Steps in which the rate climbs up to there.
    betas : pair of float
        AdamW's.
    weight_decay : float
        AdamW's, of matrices only.
    clip : float, optional
        The largest norm of all gradients together.
    evaluate_every : int
        Steps between two looks at the validation loss, and at a sample.
    n_evaluation_batches : int
        How many batches of windows that loss is a mean over: the same ones each time.
    sample_tokens : int
        How much is written for a sample; 0 is none.
    save_every : int
        Steps between two checkpoints.
    seed : int
        Where weights, windows and samples come from.

    Raises
    ------
    ValueError, TypeError
        If a choice is out of its range.

    Examples
    --------
    >>> config = GPTConfig(n_layers=2, n_steps=500)
    >>> config.n_rounds, GPTConfig.from_dict(config.to_dict()) == config
    (2, True)
    """

    text: str | None = None
    tokenizer: str = "characters"
    vocab_size: int | None = None
    validation: float = 0.1
    architecture: str = "gpt2"
    n_layers: int = 4
    n_heads: int = 4
    d_model: int = 128
    context_length: int = 64
    dropout: float = 0.0
    use_bias: bool = False
    batch_size: int = 12
    n_steps: int = 2000
    learning_rate: float = 1e-3
    lowest_rate: float = 1e-4
    warm_up: int = 100
    betas: tuple = (0.9, 0.99)
    weight_decay: float = 0.1
    clip: float | None = 1.0
    evaluate_every: int = 250
    n_evaluation_batches: int = 20
    sample_tokens: int = 200
    save_every: int = 250
    seed: int = 0

    def __post_init__(self):
        object.__setattr__(self, "betas", _pair(self.betas))
        check_choice("tokenizer", self.tokenizer, ("characters", "byte_pairs"))
        check_choice("architecture", self.architecture, ("gpt2", "llama"))
        for name in COUNTS:
            check_number(name, getattr(self, name), least=1, integer=True)
        for name in SHARES:
            check_number(name, getattr(self, name), least=0, below=1)
        for name in ("warm_up", "sample_tokens", "seed"):
            check_number(name, getattr(self, name), least=0, integer=True)
        check_number("validation", self.validation, above=0)
        check_number("learning_rate", self.learning_rate, above=0)
        check_number("lowest_rate", self.lowest_rate, least=0, most=self.learning_rate)
        check_number("weight_decay", self.weight_decay, least=0)
        check_number("clip", self.clip, above=0, optional=True)
        if not isinstance(self.use_bias, bool):
            raise TypeError(f"use_bias is true or false; got {self.use_bias!r}.")
        self._check_together()

    def _check_together(self):
        """Check what depends on two choices."""
        if (self.tokenizer == "byte_pairs") != (self.vocab_size is not None):
            raise ValueError(
                "vocab_size is the size of a vocabulary of byte pairs: give both tokenizer='byte_pairs' "
                "and vocab_size, or, for characters, neither."
            )
        check_number("vocab_size", self.vocab_size, least=256, integer=True, optional=True)
        if self.d_model % self.n_heads:
            raise ValueError(f"n_heads={self.n_heads} must divide d_model={self.d_model}.")
        if self.architecture == "llama" and (self.dropout or self.use_bias):
            raise ValueError(
                "llama has neither dropout nor biases: leave dropout=0, use_bias=false."
            )
        if self.warm_up >= self.n_steps:
            raise ValueError(
                f"warm_up={self.warm_up} steps leave nothing of n_steps={self.n_steps}."
            )
        if self.n_steps % self.evaluate_every:
            fewer = self.n_steps // self.evaluate_every * self.evaluate_every
            raise ValueError(
                f"n_steps={self.n_steps} is no multiple of evaluate_every={self.evaluate_every}: take "
                f"{f'{fewer} or ' if fewer else ''}{fewer + self.evaluate_every} steps, or evaluate at other times."
            )

    @property
    def n_rounds(self) -> int:
        """How many times the model is evaluated: the epochs of the training run."""
        return self.n_steps // self.evaluate_every

    def to_dict(self) -> dict:
        """Return the choices by name, in values that JSON has."""
        return {**asdict(self), "betas": list(self.betas)}

    @classmethod
    def from_dict(cls, choices) -> GPTConfig:
        """Return the config of a dict.

        Raises
        ------
        ValueError
            If a key is unknown; says which are known.
        """
        if not isinstance(choices, Mapping):
            raise ValueError(f"a config is a table of names and values; got {choices!r}.")
        known = [field.name for field in fields(cls)]
        unknown = sorted(str(name) for name in choices if name not in known)
        if unknown:
            raise ValueError(
                f"a config has no {', '.join(unknown)}; its keys are: {', '.join(known)}."
            )
        return cls(**choices)


def make_tokenizer(config, text):
    """Return the tokenizer that a config asks for, made from a text (a str, or several)."""
    if config.tokenizer == "characters":
        return CharTokenizer.train(text)
    return BytePairTokenizer.train(text, config.vocab_size)


def make_gpt(config, vocab_size):
    """Return the network that a config asks for, its weights drawn from the config's seed."""
    sizes = (vocab_size, config.context_length, config.n_layers, config.n_heads, config.d_model)
    if config.architecture == "llama":
        return llama(*sizes, seed=config.seed)
    return gpt2(*sizes, dropout=config.dropout, use_bias=config.use_bias, seed=config.seed)


def _pair(betas) -> tuple:
    if not isinstance(betas, (list, tuple)) or len(betas) != 2:
        raise ValueError(
            f"betas are two numbers from 0 to below 1, as in [0.9, 0.99]; got {betas!r}."
        )
    return tuple(check_number("betas", beta, least=0, below=1) for beta in betas)
