"""Objects as plain data: what can be described, what is refused, and what a repr says."""

import json

import numpy as np
import pytest

from ml_from_scratch.neural import L2, Dense, HeNormal, Model, Orthogonal, Sequential, Softmax
from ml_from_scratch.neural.blueprint import CLASSES, Configurable, blueprint_of, build_from


def test_a_blueprint_is_plain_data():
    model = Model([Dense(3, kernel_initializer=Orthogonal(2.0), regularizer=L2(0.1)), Softmax()], 5)
    text = json.dumps(blueprint_of(model))
    assert repr(build_from(json.loads(text))) == repr(model)


def test_arguments_by_hand():
    assert blueprint_of(Dense(3, use_bias=False))["arguments"] == {
        "units": 3,
        "input_dim": None,
        "use_bias": False,
        "kernel_initializer": None,
        "bias_initializer": None,
        "regularizer": None,
    }
    assert blueprint_of(np.float32(0.5)) == 0.5 and blueprint_of(np.dtype("float32")) == "float32"


def test_one_object_in_two_places_stays_one():
    he = HeNormal()
    net = Sequential(
        [Dense(2, kernel_initializer=he), Sequential([Dense(2, kernel_initializer=he)])]
    )
    again = build_from(blueprint_of(net))
    assert again[0].kernel_initializer is again[1][0].kernel_initializer


@pytest.mark.parametrize("value", [np.tanh, object(), {"a": 1}, np.ones(2), 1j])
def test_what_is_refused(value):
    with pytest.raises(TypeError, match="the model is .* which cannot be kept in a file"):
        blueprint_of(value)


def test_a_class_that_was_defined_again_is_told_apart():
    def define():
        class Again(Configurable):
            def __init__(self):
                pass

        return Again

    old = define()
    new = define()
    assert new in CLASSES.values() and old not in CLASSES.values()
    with pytest.raises(TypeError, match="not registered: another class has its name"):
        blueprint_of(old())


def test_private_classes_are_bases():
    class _Base(Configurable):
        pass

    assert _Base not in CLASSES.values()


def test_unknown_classes():
    with pytest.raises(
        ValueError, match="holds a Missing, which is not known here. Import the module"
    ):
        build_from({"class": "Missing", "arguments": {}})


def test_repr_leaves_out_defaults():
    assert repr(Dense(3)) == "Dense(units=3)"
    assert repr(Dense(3, 4, kernel_initializer=HeNormal())) == (
        "Dense(units=3, input_dim=4, kernel_initializer=HeNormal())"
    )
