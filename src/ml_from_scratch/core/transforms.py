"""Functions of functions: gradients, products with Jacobians, Jacobians, Hessians. Of any order.

All of them are made of ``vjp``: run f on fresh variables, keep the tape, pull cotangents back. The
tape itself is recorded when (and only when) something outside can depend on the result, so first
derivatives run on plain arrays, and nested ones are right with nothing to switch on.

Arguments are arrays, or tuples, lists and dicts of them, as far as the function likes to nest them;
a gradient has the structure of its argument.
"""

from __future__ import annotations

import numpy as np

from .arrays import floating
from .tape import Node, is_recording, pull_back, raw, recording
from .tensor import Tensor, apply, matching
from .trees import flatten, tree_map


def vjp(f, *primals, has_aux: bool = False):
    """Return (f(*primals), pull): the value, and the product of a cotangent with the Jacobian.

    Parameters
    ----------
    f : callable
        Returns an array or a tree of arrays; with has_aux a pair of that and anything else.
    *primals : array or tree of arrays
        Where the Jacobian J is taken.

    Returns
    -------
    out : what f returned
    pull : callable
        pull(g), with g of out's structure, is the tuple of J^T g, one per primal. It can be called
        again.
    aux : the second of the pair, only with has_aux

    Examples
    --------
    >>> out, pull = vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> [float(g) for g in pull(1.0)]
    [4.0, 3.0]
    """
    nested = is_recording()
    leaves, rebuild = flatten(primals)
    with recording(True):
        variables = [
            apply(np.positive, (x,)) if isinstance(x, Tensor) else Tensor(x) for x in leaves
        ]
        out, aux = f(*rebuild(variables)) if has_aux else (f(*rebuild(variables)), None)
    outputs, rebuild_out = flatten(out)
    if any(y is None for y in outputs):
        raise TypeError(
            "the function returned None where its value was expected: is a return missing?"
        )
    wanted, outside = _history([y for y in outputs if isinstance(y, Tensor)], variables)
    for v in variables:
        v.function = v.function or ENDED
    visible = _itself if nested and outside else raw

    def pull(g):
        cotangents = _cotangents(g, outputs)
        recorded = (nested and outside) or any(isinstance(c, Tensor) for c in cotangents)
        pairs = [
            (y, c)
            for y, c in zip(outputs, cotangents)
            if isinstance(y, Tensor) and y.order in wanted
        ]
        with recording(True):
            found = {v.order: d for v, d in pull_back(pairs, wanted, higher_order=recorded)}
        gradients = [found.get(v.order, np.zeros_like(v.data)) for v in variables]
        return rebuild(_owned(gradients, cotangents))

    result = rebuild_out([visible(y) for y in outputs])
    return (result, pull, tree_map(visible, aux)) if has_aux else (result, pull)


def value_and_grad(f, argnums=0, has_aux: bool = False):
    """Return a function that gives (f(*args), gradient), where f returns a single number.

    Parameters
    ----------
    f : callable
        Its value is a number; with has_aux a pair (number, anything).
    argnums : int or sequence of int
        The arguments to differentiate; the gradient of several is a tuple.
    has_aux : bool
        Then the result is ((number, anything), gradient).

    Raises
    ------
    TypeError
        If f returns anything but a single number.

    Examples
    --------
    >>> value, slope = value_and_grad(lambda x: x**3)(2.0)
    >>> float(value), float(slope)
    (8.0, 12.0)
    """

    def value_and_gradient(*args, **kwargs):
        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"argnums={argnums} names an argument twice.")
        y, pull, *aux = vjp(
            lambda *xs: f(*_replaced(args, chosen, xs), **kwargs),
            *[_argument(args, i) for i in chosen],
            has_aux=has_aux,
        )
        if isinstance(y, (tuple, list, dict)) or np.size(y) != 1:
            got = type(y).__name__ if isinstance(y, (tuple, list, dict)) else f"shape {np.shape(y)}"
            raise TypeError(
                f"grad needs a function whose value is a single number; got {got}. See jacobian."
            )
        gradients = pull(np.ones_like(raw(y)))
        return ((y, aux[0]) if has_aux else y), (
            gradients[0] if isinstance(argnums, int) else gradients
        )

    return value_and_gradient


