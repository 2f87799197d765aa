"""The chapter on images and sequences: it learns, it tells the truth, and it says the same again."""

import re
from itertools import islice

import numpy as np
import pytest

from ml_from_scratch.datasets import make_adding_problem
from ml_from_scratch.experiments import surroundings
from ml_from_scratch.experiments.lab import CHAPTERS, images_and_sequences
from ml_from_scratch.experiments.lab.images_and_sequences import BASELINE, adding_losses
from ml_from_scratch.experiments.report import Report
from ml_from_scratch.losses import MSE
from ml_from_scratch.neural import LSTM, Dense, Model, states_over_time
from ml_from_scratch.optimizers import Adam


def written(seed):
    """The chapter's result and its page."""
    report = Report("t", "l")
    return CHAPTERS["images_and_sequences"].write(report, seed), report.html()


def rows(page, words):
    """The rows of the table whose caption has these words."""
    (table,) = [part for part in page.split("<table>")[1:] if words in part.split("</caption>")[0]]
    body = table.split("<tbody>")[1].split("</tbody>")[0]
    return [re.findall("<td>(.*?)</td>", row) for row in body.split("</tr>")[:-1]]


@pytest.fixture(scope="module")
def both():
    """The chapter, twice: with pictures, and without matplotlib."""
    pytest.importorskip("matplotlib")
    with pytest.MonkeyPatch.context() as patch:
        with_pictures = written(0)
        patch.setattr(surroundings, "is_installed", lambda library: False)
        return with_pictures, written(0)


@pytest.mark.slow
def test_it_learns(both):
    (result, _), _ = both
    accuracy, error = re.match(r"(.*)% of unseen .* squared error of (\S+),", result).groups()
    assert float(accuracy) > 96.0 and float(error) < BASELINE / 20


@pytest.mark.slow
def test_the_mistakes_are_mistakes_and_all_there(both):
    (result, page), _ = both
    told = rows(page, "mistakes on the test set")
    accuracy = float(result.partition("%")[0])
    assert len(told) == round(450 * (1 - accuracy / 100))
    sureness = [float(row[3].rstrip("%")) for row in told]
    assert sureness == sorted(sureness, reverse=True)
    for _, truth, read, sure, of_truth in told:
        assert truth != read and float(of_truth.rstrip("%")) < float(sure.rstrip("%"))


@pytest.mark.slow
def test_the_memory_opens_at_the_marks(both):
    (_, page), _ = both
    marked, elsewhere = re.search(r"moves by (\S+) on average, .* by (\S+)\.</p>", page).groups()
    assert float(marked) > 3 * float(elsewhere) > 0
    X, _ = make_adding_problem(500, images_and_sequences.LENGTH, random_state=1)
    steps = np.flatnonzero(X[0, :, 1])
    first, second = rows(page, "two marks of one sequence")
    assert [int(first[0]), int(second[0])] == steps.tolist()
    assert [first[1], second[1]] == [f"{X[0, t, 0]:.2f}" for t in steps]
    moves = []
    for cell in first[2:]:
        before, after = map(float, cell.split(" → "))
        moves.append(abs(after - before))
    assert max(moves) > 0.2


@pytest.mark.slow
def test_pictures_come_on_top_and_change_nothing(both):
    (result, page), (result_without, page_without) = both
    assert result == result_without and page.count("<figure>") == 5
    words = re.sub("<figure>.*?</figure>\n?", "", page)
    assert words.split("<footer>")[0] == page_without.split("<footer>")[0]
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert all("mlfs lab --only images_and_sequences --seed 0" in caption for caption in captions)


def test_the_table_of_cells_is_what_the_layer_remembers(monkeypatch):
    monkeypatch.setattr(surroundings, "is_installed", lambda library: False)
    model = Model([LSTM(8, input_dim=2), Dense(1)], seed=0)
    X, _ = make_adding_problem(5, 12, random_state=3)
    report = Report("t", "l")
    images_and_sequences._show_memory(report, 0, model, X)
    page = report.html()
    units = [int(unit) for unit in re.findall("<th>cell (\\d+)</th>", page)]
    _, c = states_over_time(model[0], X.astype(np.float32))
    told = rows(page, "two marks of one sequence")
    assert len(told) == 2 and len(set(units)) == 4
    for row in told:
        t = int(row[0])
        for unit, cell in zip(units, row[2:]):
            before = c[t - 1, 0, 0, unit] if t else 0.0
            assert cell == f"{before:+.2f} → {c[t, 0, 0, unit]:+.2f}"


def test_no_mistakes_no_table():
    report = Report("t", "l")
    certain = np.eye(10)[[3, 7]]
    images_and_sequences._show_mistakes(
        report, 0, np.zeros((2, 8, 8, 1)), np.array([3, 7]), certain
    )
    assert "<table>" not in report.html()


def test_losses_of_adding_are_those_of_fresh_sequences_and_fall():
    def losses(n):
        model = Model([LSTM(8, input_dim=2), Dense(1)], seed=0)
        model.compile(Adam(learning_rate=0.01), MSE())
        X, y = make_adding_problem(16, 4, random_state=np.random.default_rng(0))
        expected = float(np.mean((model.predict(X) - y) ** 2))
        return list(islice(adding_losses(model, 4, np.random.default_rng(0), 16), n)), expected

    told, expected = losses(60)
    np.testing.assert_allclose(told[0], expected, rtol=1e-5)
    assert len(set(told)) == 60 and np.mean(told[-10:]) < 0.7 * np.mean(told[:5])
    assert losses(60)[0] == told
