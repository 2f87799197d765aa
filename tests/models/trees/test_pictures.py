"""A tree as text and as a picture."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from ml_from_scratch.datasets import load_diabetes, load_iris
from ml_from_scratch.models import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    RandomForestRegressor,
)
from ml_from_scratch.models.trees import draw_tree, export_text

IRIS, DIABETES = load_iris(), load_diabetes()
CLASSIFIER = DecisionTreeClassifier().fit(IRIS.data, IRIS.target)
REGRESSOR = DecisionTreeRegressor(max_depth=4).fit(DIABETES.data, DIABETES.target)


def test_text_of_a_regression():
    model = DecisionTreeRegressor().fit([[1.0], [2.0]], [0.5, 1.5])
    assert export_text(model, decimals=1) == (
        "|--- feature_0 <= 1.5\n|   |--- value: [0.5]\n|--- feature_0 >  1.5\n|   |--- value: [1.5]\n"
    )


def test_text_of_weights_and_names():
    model = DecisionTreeClassifier().fit([[1.0], [2.0], [2.5]], ["a", "b", "b"])
    text = export_text(model, feature_names=["size"], class_names=["A", "B"], show_weights=True)
    assert text.splitlines() == [
        "|--- size <= 1.50",
        "|   |--- weights: [1.00, 0.00] class: A",
        "|--- size >  1.50",
        "|   |--- weights: [0.00, 2.00] class: B",
    ]


def test_text_is_cut_short_where_it_is_deep():
    lines = export_text(CLASSIFIER, max_depth=1).splitlines()
    assert sum("truncated branch of depth" in line for line in lines) == 2
    assert len(lines) < len(export_text(CLASSIFIER).splitlines())


@pytest.mark.parametrize("show", [export_text, draw_tree])
def test_names_are_counted(show):
    with pytest.raises(ValueError, match="feature_names must contain 4 elements, got 1"):
        show(CLASSIFIER, feature_names=["a"])
    with pytest.raises(ValueError, match="3 classes"):
        show(CLASSIFIER, class_names=["a"])
    with pytest.raises(Exception, match="not fitted"):
        show(DecisionTreeClassifier())
    forest = RandomForestRegressor(2, random_state=0).fit(DIABETES.data[:20], DIABETES.target[:20])
    with pytest.raises(TypeError, match="estimators_"):
        show(forest)
    show(forest[0])


def boxes(picture):
    """The rectangles of nodes, as (left, top, right, bottom)."""
    root = ET.fromstring(picture.svg)
    found = []
    for element in root.iter("{http://www.w3.org/2000/svg}rect"):
        if element.get("class", "").startswith("node"):
            x, y, w, h = (float(element.get(k)) for k in ("x", "y", "width", "height"))
            found.append((x, y, x + w, y + h))
    return np.array(found), float(root.get("width"))


@pytest.mark.parametrize("model", [CLASSIFIER, REGRESSOR], ids=["classes", "numbers"])
def test_a_picture_has_a_box_for_every_node_and_none_covers_another(model):
    found, width = boxes(draw_tree(model))
    assert len(found) == model.tree_.node_count
    assert found[:, 0].min() >= 0 and found[:, 2].max() <= width
    for i, a in enumerate(found):
        for b in found[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_picture_is_cut_short_and_needs_nothing_from_outside(tmp_path):
    picture = draw_tree(REGRESSOR, feature_names=DIABETES.feature_names, max_depth=2)
    found, _ = boxes(picture)
    assert len(found) == 7 and picture.svg.count(">goes on ...<") == 4
    assert not re.search(r"href|url\(|@import|<script", picture.svg)
    assert "bmi ≤" in picture.svg
    picture.save(tmp_path / "tree.svg")
    assert ET.parse(tmp_path / "tree.svg").getroot().tag.endswith("svg")


def test_names_are_only_text():
    picture = draw_tree(CLASSIFIER, feature_names=["<b>&"] * 4, class_names=["<i>", "x", "y"])
    assert "<b>" not in picture.svg and "&lt;b&gt;&amp; ≤" in picture.svg


def test_a_single_leaf():
    model = DecisionTreeRegressor().fit([[0.0]], [2.0])
    assert export_text(model) == "|--- value: [2.00]\n"
    assert len(boxes(draw_tree(model))[0]) == 1
