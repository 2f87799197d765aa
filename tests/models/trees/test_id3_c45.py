"""ID3 and C4.5: Quinlan's tennis, information by hand, thresholds, pruning, unseen categories."""

import math

import numpy as np
import pytest

from ml_from_scratch.models import C45Classifier, ID3Classifier
from ml_from_scratch.models.trees.id3_c45 import (
    Node,
    best_threshold,
    entropy,
    gain,
    pessimistic_errors,
    prune,
    split_information,
)

DAYS = """sunny hot high weak no
sunny hot high strong no
overcast hot high weak yes
rain mild high weak yes
rain cool normal weak yes
rain cool normal strong no
overcast cool normal strong yes
sunny mild high weak no
sunny cool normal weak yes
rain mild normal weak yes
sunny mild normal strong yes
overcast mild high strong yes
overcast hot normal weak yes
rain mild high strong no"""
TABLE = np.array([day.split() for day in DAYS.splitlines()])
X, Y = TABLE[:, :4], TABLE[:, 4]
NAMES = ["outlook", "temperature", "humidity", "wind"]


# ---- by hand -------------------------------------------------------------------------------------
def test_gains_of_the_first_question():
    """The four numbers of Quinlan's paper (1986, p. 90)."""
    y = (Y == "yes").astype(int)
    codes = [np.unique(X[:, j], return_inverse=True)[1].reshape(-1) for j in range(4)]
    gains = [round(gain(code, y), 3) for code in codes]
    assert gains == [0.247, 0.029, 0.152, 0.048]
    assert round(split_information(codes[0]), 3) == 1.577


def test_the_tree_of_the_paper():
    model = ID3Classifier().fit(X, Y)
    outlook = model.root_
    assert outlook.feature == 0
    assert [str(model.categories_[0][a]) for a in outlook.answers] == ["overcast", "rain", "sunny"]
    overcast, rain, sunny = outlook.children
    assert not overcast.children and rain.feature == 3 and sunny.feature == 2
    assert (model.predict(X) == Y).all()
    assert model.predict([["sunny", "cool", "high", "strong"]]).tolist() == ["no"]
    assert model.describe(NAMES).splitlines()[0] == "outlook = overcast: yes (4)"


def test_c45_on_the_same_days_without_pruning():
    model = C45Classifier(confidence=None).fit(X, Y)
    assert model.root_.feature == 0 and (model.predict(X) == Y).all()


def test_entropy():
    assert entropy(np.array([[1, 1], [4, 0], [0, 0]])).tolist() == [1.0, 0.0, 0.0]
    assert entropy(np.array([1, 1, 1, 1])) == 2.0


# ---- gain ratio ----------------------------------------------------------------------------------
def test_id3_falls_for_a_date_and_c45_does_not():
    with_date = np.column_stack([np.arange(14).astype(str), X])
    assert ID3Classifier().fit(with_date, Y).root_.feature == 0
    model = C45Classifier(confidence=None).fit(with_date, Y)
    assert model.root_.feature == 1  # the date answers everything, to one sample each


def test_c45_takes_the_ratio_only_among_features_of_average_gain():
    """A rare value that is always right has a high ratio; so little gain is not worth the question."""
    y = np.array([0] * 10 + [1] * 10)
    rare = np.array(["a"] * 2 + ["b"] * 18)
    useful = np.array(["a"] * 7 + ["b"] * 3 + ["a"] * 3 + ["b"] * 7)
    useless = np.array(["a", "b"] * 10)
    gains = [gain(np.unique(x, return_inverse=True)[1].reshape(-1), y) for x in (rare, useful)]
    assert gains[0] == pytest.approx(0.108, abs=1e-3) and gains[1] == pytest.approx(0.119, abs=1e-3)
    assert gains[0] / split_information((rare == "a").astype(int)) > 0.2 > gains[1]
    model = C45Classifier(confidence=None, max_depth=1)
    assert model.fit(np.column_stack([useless, rare, useful]), y).root_.feature == 2


# ---- numbers -------------------------------------------------------------------------------------
def test_threshold_and_its_price():
    """Four samples, a perfect cut in the middle, out of three: 1 - log2(3) / 4 bits."""
    x, y = np.array([4.0, 1.0, 2.0, 3.0]), np.array([1, 0, 0, 1])
    threshold, bits = best_threshold(x, y, 1)
    assert threshold == 2.5 and bits == pytest.approx(1 - math.log2(3) / 4)
    assert best_threshold(x, y, 3) == (0.0, 0.0)
    assert best_threshold(np.ones(4), y, 1) == (0.0, 0.0)


