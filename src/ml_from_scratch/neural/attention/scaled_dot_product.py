r"""Scaled dot-product attention: every query takes a mean of the values, weighted by how well keys match.

For queries q, keys k and values v of one head, with a bias b and a mask that says which keys a query
may see,

.. math::
    S_{ij} &= \tau \, q_i \cdot k_j + b_{ij}, \quad -\infty \text{ where } j \text{ is hidden from } i   \tag{1} \\
    P_{ij} &= e^{S_{ij} - m_i} / \textstyle\sum_k e^{S_{ik} - m_i}, \qquad m_i = \max_k S_{ik}           \tag{2} \\
    o_i &= \textstyle\sum_j (P \odot D)_{ij} \, v_j                                                     \tag{3}

q: (batch, heads, m, d), k: (batch, kv heads, n, d), v: (batch, kv heads, n, d_v), S, P, D: (batch, heads,
m, n), o: (batch, heads, m, d_v). The scale :math:`\tau` is :math:`1 / \sqrt d`: a dot product of d
independent terms of variance 1 has the variance d. D is dropout's mask (1 without). Where there are fewer
heads of keys than of queries, neighbouring heads share one. A query that may see nothing gets zeros.

Derivation. Let :math:`g = \partial L / \partial o`. By (3)

.. math::
    \bar v_j &= \textstyle\sum_i (P \odot D)_{ij} \, g_i   \tag{4} \\
    \bar P_{ij} &= D_{ij} \; g_i \cdot v_j                 \tag{5}

and the softmax of (2) turns it into :math:`\bar S_{ij} = P_{ij} (\bar P_{ij} - \sum_k P_{ik} \bar P_{ik})`,
see ``core.functions``. The sum needs no look at the matrices: by (5) and (3) it is
:math:`\sum_k P_{ik} D_{ik} \, g_i \cdot v_k = g_i \cdot o_i`, hence

.. math::
    \bar S_{ij} &= P_{ij} \, (\bar P_{ij} - g_i \cdot o_i)    \tag{6} \\
    \bar q_i &= \tau \textstyle\sum_j \bar S_{ij} k_j, \qquad
    \bar k_j = \tau \textstyle\sum_i \bar S_{ij} q_i          \tag{7}

and :math:`\bar b = \bar S`. The closed form works on blocks of queries, see ``blocks``; it keeps the
numerators E of (2) and the inverse :math:`r_i` of each row's sum, which is multiplied to vectors
instead of matrices: :math:`o_i = r_i (E v)_i`, and :math:`r_i g_i` stands for :math:`g_i` in (4) to (6).

Sources: Vaswani et al. 2017, "Attention is all you need", eq. 1; the identity of (6) and the work in
blocks: Dao et al. 2022, "FlashAttention", appendix B; shared heads: Ainslie et al. 2023, "GQA".
"""

from __future__ import annotations

import numpy as np

from ml_from_scratch import backend
from ml_from_scratch.core import fused, raw

from .blocks import blocks, exponentials, in_groups
from .masks import causal_mask

FEW = 4  # queries, for which a copy of the keys costs more than it saves


def attention_weights_definition(q, k, bias=None, mask=None, causal=False, scale=None):
    """Return P, (batch, heads, m, n), in differentiable NumPy."""
    n_queries, n_keys = q.shape[2], k.shape[2]
    scores = in_groups(q, k.shape[1]) @ np.swapaxes(k, -1, -2)[:, :, None]
    S = np.reshape(scores, (*q.shape[:3], n_keys)) * scale_of(q, scale)  # (1)
    S = S if bias is None else S + bias  # (1)
    if causal:
        triangle = backend.like(causal_mask(n_queries, n_keys), raw(q))
        mask = triangle if mask is None else mask & triangle
    S = S if mask is None else np.where(mask, S, -np.inf)  # (1)
    m = np.max(raw(S), axis=-1, keepdims=True, initial=-np.inf)
    E = np.exp(S - np.where(np.isfinite(m), m, np.zeros_like(m)))
    total = np.sum(E, axis=-1, keepdims=True)
    return E / np.where(total == 0, np.ones_like(raw(total)), total)  # (2)


def attention_definition(q, k, v, bias=None, mask=None, keep=None, causal=False, scale=None):
    """Return o: for each query the mean of the values, weighted by P; bias, mask and keep: as P is."""
    P = attention_weights_definition(q, k, bias, mask, causal, scale)
    P = P if keep is None else P * keep
    o = in_groups(P, k.shape[1]) @ v[:, :, None]  # (3)
    return np.reshape(o, (*q.shape[:3], v.shape[-1]))


