r"""Multi-head attention: several small attentions side by side, each with its own idea of what matches.

From x, and from a context that is x itself unless another is given, head h takes

.. math::
    q_h &= x W^Q_h + b^Q_h, \qquad k_h = c W^K_h + b^K_h, \qquad v_h = c W^V_h + b^V_h    \tag{1} \\
    o_h &= \mathrm{attention}(q_h, k_h, v_h)                                              \tag{2} \\
    y &= [o_1, \dots, o_H] \, W^O + b^O                                                   \tag{3}

x: (batch, m, n_in), c: (batch, n, n_context), q_h: (batch, m, d_head), y: (batch, m, d_model), with
d_head = d_model / n_heads. The matrices of all heads, of queries, then keys, then values, lie side by side
in one, so that (1) is one product where c is x; where it is not, the columns of the queries make one, and
the others another. With fewer heads of keys and values than of queries ("grouped queries") neighbouring
heads share one, and a cache of them is as much smaller.

Sources: Vaswani et al. 2017, "Attention is all you need", section 3.2.2; Ainslie et al. 2023, "GQA".
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import raw
from ml_from_scratch.core.checks import check_number

from ..dense import Dense, linear
from ..initializers import check_initializer
from ..layer import Layer, matching_dtype
from ..positions import ALiBi, RotaryPositions
from .scaled_dot_product import attention_weights, scaled_dot_product_attention


class MultiHeadAttention(Layer):
    """Each position takes from others what its heads look for: (batch, m, n_in) becomes (batch, m, d_model).

    Parameters
    ----------
    d_model : int
        How many outputs.
    n_heads : int
        How many heads; it divides d_model.
    n_kv_heads : int, optional
        How many heads of keys and values; it divides n_heads, and is n_heads unless given.
    use_bias : bool
        Whether the projections have biases.
    dropout : float
        The probability that a weight of attention is dropped in training.
    causal : bool
        Whether no position sees a later one.
    position : RotaryPositions or ALiBi, optional
        What tells near from far. Without it, and without positions added to x, order does not matter.
    kernel_initializer : Initializer, optional
        Of the matrices; GlorotUniform() unless given, for which qkv, as in torch, is one of 3 d_model columns.
    input_dim, context_dim : int, optional
        The numbers n_in and n_context; otherwise ``build`` or the first batch says the first, and the second
        is the same.

    Attributes
    ----------
    qkv, output : Dense
        With context_dim there are two in place of qkv: query, and key_value.

    Raises
    ------
    ValueError
        If heads do not divide what they should, or shapes do not fit.

    Notes
    -----
    Called as ``layer(x, context=None, mask=None, bias=None, cache=None)``: mask and bias broadcast to
    (batch, n_heads, m, n), as in ``scaled_dot_product_attention``; a ``KeyValueCache`` remembers the keys
    and values of the positions that came before x.

    Examples
    --------
    >>> layer = MultiHeadAttention(8, n_heads=2, causal=True).build((5, 8), seed=0)
    >>> x = np.ones((1, 5, 8), np.float32)
    >>> layer(x).shape, layer(x[:, :2], context=x[:, :2]).shape
    ((1, 5, 8), (1, 2, 8))
    >>> layer.attention_weights(x)[0, 0, 1].round(3).tolist()
    [0.5, 0.5, 0.0, 0.0, 0.0]
    """

    _watchers: tuple = ()  # functions that are shown the weights of every call

    def __init__(
        self,
        d_model,
        n_heads,
        n_kv_heads=None,
        use_bias=True,
        dropout=0.0,
        causal=False,
        position=None,
        kernel_initializer=None,
        input_dim=None,
        context_dim=None,
    ):
        self.d_model = check_number("d_model", d_model, least=1, integer=True)
        self.n_heads = check_number("n_heads", n_heads, least=1, integer=True)
        self.n_kv_heads = check_number(
            "n_kv_heads", n_kv_heads, least=1, integer=True, optional=True
        )
        self.dropout = check_number("dropout", dropout, least=0, below=1)
        self.input_dim = check_number("input_dim", input_dim, least=1, integer=True, optional=True)
        self.context_dim = check_number(
            "context_dim", context_dim, least=1, integer=True, optional=True
        )
        self.use_bias, self.causal, self.position = use_bias, causal, _check_position(position)
        self.kernel_initializer = check_initializer("kernel_initializer", kernel_initializer)
        _check_divides("n_heads", n_heads, "d_model", d_model)
        _check_divides("n_kv_heads", self._n_kv_heads, "n_heads", n_heads)
        project = partial(Dense, use_bias=use_bias, kernel_initializer=kernel_initializer)
        shared = 2 * self._n_kv_heads * (d_model // n_heads)
        if context_dim is None:
            self.qkv = project(d_model + shared)
        else:
            self.query, self.key_value = project(d_model), project(shared)
        self.output = project(d_model)
        if input_dim is not None:
            self.input_shape = (None, input_dim)

    @property
    def _n_kv_heads(self):
        return self.n_kv_heads or self.n_heads

    # ---- weights and shapes ------------------------------------------------------------------------
    def create(self, input_shape, rng):
        """Draw the projections."""
        if self.context_dim is None:
            self.qkv.build(input_shape)
        else:
            self.query.build(input_shape)
            self.key_value.build((None, self.context_dim))
        self.output.build((input_shape[0], self.d_model))

    def check_shape(self, input_shape):
        """Check that a sample is (time, features), and how many features it has; time may be None."""
        n_in = self._n_in()
        if len(input_shape) != 2 or (input_shape[1] or 0) != (n_in or input_shape[1]):
            raise ValueError(
                f"MultiHeadAttention expects samples of shape (time, {n_in or 'features'}), got {input_shape}."
            )

    def output_shape(self, input_shape):
        """(time, n_in) becomes (time, d_model)."""
        return (input_shape[0], self.d_model)

    def accept(self, x):
        """Check the axes, the number of features and the dtype."""
        return self._accept("", x, self._n_in())

    def _accept(self, what, x, n_in):
        if x.ndim != 3 or x.shape[-1] != (n_in or x.shape[-1]):
            hint = " Add a batch axis: x[None]." if x.ndim == 2 else ""
            raise ValueError(
                f"MultiHeadAttention expects {what}(batch, time, {n_in or 'features'}), got {tuple(x.shape)}.{hint}"
            )
        return matching_dtype(self, x, self.output.weight.dtype if self._built else self.dtype)

    def _n_in(self):
        return self.input_shape[-1] if self._built else self.input_dim

    # ---- attention ---------------------------------------------------------------------------------
    def forward(self, x, context=None, mask=None, bias=None, cache=None):
        """Return what each position of x has taken from the context, or from x itself."""
        q, k, v, bias = self._projected(x, context, bias, cache)
        for watch in self._watchers:
            watch(attention_weights(raw(q), raw(k), raw(bias), raw(mask), self.causal))
        keep = self._keep(q, k) if self.training and self.dropout else None
        o = scaled_dot_product_attention(q, k, v, bias, mask, keep, self.causal)  # (2)
        return self.output(o.swapaxes(1, 2).reshape(*x.shape[:2], self.d_model))  # (3)

    def attention_weights(self, x, context=None, mask=None, bias=None, cache=None):
        """Return who looks at whom: the weights (batch, n_heads, m, n), without dropout."""
        q, k, _, bias = self._projected(self.accept(x), context, bias, cache)
        return attention_weights(q, k, bias, mask, self.causal)

    def _projected(self, x, context, bias, cache):
        """Return queries, keys and values in heads, where they stand taken into account."""
        q, k, v = self._queries_keys_values(x, context)
        if isinstance(self.position, RotaryPositions):
            first = 0 if cache is None else cache.length
            q, k = self.position(q, offset=first), self.position(k, offset=first)
        if cache is not None:
            k, v = cache.append(k, v)
        if isinstance(self.position, ALiBi):
            own = self.position(q, k)
            bias = own if bias is None else bias + own
        return q, k, v, bias

    def _queries_keys_values(self, x, context):
        """Return all three in heads."""
        H, K = self.n_heads, self._n_kv_heads
        if context is None and self.context_dim is None:
            heads = _heads(self.qkv(x), H + 2 * K)  # (1)
            return heads[:, :H], heads[:, H : H + K], heads[:, H + K :]
        c, n_context = x if context is None else context, self.context_dim or self._n_in()
        c = self._accept("a context ", c, n_context)
        of_x, of_c = self._apart()
        q, kv = _heads(linear(x, *of_x), H), _heads(linear(c, *of_c), 2 * K)  # (1)
        return q, kv[:, :K], kv[:, K:]

    def _apart(self):
        """Return the weights, with biases, of what is made of x, and of what is made of a context."""
        if self.context_dim is not None:
            both = [(layer.weight, layer.bias) for layer in (self.query, self.key_value)]
        else:
            W, b, n = self.qkv.weight, self.qkv.bias, self.d_model
            both = [(W[:, :n], b if b is None else b[:n]), (W[:, n:], b if b is None else b[n:])]
        return [[p for p in pair if p is not None] for pair in both]

    def _keep(self, q, k):
        """A fresh mask of dropout for the weights."""
        shape = (*q.shape[:3], k.shape[2])
        kept = self.rng.random(shape, dtype=np.float32) >= self.dropout
        return backend.like(kept, raw(q)).astype(q.dtype) * (1.0 / (1.0 - self.dropout))


def _heads(x, n_heads):
    """(batch, time, heads * d) as (batch, heads, time, d), without a copy."""
    B, T, width = x.shape
    return x.reshape(B, T, n_heads, width // n_heads).swapaxes(1, 2)


def _check_divides(small, n, large, total):
    if total % n:
        raise ValueError(f"{small}={n} must divide {large}={total}, so that all heads are alike.")


def _check_position(position):
    if position is None or isinstance(position, (RotaryPositions, ALiBi)):
        return position
    raise TypeError(
        f"position is RotaryPositions() or ALiBi(), which act inside attention; got {position!r}. Other "
        "positions are layers before it."
    )