def grad(f, argnums=0, has_aux: bool = False):
    """Return a function that gives the gradient of f; see ``value_and_grad`` for the arguments.

    Examples
    --------
    >>> float(grad(grad(np.sin))(0.0))  # the second derivative, -sin(0)
    -0.0
    """
    both = value_and_grad(f, argnums, has_aux)

    def gradient(*args, **kwargs):
        value, gradients = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def jvp(f, primals, tangents):
    r"""Return (f(*primals), J v): the value, and its derivative along the tangents v.

    The map g -> J^T g is linear in g, so its own vjp takes v to J v, whatever g is (J. Townsend, A
    new trick for calculating Jacobian vector products, 2017).

    Parameters
    ----------
    primals, tangents : sequences of arrays or trees, of one structure
        One entry per argument of f.

    Examples
    --------
    >>> value, slope = jvp(lambda x: x**2, (3.0,), (1.0,))
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    if len(primals) != len(tangents):
        raise ValueError(
            f"jvp needs one tangent per argument; got {len(primals)} and {len(tangents)}."
        )
    for x, v in zip(flatten(tuple(primals))[0], flatten(tuple(tangents))[0]):
        if np.shape(x) != np.shape(v):
            raise ValueError(
                f"a tangent has shape {np.shape(v)}; its argument has shape {np.shape(x)}."
            )
    y, pull = vjp(f, *primals)
    g = tree_map(lambda part: np.ones_like(floating(raw(part))), y)
    _, pull_pull = vjp(lambda g: pull(g), g)
    return y, pull_pull(tuple(tangents))[0]


def jacobian(f, argnums: int = 0):
    """Return a function that gives df/dx, of shape f.shape + x.shape, one row of J at a time.

    Examples
    --------
    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """

    def of(*args, **kwargs):
        x = _argument(args, argnums)
        y, pull = vjp(lambda x: f(*_replaced(args, (argnums,), (x,)), **kwargs), x)
        if any(isinstance(z, (tuple, list, dict)) for z in (x, y)):
            raise TypeError(
                "jacobian takes one array to one array; put several into one with np.concatenate."
            )
        like = floating(raw(y))
        rows = [pull(e)[0] for e in _basis(like)]
        shape = np.shape(y) + np.shape(x)
        return np.reshape(np.stack(rows), shape) if rows else np.zeros_like(like, shape=shape)

    return of


def hessian(f, argnums: int = 0):
    """Return a function that gives the second derivatives of f, of shape x.shape + x.shape.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0])).tolist()
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f, x, v):
    """Return the Hessian of f at x times v, for the price of a few evaluations of f.

    Examples
    --------
    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0])).tolist()
    [6.0, 12.0]
    """
    return jvp(grad(f), (x,), (v,))[1]


def _itself(x):
    return x


def _argument(args, i):
    if not -len(args) <= i < len(args):
        raise TypeError(
            f"argnums={i}: the function was called with {len(args)} positional argument(s)."
        )
    return args[i]


def _replaced(args, places, values):
    full = list(args)
    for i, value in zip(places, values):
        full[i] = value
    return full


def _basis(like):
    """The unit arrays of like's shape."""
    n = like.size
    return np.eye(n, dtype=like.dtype, like=like).reshape((n,) + like.shape)


def _cotangents(g, outputs):
    """The leaves of g, each of its output's shape and dtype."""
    leaves = flatten(g)[0]
    if len(leaves) != len(outputs):
        raise ValueError(
            f"the function has {len(outputs)} output(s), so pull needs as many cotangents; got {len(leaves)}."
        )
    return [matching(c, y.data) if isinstance(y, Tensor) else c for c, y in zip(leaves, outputs)]


def _owned(gradients, cotangents):
    """The gradients, with a copy wherever one array would be handed out twice, or is not the tape's own."""
    seen, owned = {id(c) for c in cotangents}, []
    for g in gradients:
        if isinstance(g, np.ndarray) and (g.base is not None or id(g) in seen):
            g = g.copy()
        seen.add(id(g))
        owned.append(g)
    return owned


def _history(roots, targets):
    """Return (wanted, outside): what lies between, and whether something older is at stake.

    wanted has the nodes on the way from targets (True) to roots (False), by their order. outside
    says whether the roots also depend on an older live leaf: a parameter, or a variable of an
    enclosing derivative.
    """
    oldest = max((t.order for t in targets), default=0)
    seen, stack, outside = {}, list(roots), False
    while stack:
        node = stack.pop()
        if node.order in seen or (outside and node.order > oldest):
            continue
        outside = outside or (node.order > oldest and node.function is None)
        seen[node.order] = node
        stack.extend([a for a in node.args if isinstance(a, Node)])
    wanted = dict.fromkeys((t.order for t in targets), True)
    for k in sorted(seen, reverse=True):
        if k not in wanted and any(isinstance(a, Node) and a.order in wanted for a in seen[k].args):
            wanted[k] = False
    return wanted, outside


def ENDED():
    """Stands in a variable whose derivative has been taken: from then on it is a constant."""