def attention_forward(q, k, v, bias=None, mask=None, keep=None, causal=False, scale=None):
    """The same in blocks; keeps the numerators E and the inverse sums r of each."""
    scale = scale_of(q, scale)
    o = np.empty_like(q, shape=(*q.shape[:3], v.shape[-1]))
    kept = []
    for block in blocks(q.shape, k.shape, causal):
        E = block.queries(q) * scale @ _transposed(block.keys(k), block.rows)  # (1)
        if bias is not None:
            E += block.scores(bias)  # (1)
        exponentials(E, block.seen(E, mask))  # (2)
        total = E @ np.ones_like(E, shape=(E.shape[-1], 1))
        total += total == 0  # a row that sees nothing: 0 / 1
        r = np.divide(1.0, total, out=total)
        out = block.queries(o)
        out[...] = (E if keep is None else E * block.scores(keep)) @ block.keys(v)  # (3)
        out *= r
        kept.append((E, r))
    return o, (q, k, v, o, kept, keep, causal, scale)


def attention_value(q, k, v, bias=None, mask=None, keep=None, causal=False, scale=None):
    """The same, with nothing kept: a single query, from which nothing is hidden, needs no blocks."""
    everything_seen = mask is None and bias is None and k.shape[2] > 0
    if q.shape[2] != 1 or not everything_seen or keep is not None:
        return attention_forward(q, k, v, bias, mask, keep, causal, scale)[0]
    E = in_groups(q, k.shape[1])[:, :, :, 0] @ k.swapaxes(-1, -2)
    E *= scale_of(q, scale)  # (1)
    E -= E.max(axis=-1, keepdims=True)
    np.exp(E, out=E)
    o = E @ v
    o /= E.sum(axis=-1, keepdims=True)  # (2) (3)
    return o.reshape(*q.shape[:3], v.shape[-1])


def attention_vjp(g, residuals, wanted=(True, True, True)):
    """Return the gradients of q, k, v and the bias, each where it is wanted."""
    q, k, v, o, kept, keep, causal, scale = residuals
    of_q, of_k, of_v, of_bias = (*wanted, False)[:4]
    dq = np.empty_like(q) if of_q else None
    dk, dv = (np.zeros_like(x) if w else None for x, w in ((k, of_k), (v, of_v)))
    dbias = np.zeros_like(q, shape=(*q.shape[:3], k.shape[2])) if of_bias else None
    for block, (E, r) in zip(blocks(q.shape, k.shape, causal), kept):
        g_r = block.queries(g) * r
        if of_v:
            seen = E if keep is None else E * block.scores(keep)
            _add_over_heads(block.keys(dv), seen, g_r)  # (4)
        if not (of_q or of_k or of_bias):
            continue
        dS = g_r @ _transposed(block.keys(v), block.rows)  # (5)
        if keep is not None:
            dS *= block.scores(keep)  # (5)
        dS -= np.einsum("bhgid,bhgid->bhgi", g_r, block.queries(o))[..., None]
        dS *= E  # (6)
        if of_bias:
            block.scores(dbias)[...] = dS
        if of_q:
            np.matmul(dS, block.keys(k), out=block.queries(dq))  # (7)
        if of_k:
            _add_over_heads(block.keys(dk), dS, block.queries(q))  # (7)
    for d in (dq, dk):
        if d is not None:
            d *= scale  # (7)
    return dq, dk, dv, dbias, None, None


def _transposed(x, rows):
    """Return keys or values turned round: for many rows as a copy, as a product with a view is half as fast."""
    x = np.swapaxes(x, -1, -2)
    return x.copy() if rows.stop - rows.start >= FEW else x


def _add_over_heads(total, A, x):
    """Add A^T x, summed over the heads of queries that share a head of keys."""
    product = np.swapaxes(A, -1, -2) @ x
    total += product if product.shape[2] == 1 else np.sum(product, axis=2, keepdims=True)


def scale_of(q, scale):
    """Return the scale that was given, or 1 / sqrt(d)."""
    return 1.0 / max(q.shape[-1], 1) ** 0.5 if scale is None else scale


attention = fused(
    attention_definition, attention_forward, attention_vjp, "attention", attention_value
)


