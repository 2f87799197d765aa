"""The lab: its book, its report, its chapters, the doctor and the command line."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from ml_from_scratch import cli
from ml_from_scratch.core import no_grad
from ml_from_scratch.experiments import surroundings
from ml_from_scratch.experiments.lab import CHAPTERS, book, chapter, language_model, run_lab
from ml_from_scratch.experiments.report import Report, figure_svg
from ml_from_scratch.transformers import gpt2


@pytest.fixture
def chapters(monkeypatch):
    """A registry of two small chapters, one of which fails."""
    registry = {}
    monkeypatch.setattr(book, "CHAPTERS", registry)
    monkeypatch.setattr("ml_from_scratch.experiments.lab.chapters.CHAPTERS", registry)

    @chapter("broken", "A broken one", "It fails.")
    def broken(report, seed):
        report.paragraph("before the failure")
        raise RuntimeError("the <reason>")

    @chapter("sound", "A sound one", "It works.")
    def sound(report, seed):
        report.paragraph(f"seed {seed}")
        return "all good"

    return registry


def test_a_failing_chapter_is_reported_and_the_others_go_on(chapters, tmp_path):
    lines = []
    assert run_lab(tmp_path / "new" / "lab", seed=3, say=lines.append) == 1
    page = (tmp_path / "new" / "lab" / "report.html").read_text(encoding="utf-8")
    for words in ("before the failure", "the &lt;reason&gt;", "seed 3", "A sound one"):
        assert words in page
    assert any("FAILED: RuntimeError" in line for line in lines) and any(
        "all good" in line for line in lines
    )


def test_unknown_chapters_are_named(chapters, tmp_path):
    with pytest.raises(ValueError, match="no chapter nonsense; there are: broken, sound"):
        run_lab(tmp_path, only=["nonsense"])
    assert not list(tmp_path.iterdir())


def test_nothing_but_plain_lines_goes_to_a_log(chapters, tmp_path, capfd):
    run_lab(tmp_path)
    out, err = capfd.readouterr()
    assert "\r" not in out + err and "lab: 2 of 2" in err and "report.html" in out


@pytest.mark.slow
def test_every_chapter_works_without_the_optional_libraries(tmp_path, monkeypatch):
    monkeypatch.setattr(surroundings, "is_installed", lambda library: False)
    lines = []
    assert run_lab(tmp_path, seed=1, say=lines.append) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'pip install "ml-from-scratch-lab[viz]"' in "".join(lines) and "[bench]" in page
    assert len(CHAPTERS) >= 4


@pytest.mark.slow
def test_the_whole_lab(tmp_path):
    pytest.importorskip("matplotlib")
    pytest.importorskip("sklearn")
    assert run_lab(tmp_path) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r'(src|href)="(?!data:|#)', page), "the page needs something from outside"
    assert page.count("<figure>") >= 5 and page.count("<table>") >= 2
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page)
    assert all("mlfs lab --only" in caption and "Seed 0" in caption for caption in captions)
    scores = [float(s) for s in re.findall(r"<td>(0\.\d{4})</td>", page)]
    ours = [float(s) for s in re.findall(r"<td>(?:R²|accuracy) (0\.\d{4}|1\.0000)</td>", page)]
    theirs = [
        float(s) for s in re.findall(r"<td>(?:R²|accuracy) \S+</td><td>(\d\.\d{4})</td>", page)
    ]
    assert len(ours) == len(theirs) == 13
    assert len(scores) == 12 + sum(score < 1.0 for score in theirs) and min(scores) > 0.3
    assert all(a > b - 0.02 for a, b in zip(ours, theirs)), "a model is worse than scikit-learn's"
    HTMLParser().feed(page)


def test_the_same_seed_gives_the_same_words(tmp_path):
    pages = []
    for name in ("a", "b"):
        run_lab(tmp_path / name, only=["computation", "gradients"], seed=5, say=lambda line: None)
        pages.append((tmp_path / name / "report.html").read_bytes())
    assert pages[0] == pages[1]


def test_the_language_model_writes_the_same_with_the_same_seed(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    few = {"n_steps": 30, "evaluate_every": 10, "warm_up": 5, "n_evaluation_batches": 2}
    monkeypatch.setattr(language_model, "RECIPE", few)
    monkeypatch.setattr(language_model, "SHOWN", (10, 30))
    pages = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        run_lab(tmp_path / name, only=["language_model"], seed=seed, say=lambda line: None)
        pages.append((tmp_path / name / "report.html").read_bytes())
    assert pages[0] == pages[1] != pages[2]
    assert pages[0].count(b"<figure>") == 2 and b"After 30 steps it writes" in pages[0]


def test_the_map_of_attention_is_what_the_last_block_does():
    model = gpt2(vocab_size=9, context_length=6, n_layers=2, n_heads=2, d_model=8, seed=0)
    seen = []
    attention = model.blocks[1].attention
    tokens = np.array([1, 2, 3, 4])
    forward = attention.forward
    attention.forward = lambda x, **more: (seen.append(x), forward(x, **more))[1]
    with no_grad():
        model.eval()(tokens[None])
        expected = attention.attention_weights(seen[0])[0]
    weights = language_model.attention_of(model, tokens)
    assert np.array_equal(weights, expected)
    assert np.allclose(weights.sum(-1), 1.0) and not np.triu(weights[0], 1).any()


# ---- the report --------------------------------------------------------------------------------------
def test_a_report_escapes_everything():
    report = Report("<script>", "a & b")
    report.section("<b>", "<i>")
    report.table(["<u>"], [["<td>"]], "<caption>")
    report.listing("<pre>")
    report.note("<note>")
    page = report.html()
    for text in ("<script>", "<i>", "<u>", "<note>"):
        assert text not in page
    assert "&lt;script&gt;" in page


def test_a_figure_becomes_an_svg_that_is_the_same_each_time():
    figure_of = pytest.importorskip("matplotlib.figure").Figure

    def draw():
        figure = figure_of()
        figure.subplots().plot([1, 2], label="line")
        return figure_svg(figure)

    assert draw() == draw()
    assert ElementTree.fromstring(draw()).tag.endswith("svg")


def test_a_report_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")
    report = Report("t", "l")
    monkeypatch.setattr(report, "html", lambda: (_ for _ in ()).throw(RuntimeError("full disk")))
    with pytest.raises(RuntimeError):
        report.save(path)
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["report.html"]


# ---- the command line --------------------------------------------------------------------------------
def test_help_lists_what_there_is(capsys):
    assert cli.main([]) == 0
    with pytest.raises(SystemExit):
        cli.main(["lab", "--help"])
    text = capsys.readouterr().out
    for words in ("mlfs lab", "mlfs doctor", "--only", "--seed", "runs/lab"):
        assert words in text


def test_list_and_mistakes(capsys):
    assert cli.main(["lab", "--list"]) == 0
    assert "linear_models" in capsys.readouterr().out
    assert cli.main(["lab", "--only", "trees"]) == 2
    assert "no chapter trees; there are: linear_models" in capsys.readouterr().err
    assert cli.main(["lab", "--seed", "-1"]) == 2
    assert "0 or larger" in capsys.readouterr().err


def test_lab_by_command_line(tmp_path, capsys):
    assert cli.main(["lab", "--only", "computation", "--out", str(tmp_path)]) == 0
    assert "What to try next" in capsys.readouterr().out
    assert (tmp_path / "report.html").exists()


def test_doctor(capsys, monkeypatch):
    assert cli.main(["doctor"]) == 0
    assert "All is well" in capsys.readouterr().out
    monkeypatch.setattr("ml_from_scratch.experiments.doctor.grad", lambda f: lambda x: np.ones(3))
    assert cli.main(["doctor"]) == 1
    assert "float64" in capsys.readouterr().out