def test_thresholds_against_brute_force():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, y = rng.integers(0, 6, 15).astype(float), rng.integers(0, 3, 15)
        cuts = np.unique(x)[:-1] + 0.5
        gains = [gain((x > cut).astype(int), y) for cut in cuts]
        best = max(gains) - math.log2(len(cuts)) / 15
        assert best_threshold(x, y, 1)[1] == pytest.approx(best)


def test_c45_mixes_numbers_and_words():
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=80), rng.choice(["cat", "dog"], 80)
    y = np.where((kind == "dog") & (size > 0.3), "big dog", "other")
    data = np.empty((80, 2), dtype=object)
    data[:, 0], data[:, 1] = size, kind
    model = C45Classifier().fit(data, y)
    assert model.categories_[0] is None and model.categories_[1].tolist() == ["cat", "dog"]
    assert (model.predict(data) == y).mean() > 0.95
    assert "x1 = dog" in model.describe() and "x0 >" in model.describe()


def test_a_number_can_be_asked_about_twice():
    x = np.arange(30.0)[:, None]
    y = (x[:, 0] > 9).astype(int) + (x[:, 0] > 19)
    model = C45Classifier().fit(x, y)
    assert (model.predict(x) == y).all() and model.root_.children[1].feature in (0, -1)


# ---- pruning -------------------------------------------------------------------------------------
def test_pessimistic_errors_of_witten_and_frank():
    """Data mining, section 6.1, z = 0.69: f = 2/6 gives e = 0.47, 1/2 gives 0.72, 5/14 gives 0.446."""
    for counts, share in ([4, 2], 0.47), ([1, 1], 0.72), ([9, 5], 0.446):
        counts = np.array(counts)
        assert pessimistic_errors(counts, 0.69) / counts.sum() == pytest.approx(share, abs=6e-3)


def test_their_branch_is_pruned():
    """Leaves of 2/6, 1/2 and 2/6 errors are worse, 0.51 on average, than one leaf of 5/14."""
    branch = Node(np.array([9, 5]))
    branch.feature, branch.answers = 0, [0, 1, 2]
    branch.children = [Node(np.array(counts)) for counts in ([4, 2], [1, 1], [4, 2])]
    assert prune(branch, 0.69) / 14 == pytest.approx(0.446, abs=5e-3)
    assert branch.feature == -1 and not branch.children


def test_pruning_removes_what_noise_has_grown():
    rng = np.random.default_rng(0)
    data, y = rng.choice(["a", "b", "c"], (300, 5)), (rng.random(300) < 0.3).astype(int)
    sizes = [
        C45Classifier(confidence=c).fit(data, y).describe().count("\n") for c in (None, 0.25, 0.01)
    ]
    assert sizes[0] > sizes[1] > sizes[2] == 0


# ---- what hurts ----------------------------------------------------------------------------------
def test_an_unseen_category_gets_the_majority_of_the_node_that_asks():
    model = ID3Classifier().fit(X, Y)
    assert model.predict([["snow", "cool", "high", "weak"]]).tolist() == ["yes"]  # 9 of 14
    assert model.predict_proba([["snow", "hot", "high", "weak"]]).round(3).tolist() == [
        [0.357, 0.643]
    ]
    assert model.predict([["sunny", "hot", "dry", "weak"]]).tolist() == ["no"]  # 3 of 5


def test_numbers_are_categories_to_id3():
    x, y = [[1.0], [2.0], [3.0]], [0, 1, 0]
    model = ID3Classifier().fit(x, y)
    assert model.predict([[1.0], [2.0], [3.0], [2.5]]).tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("kind", [ID3Classifier, C45Classifier])
def test_degenerate_data(kind):
    assert kind().fit([["a"]], ["x"]).predict([["b"]]).tolist() == ["x"]
    assert kind().fit([["a"], ["a"]], ["x", "y"]).predict_proba([["a"]]).tolist() == [[0.5, 0.5]]
    model = kind(max_depth=1).fit(X, Y)
    assert not any(child.children for child in model.root_.children)


@pytest.mark.parametrize("kind", [ID3Classifier, C45Classifier])
def test_data_frames_keep_their_names(kind):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=NAMES)
    model = kind(**({"confidence": None} if kind is C45Classifier else {})).fit(frame, Y)
    assert "outlook = overcast: yes (4)" in model.describe()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (ID3Classifier(max_depth=0), "max_depth must be an integer of at least 1"),
        (C45Classifier(confidence=0.9), "confidence must be a number above 0 and of at most 0.5"),
        (C45Classifier(min_samples_leaf=0), "min_samples_leaf"),
    ],
)
def test_bad_settings(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y)
