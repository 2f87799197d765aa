"""What scikit-learn asks of an estimator that does not inherit from its classes.

Tags (what kind of estimator it is and what data it takes), metadata requests (which extra arguments
of ``fit`` and others a pipeline should hand down) and the HTML diagram of notebooks. Only here, and
only when scikit-learn calls or is already imported, does this package import it. Its versions 1.5
(tags are a dictionary) and 1.6 and newer (tags are dataclasses) are both served from one
dictionary, ``_tags``, that an estimator declares.
"""

from __future__ import annotations

import html
import inspect
import sys

TAGS = {
    "allow_nan": False,  # NaN stands for a missing value
    "multi_output": False,  # y may have several columns
    "poor_score": False,  # is no good on the small problems of scikit-learn's checks
    "non_deterministic": False,  # random whatever random_state is
    "requires_fit": True,
    "positive_only": False,  # X must not be negative
    "positive_y": False,  # nor y
    "binary_only": False,  # a classifier for two classes
    "categorical": False,  # X may hold categories
    "string": False,  # X may hold strings
    "labels_only": False,  # works on y alone, like a label encoder
    "preserves_dtype": ("float64",),  # transform returns the dtype it is given, if among these
}

METHODS = (
    "fit",
    "partial_fit",
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "score",
    "transform",
    "inverse_transform",
)


def declared_tags(estimator) -> dict:
    """Return the estimator's tags: the defaults, overridden by ``_tags`` of its bases and class."""
    tags = dict(TAGS)
    for base in reversed(type(estimator).__mro__):
        tags.update(vars(base).get("_tags", {}))
    unknown = sorted(tags.keys() - TAGS.keys())
    if unknown:
        raise TypeError(f"{type(estimator).__name__}._tags: unknown {unknown}; known: {[*TAGS]}.")
    return tags


def modern_tags(estimator):
    """Tags for scikit-learn 1.6 and newer."""
    import sklearn.utils as sk

    kind, tags = estimator._estimator_type, declared_tags(estimator)
    supervised = kind in ("classifier", "regressor")
    result = sk.Tags(
        estimator_type=kind,
        target_tags=sk.TargetTags(
            required=supervised or tags["labels_only"],
            one_d_labels=tags["labels_only"],
            multi_output=tags["multi_output"],
            positive_only=tags["positive_y"],
        ),
        input_tags=sk.InputTags(
            two_d_array=not tags["labels_only"],
            categorical=tags["categorical"],
            string=tags["string"],
            positive_only=tags["positive_only"],
            allow_nan=tags["allow_nan"],
        ),
        non_deterministic=tags["non_deterministic"],
        requires_fit=tags["requires_fit"],
    )
    if kind == "classifier":
        result.classifier_tags = sk.ClassifierTags(
            poor_score=tags["poor_score"], multi_class=not tags["binary_only"]
        )
    if kind == "regressor":
        result.regressor_tags = sk.RegressorTags(poor_score=tags["poor_score"])
    if hasattr(estimator, "transform"):
        result.transformer_tags = sk.TransformerTags(preserves_dtype=[*tags["preserves_dtype"]])
    return result


def complete_legacy_tags(estimator) -> dict:
    """Tags for scikit-learn 1.5, every one of them."""
    from sklearn.utils._tags import _DEFAULT_TAGS

    return {**_DEFAULT_TAGS, **estimator._more_tags()}


def legacy_tags(estimator) -> dict:
    """Tags for scikit-learn 1.5, as far as they are declared here."""
    tags = declared_tags(estimator)
    kinds = {"categorical": tags["categorical"], "string": tags["string"]}
    supervised = estimator._estimator_type in ("classifier", "regressor")
    return {
        "X_types": (
            ["1dlabels"]
            if tags["labels_only"]
            else ["2darray", *[kind for kind, taken in kinds.items() if taken]]
        ),
        "allow_nan": tags["allow_nan"],
        "binary_only": tags["binary_only"],
        "multioutput": tags["multi_output"],
        "non_deterministic": tags["non_deterministic"],
        "poor_score": tags["poor_score"],
        "preserves_dtype": [*tags["preserves_dtype"]],
        "requires_fit": tags["requires_fit"],
        "requires_positive_X": tags["positive_only"],
        "requires_positive_y": tags["positive_y"],
        "requires_y": supervised or tags["labels_only"],
        "stateless": not tags["requires_fit"],
    }


# ---- metadata routing ----------------------------------------------------------------------------
def extra_arguments(estimator_class, method: str) -> tuple[str, ...]:
    """Return the names of a method's arguments beyond X and y."""
    function = getattr(estimator_class, method, None)
    if function is None:
        return ()
    named = list(inspect.signature(function).parameters.values())[2:]
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(p.name for p in named if p.name != "y" and p.kind not in fixed)


def add_request_methods(estimator_class) -> None:
    """Give a class ``set_fit_request`` and the like, one for each method with extra arguments."""
    for method in METHODS:
        names = extra_arguments(estimator_class, method)
        if names:
            setattr(estimator_class, f"set_{method}_request", _request_setter(method, names))


def _request_setter(method, names):
    def set_request(self, **requests):
        unknown = sorted(requests.keys() - set(names))
        if unknown:
            raise TypeError(f"Unexpected args: {unknown} in {method}. Accepted: {[*names]}.")
        mine = {key: dict(value) for key, value in getattr(self, "_requests", {}).items()}
        mine.setdefault(method, {}).update(requests)
        self._requests = mine
        return self

    set_request.__name__ = f"set_{method}_request"
    set_request.__doc__ = (
        f"Say which of {', '.join(names)} scikit-learn's metadata routing passes to ``{method}``.\n\n"
        "True passes it, False does not, None refuses it, and a string is another name for it."
    )
    return set_request


def metadata_request(estimator):
    """Return scikit-learn's ``MetadataRequest``: every extra argument with what was asked for it."""
    from sklearn.utils.metadata_routing import MetadataRequest

    result = MetadataRequest(owner=type(estimator).__name__)
    for method in METHODS:
        asked = getattr(estimator, "_requests", {}).get(method, {})
        for name in extra_arguments(type(estimator), method):
            getattr(result, method).add_request(param=name, alias=asked.get(name))
    return result


# ---- notebooks -----------------------------------------------------------------------------------
def diagram(estimator) -> str:
    """Return scikit-learn's HTML diagram where it is imported, or the plain text as HTML."""
    if "sklearn" not in sys.modules:
        return f"<pre>{html.escape(repr(estimator))}</pre>"
    from sklearn.utils import estimator_html_repr

    return estimator_html_repr(estimator)
