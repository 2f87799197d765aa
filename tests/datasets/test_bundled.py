"""The bundled data: equal to scikit-learn's, complete, described, and small."""

import copy
import json
import pickle
import sys
from importlib.resources import files

import numpy as np
import pytest

from ml_from_scratch import datasets
from ml_from_scratch.datasets import Bunch, load_diabetes, load_digits, load_python_topics

LOADERS = ["load_breast_cancer", "load_diabetes", "load_digits", "load_iris", "load_wine"]


@pytest.mark.parametrize("name", LOADERS)
def test_equals_scikit_learns(name):
    theirs = getattr(pytest.importorskip("sklearn.datasets"), name)()
    ours = getattr(datasets, name)()
    if name == "load_diabetes":  # computed, in an order of its own
        assert np.allclose(ours.data, theirs.data, rtol=1e-12, atol=1e-15)
    else:
        assert np.array_equal(ours.data, theirs.data)
    assert np.array_equal(ours.target, theirs.target)
    assert ours.target.dtype == theirs.target.dtype
    assert ours.feature_names == list(theirs.feature_names)
    if "target_names" in theirs:
        assert np.array_equal(ours.target_names, theirs.target_names)
    if "images" in theirs:
        assert np.array_equal(ours.images, theirs.images)


def test_unscaled_diabetes_equals_scikit_learns():
    theirs = pytest.importorskip("sklearn.datasets").load_diabetes(scaled=False)
    # older versions read a few values with an error in the last bit
    assert np.allclose(load_diabetes(scaled=False).data, theirs.data, rtol=4e-16, atol=0)


@pytest.mark.parametrize("name", LOADERS)
def test_is_complete_and_described(name):
    load = getattr(datasets, name)
    bunch = load()
    X, y = load(return_X_y=True)
    assert np.array_equal(X, bunch.data) and np.array_equal(y, bunch.target)
    assert X.dtype == np.float64 and X.flags.c_contiguous and X.flags.writeable
    assert X.shape == (len(y), len(bunch.feature_names))
    assert "Source:" in bunch.description and "Licence:" in bunch.description
    assert "Source:" in load.__doc__
    if name != "load_diabetes":
        assert sorted(set(y.tolist())) == list(range(len(bunch.target_names)))


@pytest.mark.parametrize("name", LOADERS)
def test_a_second_load_is_fresh(name):
    load = getattr(datasets, name)
    before = load()
    kept = before.data.copy()
    before.data[:] = -1
    assert np.array_equal(load().data, kept)


def test_the_files_are_small_and_all_described():
    folder = files("ml_from_scratch.datasets") / "data"
    sizes = {path.name: len(path.read_bytes()) for path in folder.iterdir()}
    assert sum(sizes.values()) < 150_000
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    assert {f"{name}.csv.gz" for name in about} | {"about.json"} == set(sizes)
    for facts in about.values():
        assert facts["source"] and facts["licence"]


def test_digits_images_are_the_rows():
    digits = load_digits()
    assert digits.images.shape == (1797, 8, 8)
    assert np.array_equal(digits.images.reshape(1797, 64), digits.data)
    assert digits.data.min() == 0 and digits.data.max() == 16


# ----------------------------------------------------------------------------------------- Bunch


def test_bunch_is_a_dictionary_with_attributes():
    bunch = Bunch(data=1)
    bunch.target = 2
    assert bunch["target"] == 2 and bunch.data == 1
    del bunch.data
    assert dict(bunch) == {"target": 2}
    assert "target" in dir(bunch)
    assert repr(bunch) == "Bunch(target)"
    with pytest.raises(AttributeError, match="no entry 'colour'; there are target"):
        bunch.colour  # noqa: B018
    with pytest.raises(AttributeError, match="no entry"):
        del bunch.colour


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b)), Bunch.copy]
)
def test_bunch_survives_copying(clone):
    bunch = Bunch(a=1, b=[2])
    again = clone(bunch)
    assert type(again) is Bunch and again == bunch and again is not bunch


# ------------------------------------------------------------------------------------------ text


def test_python_topics_is_one_long_deterministic_text():
    text = load_python_topics()
    assert isinstance(text, str) and len(text) > 300_000
    assert text == load_python_topics()
    letters = sum(character.isalpha() for character in text)
    assert letters > 0.5 * len(text)


def test_python_topics_come_in_alphabetical_order(monkeypatch):
    from pydoc_data import topics

    monkeypatch.setattr(topics, "topics", {"b": "\nsecond\n\n", "a": "first"})
    assert load_python_topics() == "first\n\nsecond\n"


def test_a_python_without_its_topics_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    with pytest.raises(RuntimeError, match="pydoc_data.*fetch_tiny_shakespeare"):
        load_python_topics()