def scaled_dot_product_attention(
    q, k, v, bias=None, mask=None, keep=None, causal=False, scale=None
):
    r"""Return for each query a mean of the values, weighted by how well the query and the keys match.

    Parameters
    ----------
    q : (batch, heads, m, d)
        Queries.
    k, v : (batch, kv heads, n, d) and (batch, kv heads, n, d_v)
        Keys and values; each of their heads serves ``heads / kv heads`` neighbouring heads of queries.
    bias : broadcastable to (batch, heads, m, n), optional
        Is added to the scores; it has a gradient. :math:`-\infty` hides a key.
    mask : booleans, broadcastable to (batch, heads, m, n), optional
        True where a query may see a key; see ``causal_mask``, ``padding_mask``.
    keep : broadcastable to (batch, heads, m, n), optional
        What the weights are multiplied with: dropout's mask.
    causal : bool
        Hide what comes later than the query, the last query standing at the last key. (torch's
        ``is_causal`` lets the first stand at the first: the same where m = n.)
    scale : float, optional
        :math:`1 / \sqrt d` unless given.

    Returns
    -------
    (batch, heads, m, d_v); zeros for a query that may see nothing.

    Raises
    ------
    ValueError
        If shapes do not fit.
    TypeError
        If the mask does not hold booleans.

    Examples
    --------
    >>> q, k = np.zeros((1, 1, 1, 2)), np.zeros((1, 1, 2, 2))
    >>> v = np.array([[[[1.0, 0.0], [0.0, 1.0]]]])
    >>> scaled_dot_product_attention(q, k, v).tolist()
    [[[[0.5, 0.5]]]]
    >>> scaled_dot_product_attention(q, k, v, mask=np.array([True, False])).tolist()
    [[[[1.0, 0.0]]]]
    """
    check_queries_and_keys(q, k)
    if v.ndim != 4 or v.shape[:3] != k.shape[:3]:
        raise ValueError(
            f"values v belong to the keys, {tuple(k.shape)}, so they need the shape "
            f"{tuple(k.shape[:3])} + (d_v,); got {tuple(v.shape)}."
        )
    masks = (
        as_scores(name, x, q, k) for name, x in (("bias", bias), ("mask", mask), ("keep", keep))
    )
    return attention(q, k, v, *masks, causal=causal, scale=scale)


def attention_weights(q, k, bias=None, mask=None, causal=False, scale=None):
    """Return the weights P themselves, (batch, heads, m, n), to be looked at.

    Arguments are those of ``scaled_dot_product_attention``. Each row adds up to 1, or to 0 if it may see
    nothing.

    >>> q = k = np.zeros((1, 1, 2, 4))
    >>> attention_weights(q, k, causal=True).tolist()
    [[[[1.0, 0.0], [0.5, 0.5]]]]
    """
    check_queries_and_keys(q, k)
    bias, mask = as_scores("bias", bias, q, k), as_scores("mask", mask, q, k)
    return attention_weights_definition(q, k, bias, mask, causal, scale)


def check_queries_and_keys(q, k):
    """Raise a ValueError unless q and k are (batch, heads, positions, d) and fit each other."""
    if q.ndim != 4 or k.ndim != 4:
        raise ValueError(
            "attention expects q, k and v of shape (batch, heads, positions, d); "
            f"got q {tuple(q.shape)} and k {tuple(k.shape)}. For one sample and one head: x[None, None]."
        )
    if q.shape[0] != k.shape[0] or q.shape[3] != k.shape[3]:
        raise ValueError(
            f"q and k need one batch size and one d; got {tuple(q.shape)} and {tuple(k.shape)}."
        )
    if k.shape[1] == 0 or q.shape[1] % k.shape[1]:
        raise ValueError(
            f"each head of keys serves equally many heads of queries, so {k.shape[1]} must divide {q.shape[1]}."
        )


def as_scores(name, x, q, k):
    """Return x as an array (batch, heads, m, n), without a copy; None stays None."""
    if x is None:
        return None
    x = x if hasattr(x, "dtype") else np.asarray(x)
    shape = (*q.shape[:3], k.shape[2])
    if name == "mask" and x.dtype != bool:
        raise TypeError(
            f"mask says which keys may be seen, so it holds booleans; got dtype {x.dtype}. "
            "What is to be added to the scores is the bias."
        )
    fits = x.ndim <= 4 and all(a in (1, b) for a, b in zip(x.shape[::-1], shape[::-1]))
    if not fits:
        raise ValueError(
            f"{name} must broadcast to the scores, (batch, heads, queries, keys) = {shape}; got {tuple(x.shape)}."
        )
    return np.broadcast_to(x, shape)
