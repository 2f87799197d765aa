"""A training step of 784-256-128-10 with Adam at batch 128, beside torch, autograd and MyGrad.

A step is everything: forward, loss, backward, update. All sides start from the same weights and see the
same batch; the first losses and gradients are compared before any clock starts. "fit" is a whole epoch
through ``Model.fit`` (shuffling, checks and history included) beside torch's usual loop.

    python benchmarks/bench_mlp.py [--only step] [--json figures.json] [--strict]
"""

from _compare import Suite  # first: it sets the number of threads

import numpy as np  # isort: skip
from ml_from_scratch.losses import CrossEntropy  # isort: skip
from ml_from_scratch.neural import Dense, GradientStep, Model, ReLU  # isort: skip
from ml_from_scratch.optimizers import Adam  # isort: skip

SIZES, BATCH, N_BATCHES = (784, 256, 128, 10), 128, 32
rng = np.random.default_rng(0)
X = rng.random((BATCH * N_BATCHES, SIZES[0]), dtype=np.float32)
Y = rng.integers(0, SIZES[-1], len(X))
suite = Suite(
    f"Training {'-'.join(map(str, SIZES))}, Adam, batch {BATCH}, float32",
    reference="torch",
    packages=("torch", "autograd", "mygrad"),
)


def make_model():
    layers = [Dense(SIZES[1], input_dim=SIZES[0]), ReLU(), Dense(SIZES[2]), ReLU(), Dense(SIZES[3])]
    model = Model(layers, seed=0)
    model.compile(Adam(learning_rate=0.001), CrossEntropy(from_logits=True))
    return model


def weights():
    """The same first weights for every side, as (weight, bias) pairs."""
    dense = [layer for layer in make_model().layers if isinstance(layer, Dense)]
    return [(layer.weight.data.copy(), layer.bias.data.copy()) for layer in dense]


# ---- each side: (run one step, its loss; the gradients of the last step) -----------------------------
def ours(x, y):
    model = make_model()
    step = GradientStep(model.optimizer)
    compute_loss = lambda x, y: model.loss(model(x), y)
    return lambda: step(compute_loss, x, y)[0], lambda: [p.grad for p in model.parameters()]


def torch_side(x, y):
    import torch

    net = torch_net(torch)
    optimizer = torch.optim.Adam(net.parameters(), 0.001)
    criterion, x, y = torch.nn.CrossEntropyLoss(), torch.from_numpy(x), torch.from_numpy(y)

    def step():
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step, lambda: [p.grad.numpy().T for p in net.parameters()]


def torch_net(torch):
    torch.set_num_threads(1)
    layers = []
    for W, b in weights():
        linear = torch.nn.Linear(*W.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T.copy()))
            linear.bias.copy_(torch.from_numpy(b))
        layers += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


class PlainAdam:
    """Adam for libraries that have none, on lists of arrays."""

    def __init__(self, arrays):
        self.t, self.m, self.v = 0, [0.0] * len(arrays), [0.0] * len(arrays)

    def __call__(self, arrays, gradients):
        self.t += 1
        c1, c2 = 1 - 0.9**self.t, 1 - 0.999**self.t
        self.m = [0.9 * m + 0.1 * g for m, g in zip(self.m, gradients)]
        self.v = [0.999 * v + 0.001 * g * g for v, g in zip(self.v, gradients)]
        moves = zip(arrays, self.m, self.v)
        return [a - 0.001 * (m / c1) / (np.sqrt(v / c2) + 1e-8) for a, m, v in moves]


def network_loss(np, arrays, x, y):
    """The cross-entropy, in a library that has NumPy's names."""
    h = x
    for W, b in zip(arrays[::2], arrays[1::2]):
        h = np.maximum(h, 0) if h is not x else h
        h = np.matmul(h, W) + b
    h = h - np.max(h, axis=1, keepdims=True)
    log_total = np.log(np.sum(np.exp(h), axis=1))
    return np.mean(log_total - h[np.arange(len(y)), y])


def autograd_side(x, y):
    import autograd
    import autograd.numpy

    both = autograd.value_and_grad(lambda arrays: network_loss(autograd.numpy, arrays, x, y))
    state = {"arrays": [a for pair in weights() for a in pair]}
    adam = PlainAdam(state["arrays"])

    def step():
        loss, state["gradients"] = both(state["arrays"])
        state["arrays"] = adam(state["arrays"], state["gradients"])
        return float(loss)

    return step, lambda: state["gradients"]


def mygrad_side(x, y):
    import mygrad

    state = {"arrays": [a for pair in weights() for a in pair]}
    adam = PlainAdam(state["arrays"])
    x = mygrad.tensor(x, constant=True)

    def step():
        tensors = [mygrad.tensor(a) for a in state["arrays"]]
        loss = network_loss(mygrad, tensors, x, y)
        loss.backward()
        state["gradients"] = [t.grad for t in tensors]
        state["arrays"] = adam(state["arrays"], state["gradients"])
        return float(loss)

    return step, lambda: state["gradients"]


def after_one(step, gradients):
    """The first call also gives the gradients, to be compared; later ones give the loss alone."""
    calls = []

    def run():
        calls.append(None)
        loss = step()
        return (loss, [np.array(g) for g in gradients()]) if len(calls) == 1 else loss

    return run


@suite.case("step", agree=1e-4, bar=0.8, repeats=51)
def a_step():
    sides = {
        "ours": ours,
        "torch": torch_side,
        "autograd": autograd_side,
        "mygrad": mygrad_side,
    }
    found = {}
    for name, side in sides.items():
        try:
            found[name] = after_one(*side(X[:BATCH], Y[:BATCH]))
        except ImportError:
            print(f"{name} is not installed: its column is left out")
    return found


@suite.case(f"fit, {N_BATCHES} batches", bar=1.0, repeats=11)
def an_epoch():
    model = make_model()
    sides = {"ours": lambda: model.fit(X, Y, epochs=1, batch_size=BATCH, verbose=0)}
    raw, _ = ours(X[:BATCH], Y[:BATCH])
    sides["steps alone"] = lambda: [raw() for _ in range(N_BATCHES)]
    try:
        sides["torch"] = torch_epoch()
    except ImportError:
        print("torch is not installed: its column is left out")
    return sides


def torch_epoch():
    import torch

    net = torch_net(torch)
    optimizer, criterion = torch.optim.Adam(net.parameters(), 0.001), torch.nn.CrossEntropyLoss()
    x, y = torch.from_numpy(X), torch.from_numpy(Y)

    def epoch():
        for index in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            loss = criterion(net(x[index]), y[index])
            loss.backward()
            optimizer.step()
            loss.item()

    return epoch


if __name__ == "__main__":
    suite.main()
