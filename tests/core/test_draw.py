"""draw(): the picture of a recorded computation, and the layout of its boxes."""

import itertools
import os
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from ml_from_scratch.core import Parameter, Tensor, draw, explain, fused, grad, no_grad
from ml_from_scratch.core.files import replacing
from ml_from_scratch.core.fused import FUSED
from ml_from_scratch.core.show import layout as layout_module
from ml_from_scratch.core.show.layout import arrange
from ml_from_scratch.core.tape import VJPS

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def unregistered():
    """Fused operations that a test makes are forgotten when it ends."""
    before = list(FUSED)
    yield
    for operation in [operation for operation in FUSED if operation not in before]:
        FUSED.remove(operation)
        del VJPS[operation]


def parsed(picture):
    return ElementTree.fromstring(picture.svg)


def boxes_of(picture):
    """name -> element of every box, by its tooltip."""
    groups = list(parsed(picture).iter(SVG + "g"))
    names = [re.split(" = |: ", group.find(SVG + "title").text)[0] for group in groups]
    assert len(set(names)) == len(names), "a row was drawn twice"
    return dict(zip(names, groups))


def words(element):
    return " ".join(element.itertext())


def network():
    rng = np.random.default_rng(0)
    w, b = Parameter(rng.normal(size=(4, 3)), "w"), Parameter(np.zeros(3), "b")
    X = rng.normal(size=(5, 4))
    return np.mean(np.tanh(X @ w + b) ** 2)


# ---- the drawing ---------------------------------------------------------------------------------
def test_every_row_has_one_box_and_every_argument_an_arrow():
    loss = network()
    rows, picture = explain(loss).rows, draw(loss)
    assert set(boxes_of(picture)) == {row.name for row in rows}
    heads = [path.get("class") for path in parsed(picture).iter(SVG + "path")]
    assert heads.count("forward-head") == sum(len(row.parents) for row in rows)
    assert heads.count("backward-head") == sum(sum(row.receives) for row in rows)


def test_values_gradients_shapes_and_rules_can_be_read():
    a, b = Tensor(2.0), Tensor([-3.0, 1.0])
    box = boxes_of(draw(np.sum(a * b), names={"a": a, "b": b}))
    assert "∂ [2, 2]" in words(box["b"]) and "[-3, 1]" in words(box["b"])
    assert [text.text for text in box["b"].iter(SVG + "text") if text.get("class") == "shape"] == [
        "2"
    ]
    assert "v1 = [-6, 2]" in words(box["v1"])
    tip = box["v1"].find(SVG + "title").text
    assert "v1 = multiply(a, b)" in tip and "going backwards: x̄ += g * y" in tip


def test_kinds_have_shapes_of_their_own(unregistered):
    double = fused(
        definition=lambda x: 2.0 * x,
        forward=lambda x: (2.0 * x, None),
        vjp=lambda g, r, wanted: (2.0 * g,),
        name="double",
    )
    w, frozen, x = Parameter(np.ones(8), "w"), Parameter(1.0, "still"), Tensor(np.ones(8))
    frozen.frozen = True
    picture = draw(np.sum(double(x) * w * frozen * np.arange(8.0)))
    box = boxes_of(picture)
    outlines = {
        name: [child.tag[len(SVG) :] for child in group if child.get("class") == "box"]
        for name, group in box.items()
    }
    assert outlines["w"] == outlines["still"] == ["path"] and outlines["x0"] == ["rect"]
    assert outlines["v1"] == ["rect", "rect"], "a fused operation has a double frame"
    classes = {name: group.get("class") for name, group in box.items()}
    assert (classes["w"], classes["still"], classes["c0"]) == ("parameter", "frozen", "constant")
    assert classes["v5"] == "operation output"
    assert "∂" not in words(box["still"]) and "∂" not in words(box["c0"])
    assert "double frame: a fused operation" in words(parsed(picture))


