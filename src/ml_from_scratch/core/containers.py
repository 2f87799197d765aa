"""Data frames out of a transformer, for those who asked: pandas or polars, named columns."""

from __future__ import annotations

import functools
import sys

from .checks import check_choice


def output_container(name: str) -> str:
    """Return the name of a known container, or say which are known."""
    return check_choice("transform", name, ("default", "pandas", "polars"))


def in_container(method):
    """Make a transformer's method return the container that ``set_output`` chose.

    Without such a choice scikit-learn's ``set_config(transform_output=...)`` counts, where that is
    imported; without either the array comes back as it is.
    """

    @functools.wraps(method)
    def wrapped(self, X, *args, **kwargs):
        out = method(self, X, *args, **kwargs)
        chosen = _chosen(self)
        if chosen == "default" or hasattr(out, "columns"):
            return out
        return _frame(chosen, out, self.get_feature_names_out(), X)

    return wrapped


def _chosen(transformer) -> str:
    config = getattr(transformer, "_sklearn_output_config", {})
    sklearn = sys.modules.get("sklearn")
    if "transform" not in config and sklearn is not None:
        return output_container(sklearn.get_config()["transform_output"])
    return config.get("transform", "default")


def _frame(kind, values, names, X):
    if kind == "pandas":
        import pandas

        index = X.index if isinstance(X, pandas.DataFrame) else None
        return pandas.DataFrame(values, index=index, columns=names, copy=False)
    import polars

    return polars.DataFrame(values, schema=list(names), orient="row")
