"""The commands ``mlfs gpt``: train a language model on a text, let it write, measure it."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import tempfile
from pathlib import Path

from ..datasets import TextFile, TokenFile, load_python_topics, write_tokens
from ..neural import Callback, NonFiniteError
from ..neural.progress import Progress
from ..neural.storage import save_run
from ..transformers import GPTConfig, RunFolder, mean_loss, write_text
from ..transformers.run_folder import encoded, write_config
from ..transformers.writing import opening
from .config import read_choices

SIZES = {  # the flags that set a key of the config, and their types
    "--n-layers": int,
    "--n-heads": int,
    "--d-model": int,
    "--context-length": int,
    "--batch-size": int,
    "--learning-rate": float,
    "--vocab-size": int,
    "--save-every": int,
    "--evaluate-every": int,
}
FORGIVEN = (ValueError, TypeError, OSError, ImportError, RuntimeError)  # said in one sentence


def add_gpt(commands) -> None:
    """Add the commands to a command line."""
    gpt = commands.add_parser("gpt", help="train a GPT on a text, and let it write")
    gpt.set_defaults(run=lambda options: (gpt.print_help(), 0)[1])
    parts = gpt.add_subparsers(title="commands", metavar="COMMAND")
    _add_train(parts.add_parser("train", help="train on a text"))
    _add_sample(parts.add_parser("sample", help="write"))
    measure = parts.add_parser("perplexity", help="say how well it foresees a text")
    measure.add_argument("folder", metavar="RUN")
    measure.add_argument("file", metavar="FILE")
    measure.set_defaults(run=_told(_perplexity))


def _add_train(train):
    train.add_argument("file", nargs="?", metavar="FILE",
                       help="a text in UTF-8 (default: the documentation that ships with Python)")  # fmt: skip
    train.add_argument("--config", metavar="FILE", help="choices, in JSON or YAML")
    train.add_argument("--out", required=True, metavar="RUN", help="the folder of the run")
    train.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    train.add_argument("--steps", type=int, dest="n_steps", help="how many steps in all")
    train.add_argument("--seed", type=int, help="the seed of everything random")
    for flag, kind in SIZES.items():
        train.add_argument(flag, type=kind, help=argparse.SUPPRESS if "every" in flag else None)
    train.set_defaults(run=_told(_train))


def _add_sample(sample):
    sample.add_argument("folder", metavar="RUN")
    sample.add_argument("--prompt", metavar="TEXT", help="what the text begins with")
    sample.add_argument("--tokens", type=int, default=500, help="how many at most (default: 500)")
    sample.add_argument("--temperature", type=float, default=1.0)
    sample.add_argument("--top-k", type=int)
    sample.add_argument("--top-p", type=float)
    sample.add_argument("--stop", metavar="TEXT", action="append", default=[])
    sample.add_argument("--seed", type=int, default=0)
    sample.set_defaults(run=_told(_sample))


def _told(command):
    """Return a command whose mistakes are told in one sentence, with the exit status 2."""

    def run(options) -> int:
        try:
            return command(options)
        except NonFiniteError as error:
            message, status = error, 1
        except BrokenPipeError:
            return 0  # whoever read has seen enough
        except FileNotFoundError as error:
            message, status = f"there is no file {error.filename}.", 2
        except FORGIVEN as error:
            message, status = error, 2
        print(f"mlfs gpt: {message}", file=sys.stderr)
        return status

    return run


# ---- training ----------------------------------------------------------------------------------------
def _train(options) -> int:
    folder = _resumed(options) if options.resume else _begun(options)
    stop = StopOnInterrupt(folder.checkpoint)
    run = folder.training(_show, [Steps(), stop])
    config = folder.config
    n_parameters = sum(p.data.size for p in run.module.parameters())
    print(
        f"{folder.path}: {run.n_steps} of {config.n_steps} steps made; "
        f"{folder.tokenizer.vocab_size} different tokens, {n_parameters:,} parameters",
        flush=True,
    )
    try:
        with stop:
            run.fit(config.n_rounds)
    except KeyboardInterrupt:
        print(
            f"\nstopped after step {folder.n_steps}; go on with:\n"
            f"  mlfs gpt train --out {folder.path} --resume",
            file=sys.stderr,
        )
        return 130
    print(f"Let it write:\n  mlfs gpt sample {folder.path}")
    return 0


def _begun(options) -> RunFolder:
    choices = read_choices(options.config) if options.config else {}
    choices = {**choices, **_flags(options)}
    if options.file:
        choices["text"] = options.file
    if options.vocab_size:
        choices["tokenizer"] = "byte_pairs"
    if options.n_steps:  # few steps are one round, with a warm-up that fits
        for name in ("evaluate_every", "warm_up"):
            usual = choices.get(name, getattr(GPTConfig, name))
            least = options.n_steps if name == "evaluate_every" else options.n_steps // 10
            choices[name] = min(usual, least) if isinstance(usual, int) else usual
    config = GPTConfig.from_dict(choices)
    text = [load_python_topics()] if config.text is None else TextFile(config.text)
    return RunFolder.create(options.out, config, text)


def _resumed(options) -> RunFolder:
    given = {**_flags(options), "file": options.file, "config": options.config}
    given.pop("n_steps", None)
    others = [name for name, value in given.items() if value is not None]
    if others:
        raise ValueError(
            f"--resume goes on with the text and the choices of {options.out}: leave out {', '.join(others)}."
        )
    folder = RunFolder(options.out)
    if options.n_steps is not None and options.n_steps != folder.config.n_steps:
        write_config(
            folder.path / "config.json",
            GPTConfig.from_dict({**folder.config.to_dict(), "n_steps": options.n_steps}),
        )
        folder = RunFolder(options.out)
    return folder


def _flags(options) -> dict:
    names = ["n_steps", "seed", *(flag[2:].replace("-", "_") for flag in SIZES)]
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _show(step, text):
    print(f"---- after {step} steps it writes:{text}\n----", flush=True)


class Steps(Progress):
    """Progress in steps."""

    def title(self, run, epoch):
        """Say how many steps that is."""
        return f"step {epoch * run.n_batches}/{run.last_epoch * run.n_batches}"


class StopOnInterrupt(Callback):
    """Ctrl-C ends training after the step in progress, whose state is written first; twice, at once.

    Parameters
    ----------
    path : path
        Where the checkpoint goes.
    """

    def __init__(self, path):
        self.path, self.asked, self.before = path, False, None

    def __enter__(self):
        self.before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_):
        signal.signal(signal.SIGINT, self.before)

    def _ask(self, *_):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def on_step_end(self, run):
        """Write the checkpoint and stop, if that was asked for."""
        if self.asked:
            save_run(self.path, run)
            raise KeyboardInterrupt


# ---- a model that is there ---------------------------------------------------------------------------
def _sample(options) -> int:
    folder = RunFolder(options.folder)
    prompt = opening(folder.tokenizer) if options.prompt is None else options.prompt
    pieces = write_text(
        folder.model(),
        folder.tokenizer,
        prompt,
        options.tokens,
        stop=options.stop,
        temperature=options.temperature,
        top_k=options.top_k,
        top_p=options.top_p,
        rng=options.seed,
    )
    out = sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(encoding="utf-8")  # what a model writes is any text
    print(options.prompt or "", end="")
    for piece in pieces:
        print(piece, end="", flush=True)
    print()
    return 0


def _perplexity(options) -> int:
    folder = RunFolder(options.folder)
    text, model = TextFile(options.file), folder.model()
    with tempfile.TemporaryDirectory() as beside:
        path = Path(beside) / "text.tokens"
        write_tokens(path, encoded(folder.tokenizer, text), max(folder.tokenizer.vocab_size, 1))
        tokens = TokenFile(path)
        loss, n = mean_loss(model, tokens), len(tokens)
        del tokens  # the map is closed before the folder goes
    n_bytes = sum(len(piece.encode()) for piece in text)
    bits = loss * (n - 1) / math.log(2) / n_bytes
    print(f"{n:,} tokens: perplexity {math.exp(min(loss, 700.0)):.4f}, loss {loss:.4f} nats a token, "
          f"{bits:.4f} bits a byte")  # fmt: skip
    return 0