def test_the_picture_is_accessible_and_needs_nothing_from_outside():
    root = parsed(draw(network()))
    assert root.get("role") == "img" and root.get("viewBox")
    assert root[0].tag == SVG + "title" and root[1].tag == SVG + "desc"
    assert "matmul(c0, w)" in root[1].text
    text = draw(network()).svg.replace("http://www.w3.org/2000/svg", "")
    for outside in ("http", "//", "url(", "@import", "href", "<script", "<image", "<foreignObject"):
        assert outside not in text, outside
    assert not [e for e in root.iter() if e.get("id") is not None], "ids would clash"


def test_names_are_only_text():
    evil = '</text></svg><script>alert("1")</script>&amp;\x00\x1b]]>\ud800'
    w = Parameter([1.0, 2.0], evil)
    picture = draw(np.sum(w * 2.0))
    assert "<script" not in picture.svg
    root = parsed(picture)
    assert not list(root.iter(SVG + "script"))
    assert "</text></svg><script>" in words(root)
    picture.svg.encode("utf-8")


def test_the_same_tape_gives_the_same_picture():
    assert draw(network()).svg == draw(network()).svg


def test_looking_changes_nothing():
    x = Tensor([1.0, 2.0])
    loss = np.sum(x * x)
    draw(loss)
    assert x.grad is None
    loss.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_what_cannot_be_drawn_is_refused():
    loss = np.sum(Tensor([1.0]) * 2.0)
    loss.backward()
    with pytest.raises(RuntimeError, match=r"draw\(\) comes too late"):
        draw(loss)
    with pytest.raises(
        TypeError, match=r"draw\(\) shows how a Tensor was computed, and got ndarray"
    ):
        draw(np.ones(3))
    with no_grad(), pytest.raises(TypeError, match="float64"):
        draw(np.sum(Tensor([1.0])))
    with pytest.raises(ValueError, match="max_nodes is at least 1"):
        draw(Tensor(1.0), max_nodes=0)


def test_one_leaf_an_empty_array_and_a_tape_of_a_derivative_can_be_drawn():
    assert set(boxes_of(draw(Tensor(2.0)))) == {"x0"}
    assert "empty" in words(parsed(draw(np.sum(Tensor(np.zeros((0, 3)))))))
    x = Tensor(0.5)
    boxes_of(draw(grad(lambda t: np.sin(t) * t)(x)))


def test_an_argument_used_twice_has_two_arrows():
    x = Tensor([1.0, 2.0])
    heads = [p.get("class") for p in parsed(draw(x * x)).iter(SVG + "path")]
    assert heads.count("forward-head") == heads.count("backward-head") == 2


def test_another_cotangent_is_drawn_and_told():
    x = Tensor([1.0, 2.0])
    picture = draw(x * x, cotangent=np.array([1.0, 0.0]))
    assert "∂ [2, 0]" in words(boxes_of(picture)["x0"])
    assert "cotangent that was given" in re.sub(r"\s+", " ", words(parsed(picture)))


# ---- long tapes ----------------------------------------------------------------------------------
def chain(n):
    y = w = Parameter(0.5, "w")
    for _ in range(n):
        y = np.sin(y * w)
    return y


def test_of_a_long_tape_the_end_is_drawn_and_that_is_said():
    picture = draw(chain(50_000))
    box = boxes_of(picture)
    assert len(box) == 200 and "v100000" in box and "w" in box and "v50" not in box
    said = re.sub(r"\s+", " ", words(parsed(picture)))
    assert "The last 200 of 100,001 are drawn" in said and "1 earlier value" in said


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_any_number_of_boxes_can_be_asked_for(n):
    assert len(boxes_of(draw(chain(5), max_nodes=n))) == n
    many = np.sum(np.stack([Tensor(float(i)) for i in range(30)]))
    assert len(boxes_of(draw(many, max_nodes=n))) == n


def test_all_is_drawn_where_it_fits():
    assert len(boxes_of(draw(chain(5), max_nodes=11))) == 11


