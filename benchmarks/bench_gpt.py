"""A GPT beside the same GPT in torch: steps of training, writing with a cache, and a whole recipe.

Weights are the same on both sides, and the losses are compared before any clock starts. ``--train FILE``
trains nanoGPT's recipe for CPUs on a text, as ``configs/gpt_shakespeare_cpu.json`` has it, on both sides,
batch for batch, and compares the validation loss, the wall time and the peak memory. On Tiny Shakespeare its
own README tells of 1.88 (its log of 1.8857), on 20 batches of 12 windows. These are few: over ten seeds they
gave us 1.875 to 1.920, 1.902 on average, and the whole held-out text 1.895 to 1.917. The config's seed is the
one that came out lowest.

    python benchmarks/bench_gpt.py [--only step] [--json figures.json] [--strict]
    python benchmarks/bench_gpt.py --train FILE [--steps 2000] [--seed N] [--side ours|torch|both]
"""

from _compare import Suite  # first: it sets the number of threads

import argparse  # isort: skip
import resource  # isort: skip
import subprocess  # isort: skip
import sys  # isort: skip
import time  # isort: skip
from pathlib import Path  # isort: skip

import numpy as np  # isort: skip
from ml_from_scratch.core import no_grad  # isort: skip
from ml_from_scratch.experiments.config import read_choices  # isort: skip
from ml_from_scratch.experiments.reference.torch_gpt import cross_entropy, torch_gpt  # isort: skip
from ml_from_scratch.losses import CrossEntropy  # isort: skip
from ml_from_scratch.neural import Callback, GradientStep  # isort: skip
from ml_from_scratch.optimizers import AdamW, ClipByGlobalNorm  # isort: skip
from ml_from_scratch.transformers import CharTokenizer, GPTConfig, generate, gpt2  # isort: skip
from ml_from_scratch.transformers.language_model import make_optimizer, prepare_gpt  # isort: skip

suite = Suite("GPT, float32", reference="torch", packages=("torch",))
SMALL = {"n_layers": 4, "n_heads": 4, "d_model": 128, "context_length": 64}
CONFIG = Path(__file__).parents[1] / "configs" / "gpt_shakespeare_cpu.json"
LARGE = {"n_layers": 6, "n_heads": 6, "d_model": 384, "context_length": 256}
loss = CrossEntropy(from_logits=True)


class Ours:
    """Our side of a race: one call, one step."""

    def __init__(self, model, learning_rate=1e-3):
        matrices = [p for p in model.parameters() if p.data.ndim > 1]
        others = [p for p in model.parameters() if p.data.ndim == 1]
        groups = [{"parameters": matrices}, {"parameters": others, "weight_decay": 0.0}]
        optimizer = AdamW(learning_rate, betas=(0.9, 0.99), weight_decay=0.1).attach(groups)
        self.model, self.step = model, GradientStep(optimizer, ClipByGlobalNorm(1.0))

    def __call__(self, x, y):
        return self.step(lambda x, y: loss(self.model(x), y), x, y)[0]

    def evaluate(self, x, y):
        with no_grad():
            return float(loss(self.model(x), y))


class Torchs:
    """torch's, as one would write it there."""

    def __init__(self, model, learning_rate=1e-3, betas=(0.9, 0.99), weight_decay=0.1, clip=1.0):
        import torch

        torch.set_num_threads(1)
        self.model, self.torch = torch_gpt(model), torch
        matrices = [p for p in self.model.parameters() if p.ndim > 1]
        others = [p for p in self.model.parameters() if p.ndim == 1]
        groups = [{"params": matrices}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, 1e-3, betas=betas, weight_decay=weight_decay)
        self.clip = clip
        schedule = learning_rate if callable(learning_rate) else lambda step: learning_rate
        self.schedule, self.n_steps = schedule, 0

    def __call__(self, x, y):
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule(self.n_steps)
        self.n_steps += 1
        self.optimizer.zero_grad(set_to_none=True)
        value = cross_entropy(self.model, self.torch.from_numpy(x), self.torch.from_numpy(y))
        value.backward()
        self.torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimizer.step()
        return value.item()

    def evaluate(self, x, y):
        with self.torch.no_grad():
            return cross_entropy(
                self.model, self.torch.from_numpy(x), self.torch.from_numpy(y)
            ).item()


def steps(batch_size, sizes):
    """Return a step of each side; a call makes one, so both are as far at any time."""
    x, y = np.random.default_rng(0).integers(0, 65, (2, batch_size, sizes["context_length"]))
    sides = [side(gpt2(65, **sizes, use_bias=False, seed=0)) for side in (Ours, Torchs)]
    return {name: lambda side=side: side(x, y) for name, side in zip(("ours", "torch"), sides)}


@suite.case("step, 4 layers, 4 heads, 128, 12 x 64", agree=1e-3, bar=1.1, repeats=31)
def small_step():
    return steps(12, SMALL)


@suite.case("step, 6 layers, 6 heads, 384, 16 x 256", agree=1e-3, bar=1.3, repeats=5)
def large_step():
    return steps(16, LARGE)


# ---- writing ---------------------------------------------------------------------------------------
def writing(n_tokens, sizes):
    """Both sides write the same tokens, the most likely ones, with a cache."""
    import torch

    torch.set_num_threads(1)
    model = gpt2(65, **sizes, use_bias=False, seed=0)
    rng = np.random.default_rng(0)
    for p in model.parameters():  # larger weights, so that the tokens differ clearly
        p.assign(p.data * (8.0 if p.data.ndim > 1 else 1.0) + 0.01 * rng.standard_normal(p.shape))
    theirs = torch_gpt(model)
    return {
        "ours": lambda: np.array(generate(model, [1], n_tokens, temperature=0)),
        "torch": lambda: np.array(_write_in_torch(theirs, [1], n_tokens)),
    }


