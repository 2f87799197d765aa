"""The same GPT in torch: what ours is compared with, in values and in time."""

from __future__ import annotations

from ...transformers import GPT, FeedForward


def torch_gpt(model: GPT):
    """Return a torch module that computes what our ``gpt2`` model does, with copies of its weights.

    It is written as one would write it for speed there: one product for queries, keys and values, and
    torch's own fused attention. Called with int64 tokens (batch, time) it returns logits. Dropout is left
    out. Its parameters are named and laid out so that ``gradients_of`` can give them back as ours.

    Raises
    ------
    ValueError
        If the model has other parts than those of ``gpt2``.
    """
    import torch

    if not all(isinstance(block.feed_forward, FeedForward) for block in model.blocks):
        raise ValueError("torch_gpt is for models made by gpt2(...); this one has other blocks.")

    class Block(torch.nn.Module):
        def __init__(self, ours):
            super().__init__()
            self.norm_1, self.norm_2 = _norm(ours.norm_1), _norm(ours.norm_2)
            self.qkv = _linear(ours.attention.qkv)
            self.output = _linear(ours.attention.output)
            self.inner = _linear(ours.feed_forward.inner)
            self.outer = _linear(ours.feed_forward.output)
            self.n_heads = ours.attention.n_heads

        def forward(self, x):
            B, T, C = x.shape
            q, k, v = (
                part.view(B, T, self.n_heads, C // self.n_heads).transpose(1, 2)
                for part in self.qkv(self.norm_1(x)).split(C, dim=2)
            )
            o = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.output(o.transpose(1, 2).reshape(B, T, C))
            gelu = torch.nn.functional.gelu(self.inner(self.norm_2(x)), approximate="tanh")
            return x + self.outer(gelu)

    class TorchGPT(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = torch.nn.Parameter(_copy(model.tokens.weight))
            self.positions = torch.nn.Parameter(_copy(model.position.weight))
            self.blocks = torch.nn.ModuleList([Block(block) for block in model.blocks])
            self.norm = _norm(model.norm)

        def forward(self, tokens):
            h = (
                torch.nn.functional.embedding(tokens, self.tokens)
                + self.positions[: tokens.shape[1]]
            )
            for block in self.blocks:
                h = block(h)
            return self.norm(h) @ self.tokens.T

    return TorchGPT()


def gradients_of(theirs) -> dict:
    """Return the gradients of a ``torch_gpt``, under the names and in the layout of our model's."""
    found = {"tokens.weight": theirs.tokens.grad, "position.weight": theirs.positions.grad}
    for i, block in enumerate(theirs.blocks):
        attention, feed_forward = f"blocks.{i}.attention", f"blocks.{i}.feed_forward"
        found.update(_of_linear(block.qkv, f"{attention}.qkv"))
        found.update(_of_linear(block.output, f"{attention}.output"))
        found.update(_of_linear(block.inner, f"{feed_forward}.inner"))
        found.update(_of_linear(block.outer, f"{feed_forward}.output"))
        for name in ("norm_1", "norm_2"):
            found.update(_of_norm(getattr(block, name), f"blocks.{i}.{name}"))
    found.update(_of_norm(theirs.norm, "norm"))
    return {name: g.numpy() for name, g in found.items()}


def _linear(ours):
    """A torch Linear with the weights of a Dense layer."""
    import torch

    linear = torch.nn.Linear(*ours.weight.shape, bias=ours.bias is not None)
    linear.weight = torch.nn.Parameter(_copy(ours.weight).T.contiguous())
    if ours.bias is not None:
        linear.bias = torch.nn.Parameter(_copy(ours.bias))
    return linear


def _of_linear(linear, name) -> dict:
    found = {f"{name}.weight": linear.weight.grad.T}
    return found if linear.bias is None else {**found, f"{name}.bias": linear.bias.grad}


def _norm(ours):
    import torch

    norm = torch.nn.LayerNorm(ours.n_channels, ours.eps, bias=ours.bias is not None)
    norm.weight = torch.nn.Parameter(_copy(ours.weight))
    if ours.bias is not None:
        norm.bias = torch.nn.Parameter(_copy(ours.bias))
    return norm


def _of_norm(norm, name) -> dict:
    found = {f"{name}.weight": norm.weight.grad}
    return found if norm.bias is None else {**found, f"{name}.bias": norm.bias.grad}


def _copy(parameter):
    import torch

    return torch.from_numpy(parameter.data.copy())


def cross_entropy(theirs, x, y):
    """The mean loss of a torch model on tokens (batch, time)."""
    import torch

    logits = theirs(x)
    return torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), y.view(-1))