# ---- files and notebooks -------------------------------------------------------------------------
def test_a_notebook_shows_it_and_a_file_keeps_it(tmp_path):
    picture = draw(network())
    assert picture._repr_svg_() == picture.svg
    assert "Picture of v5: 5 operations on 2 parameters and 1 constant, float64" in repr(picture)
    path = tmp_path / "loss.svg"
    path.write_text("something old")
    picture.save(path)
    picture.save(str(path))
    assert ElementTree.parse(path).getroot().tag == SVG + "svg"
    assert os.listdir(tmp_path) == ["loss.svg"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "note"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b"ne")
        raise ZeroDivisionError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["note"]
    with pytest.raises(OSError):
        draw(Tensor(1.0)).save(tmp_path / "no such folder" / "x.svg")


# ---- the layout ----------------------------------------------------------------------------------
def random_graph(seed, n=40):
    rng = np.random.default_rng(seed)
    sizes = [(float(w), float(h)) for w, h in rng.integers(20, 150, (n, 2))]
    arrows = [(int(rng.integers(max(0, j - 9), j)), j) for j in range(1, n) for _ in range(2)]
    return sizes, arrows


@pytest.mark.parametrize("seed", range(5))
def test_boxes_do_not_overlap_and_arrows_point_down(seed):
    sizes, arrows = random_graph(seed)
    layout = arrange(sizes, arrows, gap=10.0, layer_gap=30.0)
    corners = [
        (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
        for (x, y), (w, h) in zip(layout.centres, sizes)
    ]
    for a, b in itertools.combinations(corners, 2):
        apart = a[2] <= b[0] + 1e-6 or b[2] <= a[0] + 1e-6 or a[3] <= b[1] or b[3] <= a[1]
        assert apart, (a, b)
    assert min(c[0] for c in corners) >= -1e-6 and min(c[1] for c in corners) >= 0
    assert max(c[2] for c in corners) <= layout.width + 1e-6
    assert max(c[3] for c in corners) <= layout.height + 1e-6
    for (i, j), way in zip(arrows, layout.ways):
        heights = [corners[i][3], *[y for _, y in way], corners[j][1]]
        assert heights == sorted(heights)


@pytest.mark.parametrize("seed", range(3))
def test_ways_keep_clear_of_boxes(seed):
    sizes, arrows = random_graph(seed)
    layout = arrange(sizes, arrows, gap=10.0)
    for way in layout.ways:
        for (x, top), (_, bottom) in zip(way[::2], way[1::2]):
            for (cx, cy), (w, _) in zip(layout.centres, sizes):
                if top <= cy <= bottom:
                    assert abs(x - cx) >= w / 2 + 10.0 - 1e-6


def test_a_chain_is_straight_and_a_diamond_symmetric():
    chain = arrange([(60, 20)] * 4, [(0, 1), (1, 2), (2, 3)])
    assert {x for x, _ in chain.centres} == {30.0}
    diamond = arrange([(60, 20)] * 4, [(0, 1), (0, 2), (1, 3), (2, 3)], gap=20)
    (top, _), (left, a), (right, b), (bottom, _) = diamond.centres
    assert top == bottom == (left + right) / 2 and a == b and left < right


def test_layers_follow_the_longest_path_and_a_leaf_is_near_its_use():
    layout = arrange([(10, 10)] * 5, [(0, 2), (1, 3), (2, 3), (3, 4)], layer_gap=10)
    layers = [round(y // 20) for _, y in layout.centres]
    assert layers == [0, 1, 1, 2, 3]


@pytest.mark.parametrize("seed", range(3))
def test_sweeping_undoes_crossings(seed, monkeypatch):
    crossings = []
    place = layout_module._place

    def counting(layers, gap):
        crossings.append(layout_module._crossings(layers))
        place(layers, gap)

    monkeypatch.setattr(layout_module, "_place", counting)
    arrange(*random_graph(seed))
    monkeypatch.setattr(layout_module, "SWEEPS", 0)
    arrange(*random_graph(seed))
    assert crossings[0] < 0.9 * crossings[1]


def test_nothing_at_all_can_be_laid_out():
    assert arrange([(10, 10)], []).centres == [(5.0, 5.0)]