def _write_in_torch(theirs, prompt, n_tokens):
    """The loop that one writes in torch: a preallocated cache of keys and values for each block."""
    import torch

    heads, d = theirs.blocks[0].n_heads, theirs.tokens.shape[1]
    shape = (1, heads, theirs.positions.shape[0], d // heads)
    cache = [(torch.empty(shape), torch.empty(shape)) for _ in theirs.blocks]
    text = list(prompt)
    with torch.inference_mode():
        for _ in range(n_tokens):
            text.append(int(_next_logits(theirs, text, cache).argmax()))
    return text


def _next_logits(theirs, text, cache):
    import torch

    t = len(text) - 1
    h = (
        torch.nn.functional.embedding(torch.tensor([text[-1:]]), theirs.tokens)
        + theirs.positions[t]
    )
    for block, (keys, values) in zip(theirs.blocks, cache):
        C, n = h.shape[-1], block.n_heads
        q, k, v = (
            x.view(1, 1, n, C // n).transpose(1, 2) for x in block.qkv(block.norm_1(h)).split(C, 2)
        )
        keys[:, :, t : t + 1], values[:, :, t : t + 1] = k, v
        o = torch.nn.functional.scaled_dot_product_attention(
            q, keys[:, :, : t + 1], values[:, :, : t + 1]
        )
        h = h + block.output(o.transpose(1, 2).reshape(1, 1, C))
        inner = torch.nn.functional.gelu(block.inner(block.norm_2(h)), approximate="tanh")
        h = h + block.outer(inner)
    return (theirs.norm(h) @ theirs.tokens.T)[0, -1]


@suite.case("writing 255 tokens, 4 layers, 4 heads, 128", agree=0, bar=1.0, repeats=11)
def small_writing():
    return writing(255, {**SMALL, "context_length": 256})


@suite.case("writing 255 tokens, 6 layers, 6 heads, 384", agree=0, repeats=7)
def large_writing():
    return writing(255, LARGE)


# ---- nanoGPT's recipe for CPUs ---------------------------------------------------------------------
class Turns(Callback):
    """Counts the seconds of rounds; with a partner each begins when a line arrives, and ends with one."""

    def __init__(self, has_partner):
        self.has_partner, self.seconds = has_partner, 0.0

    def on_epoch_begin(self, run=None):
        if self.has_partner:
            sys.stdin.readline()
        self.start = time.perf_counter()

    def on_epoch_end(self, run=None):
        self.seconds += time.perf_counter() - self.start
        if self.has_partner:
            print("your turn", flush=True)


def recipe(options, config):
    """Train one side by the config; print its validation loss, time and peak memory."""
    with open(options.train, encoding="utf-8") as file:
        text = file.read()
    tokenizer, turns = CharTokenizer.train(text), Turns(options.in_turns)
    run = prepare_gpt(config, tokenizer, np.array(tokenizer.encode(text)), callbacks=[turns])
    if options.side == "ours":
        value = run.fit(config.n_rounds)["val_loss"][-1]
    else:
        value = fit_in_torch(run, config, turns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{options.side:6} validation loss {value:.4f}  {turns.seconds:6.1f} s  peak {peak:.0f} MB",
        flush=True,
    )


def fit_in_torch(run, config, turns):
    """Make the steps of a run of ours in torch, on the same windows, with as many looks at what is held out."""
    rate, rest = make_optimizer(config).learning_rate, (
        config.betas,
        config.weight_decay,
        config.clip,
    )
    theirs, source, held_out = Torchs(run.module, rate, *rest), run.source, run.evaluate
    for _ in range(config.n_rounds):
        turns.on_epoch_begin()
        for starts in source.order(run.rng).reshape(-1, config.batch_size):
            theirs(*source.take(starts))
        batches = held_out.starts.reshape(-1, config.batch_size)
        value = np.mean([theirs.evaluate(*held_out.windows.take(i)) for i in batches])
        turns.on_epoch_end()
    return value


def both_sides(n_rounds):
    """Train both, in turns, so that a slow moment of the machine meets both, each in a process of its own."""
    command = [sys.executable, *sys.argv, "--in-turns", "--side"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    sides = [subprocess.Popen([*command, side], **pipes) for side in ("ours", "torch")]
    for _ in range(n_rounds):
        for side in sides:
            side.stdin.write("\n")
            side.stdin.flush()
            side.stdout.readline()
    for side in sides:
        print(side.communicate()[0], end="")
        if side.returncode:
            sys.exit(side.returncode)


def main():
    if "--train" not in sys.argv:
        suite.main()
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", metavar="FILE", required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seed", type=int, help="another seed than the config's")
    parser.add_argument("--side", choices=["ours", "torch", "both"], default="both")
    parser.add_argument("--in-turns", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    choices = {**read_choices(CONFIG), "n_steps": options.steps, "sample_tokens": 0}
    if options.seed is not None:
        choices["seed"] = options.seed
    config = GPTConfig.from_dict(choices)
    if options.side == "both":
        both_sides(config.n_rounds)
    else:
        recipe(options, config)


if __name__ == "__main__":
    main()
