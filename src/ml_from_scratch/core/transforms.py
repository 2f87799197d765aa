"""Functions of functions: gradients, products with Jacobians, Jacobians, Hessians. Of any order.

All of them are made of ``vjp``: run f on fresh variables, keep the tape, pull cotangents back. The
tape itself is recorded when (and only when) something outside can depend on the result, so first
derivatives run on plain arrays, and nested ones are right with nothing to switch on.

``jvp`` uses that a vjp is linear in its cotangent: g -> J^T g has the derivative v -> J v
(J. Townsend, "A new trick for calculating Jacobian vector products", 2017).
"""

import numpy as np

from .arrays import floating
from .tape import is_recording, pull_back, raw, recording
from .tensor import Tensor, apply
from .trees import flatten, tree_map


def vjp(f, *primals, has_aux=False):
    """(f(*primals), pull) where pull(g) is the tuple of vector-Jacobian products, one per primal."""
    nested = is_recording()
    leaves, rebuild = flatten(primals)
    with recording(True):
        variables = [
            apply(np.positive, (x,)) if isinstance(x, Tensor) else Tensor(x) for x in leaves
        ]
        out, aux = f(*rebuild(variables)) if has_aux else (f(*rebuild(variables)), None)
    outputs, rebuild_out = flatten(out)
    roots = [y for y in outputs if isinstance(y, Tensor)]
    wanted, outside = history(roots, variables)
    for v in variables:
        v.function = v.function or ENDED
    visible = (lambda y: y) if nested and outside else raw

    def pull(g):
        cotangents = [floating(c) for c in flatten(g)[0]]
        recorded = nested and outside or any(isinstance(c, Tensor) for c in cotangents)
        pairs = [
            (y, c)
            for y, c in zip(outputs, cotangents)
            if isinstance(y, Tensor) and y.order in wanted
        ]
        with recording(True):
            gradients = {v.order: g for v, g in pull_back(pairs, wanted, higher_order=recorded)}
        return rebuild(
            [
                gradients[v.order] if v.order in gradients else np.zeros_like(v.data)
                for v in variables
            ]
        )

    result = rebuild_out([visible(y) for y in outputs])
    return (result, pull, tree_map(visible, aux)) if has_aux else (result, pull)


def value_and_grad(f, argnums=0, has_aux=False):
    """A function that returns (f(*args), gradient with respect to the arguments argnums)."""

    def value_and_gradient(*args, **kwargs):
        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)

        def of_chosen(*xs):
            full = list(args)
            for i, x in zip(chosen, xs):
                full[i] = x
            return f(*full, **kwargs)

        y, pull, *aux = vjp(of_chosen, *[args[i] for i in chosen], has_aux=has_aux)
        if np.size(y) != 1:
            raise TypeError(
                f"grad needs a function with one number as its value; got shape {np.shape(y)}. See jacobian."
            )
        gradients = pull(np.ones_like(raw(y)))
        return ((y, aux[0]) if has_aux else y), (
            gradients[0] if isinstance(argnums, int) else gradients
        )

    return value_and_gradient


def grad(f, argnums=0, has_aux=False):
    """A function that returns the gradient of f with respect to the arguments argnums."""
    both = value_and_grad(f, argnums, has_aux)

    def gradient(*args, **kwargs):
        value, gradients = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def jvp(f, primals, tangents):
    """(f(*primals), J v): the value, and its directional derivative along tangents."""
    y, pull = vjp(f, *primals)
    g = tree_map(lambda part: np.ones_like(raw(part)), y)  # any cotangent: pull is linear in it
    _, pull_pull = vjp(lambda g: pull(g), g)
    return y, pull_pull(tuple(tangents))[0]


def jacobian(f, argnums=0):
    """A function that returns df/dx with shape f.shape + x.shape."""

    def of(*args, **kwargs):
        y, pull = vjp(
            lambda x: f(*args[:argnums], x, *args[argnums + 1 :], **kwargs), args[argnums]
        )
        like = floating(raw(y))
        basis = np.eye(like.size, dtype=like.dtype, like=like).reshape((-1,) + like.shape)
        rows = [pull(e)[0] for e in basis]
        return np.reshape(np.stack(rows), np.shape(y) + np.shape(args[argnums]))

    return of


def hessian(f, argnums=0):
    """A function that returns the matrix (or array) of second derivatives of f."""
    return jacobian(grad(f, argnums), argnums)


def hvp(f, x, v):
    """The Hessian of f at x times v, at the cost of a few evaluations of f."""
    return jvp(grad(f), (x,), (v,))[1]


def history(roots, targets):
    """(wanted, outside): the nodes between targets (True) and roots (False), and whether the roots
    also depend on an older live leaf: a parameter, or a variable of an enclosing derivative.
    """
    oldest = max((t.order for t in targets), default=0)
    seen, stack, outside = {}, list(roots), False
    while stack:
        node = stack.pop()
        if node.order in seen or (outside and node.order > oldest):
            continue
        outside = outside or (node.order > oldest and node.function is None)
        seen[node.order] = node
        stack.extend([a for a in node.args if isinstance(a, Tensor)])
    wanted = dict.fromkeys((t.order for t in targets), True)
    for k in sorted(seen, reverse=True):
        if k not in wanted and any(
            isinstance(a, Tensor) and a.order in wanted for a in seen[k].args
        ):
            wanted[k] = False
    return wanted, outside


def ENDED():
    """Stands in a variable whose derivative has been taken: from then on it is a constant."""
