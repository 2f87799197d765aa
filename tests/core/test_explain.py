"""explain(): the table of a recorded computation, and the reading of the tape behind it."""

import io
import sys

import numpy as np
import pytest

from ml_from_scratch.core import Module, Parameter, Tensor, explain, fused, grad, no_grad
from ml_from_scratch.core.derivatives.products import einsum
from ml_from_scratch.core.fused import FUSED
from ml_from_scratch.core.show.graph import Graph
from ml_from_scratch.core.show.rules import rules_of
from ml_from_scratch.core.show.wording import said, shortened, summary
from ml_from_scratch.core.tape import VJPS


class TwoLayers(Module):
    def __init__(self):
        rng = np.random.default_rng(0)
        self.hidden = {"weight": Parameter(rng.normal(size=(4, 3))), "bias": Parameter(np.zeros(3))}
        self.weight = Parameter(rng.normal(size=(3, 2)))

    def forward(self, x):
        return np.tanh(x @ self.hidden["weight"] + self.hidden["bias"]) @ self.weight


@pytest.fixture
def unregistered():
    """Fused operations that a test makes are forgotten when it ends."""
    before = list(FUSED)
    yield
    for operation in [operation for operation in FUSED if operation not in before]:
        FUSED.remove(operation)
        del VJPS[operation]


@pytest.fixture
def network():
    model, X = TwoLayers(), np.random.default_rng(1).normal(size=(5, 4))
    named = dict(model.named_parameters())
    return named, np.mean(model(X) ** 2)


def micrograd():
    """The worked example of A. Karpathy's micrograd: g = 24.7041, dg/da = 138.8338, dg/db = 645.5773."""
    a, b = Tensor(-4.0), Tensor(2.0)
    c, d = a + b, a * b + b**3
    c = c + (c + 1)
    c = c + (1 + c + (-a))
    d = d + (d * 2 + np.maximum(b + a, 0))
    d = d + (3 * d + np.maximum(b - a, 0))
    e = c - d
    f = e**2
    g = f / 2.0
    g = g + 10.0 / f
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g}


def line_of(explanation, name, width=200):
    lines = explanation.text(width).splitlines()
    return next(line for line in lines[3:] if line.split()[:1] == [name])


# ---- laws ----------------------------------------------------------------------------------------
def test_gradients_are_those_that_backward_will_give(network):
    named, loss = network
    rows = {row.name: row for row in explain(loss).rows}
    loss.backward()
    for name, parameter in named.items():
        assert rows[name].value is parameter.data
        np.testing.assert_array_equal(rows[name].gradient, parameter.grad)


def test_looking_changes_nothing(network):
    named, loss = network
    node = loss.args[0]
    before = (node.function, node.args, loss.order)
    str(explain(loss))
    assert all(p.grad is None for p in named.values())
    assert (node.function, node.args, loss.order) == before
    later = Tensor(1.0).order
    explain(loss)
    assert Tensor(1.0).order == later - 1, "reading took a number from the tape's clock"
    loss.backward()
    assert all(p.grad is not None for p in named.values())


def test_every_gradient_of_every_row_by_differences():
    x = Tensor([0.3, -0.7])
    f = [lambda x: np.sin(x), lambda y: y * np.exp(y), lambda z: np.sum(z**3)]
    values = [x]
    for step in f:
        values.append(step(values[-1]))
    names = {"x": x, "y": values[1], "z": values[2]}
    rows = {row.name: row for row in explain(values[3], names=names).rows}
    for i, name in enumerate("xyz"):
        at, h, measured = values[i].data, 1e-6, []
        for k in range(2):
            ends = []
            for sign in (1, -1):
                value = at + sign * h * (np.arange(2) == k)
                for step in f[i:]:
                    value = step(value)
                ends.append(value)
            measured.append((ends[0] - ends[1]) / (2 * h))
        np.testing.assert_allclose(rows[name].gradient, measured, rtol=1e-7)


def test_worked_example_of_micrograd():
    names = micrograd()
    rows = {row.name: row for row in explain(names["g"], names=names).rows}
    assert round(float(rows["g"].value), 4) == 24.7041
    assert round(float(rows["a"].gradient), 4) == 138.8338
    assert round(float(rows["b"].gradient), 4) == 645.5773
    text = explain(names["g"], names=names).text(width=80)
    assert "e     subtract(c, d)    -7        -6.94169  x̄ += g, ȳ += -g" in text
    assert text.startswith("g: 25 operations on 2 inputs, float64 numbers\n")


def test_rows_stand_in_the_order_of_creation_and_parents_come_first(network):
    _, loss = network
    seen = set()
    for row in explain(loss).rows:
        assert set(row.parents) <= seen, row.name
        assert len(row.parents) == len(row.receives)
        assert row.name not in seen
        seen.add(row.name)


def test_the_text_is_always_the_same(network):
    _, loss = network
    assert explain(loss).text(90) == explain(loss).text(90)
    assert explain(micrograd()["g"]).text(90) == explain(micrograd()["g"]).text(90)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_page(network, width):
    _, loss = network
    for unicode in (True, False):
        lines = explain(loss).text(width, unicode).splitlines()
        assert max(map(len, [line.replace("\u0304", "") for line in lines])) <= width


# ---- outputs -------------------------------------------------------------------------------------
def test_output_of_several_numbers_has_a_cotangent_of_ones_and_says_so():
    x = Tensor([1.0, 2.0, 3.0])
    explanation = explain(x * x)
    assert explanation.rows[0].gradient.tolist() == [2.0, 4.0, 6.0]
    assert "sum of all 3 numbers of v1" in " ".join(explanation.text(80).split())


@pytest.mark.parametrize("wrap", [np.array, Tensor])
def test_a_cotangent_may_be_given(wrap):
    x = Tensor([1.0, 2.0, 3.0])
    explanation = explain(x * x, cotangent=wrap([1.0, 0.0, -1.0]))
    assert explanation.rows[0].gradient.tolist() == [2.0, 0.0, -6.0]
    assert type(explanation.rows[0].gradient) is np.ndarray
    assert "cotangent that was given" in " ".join(explanation.text(80).split())


def test_a_cotangent_of_another_shape_is_refused():
    with pytest.raises(
        ValueError, match=r"cotangent has shape \(2,\); it needs the output's, \(3,\)"
    ):
        explain(Tensor([1.0, 2.0, 3.0]) * 2.0, cotangent=np.ones(2))


def test_a_leaf_alone_is_explained():
    rows = explain(Tensor(2.0)).rows
    assert [(row.name, row.kind, float(row.gradient)) for row in rows] == [("x0", "input", 1.0)]


@pytest.mark.parametrize("thing", [3.0, np.ones(3), np.float64(2.0), None, [Tensor(1.0)]])
def test_what_has_no_record_is_refused_by_kind(thing):
    with pytest.raises(TypeError, match=f"explain.. .*got {type(thing).__name__}.*Tensor"):
        explain(thing)


def test_a_value_made_under_no_grad_is_refused():
    with no_grad():
        y = np.sin(Tensor([1.0])).sum()
    with pytest.raises(TypeError, match=r"no_grad\(\)"):
        explain(y)


def test_a_freed_tape_is_refused_and_says_what_to_do():
    x = Tensor([1.0, 2.0])
    h = np.exp(x)
    loss = h.sum()
    loss.backward()
    for late in (loss, h, h * 2.0):
        with pytest.raises(
            RuntimeError, match=r"backward\(\) has freed this tape.*before backward\(\)"
        ):
            explain(late)


def test_a_parameter_that_changed_since_is_refused_by_name():
    w = Parameter([1.0, 2.0], "w")
    loss = np.sum(w * w)
    w.assign([3.0, 4.0])
    with pytest.raises(RuntimeError, match="parameter 'w' was changed"):
        explain(loss)


# ---- names and kinds -----------------------------------------------------------------------------
def test_parameters_have_their_dotted_names(network):
    _, loss = network
    kinds = {row.name: row.kind for row in explain(loss).rows}
    expected = {"hidden.weight": "parameter", "hidden.bias": "parameter", "weight": "parameter"}
    assert expected.items() <= kinds.items()
    assert kinds["c0"] == "constant"


def test_names_may_be_all_the_locals_there_are():
    x, _hidden, number, text = Tensor([1.0, 2.0]), Tensor(3.0), 5, "x"
    table = np.arange(2.0)
    again = x
    loss = np.sum(x * _hidden * table) * number
    assert text and again is x
    names = {row.name for row in explain(loss, names=locals()).rows}
    assert {"x", "table", "loss"} <= names
    assert not {"_hidden", "again", "number", "text"} & names


def test_equal_names_are_told_apart():
    loss = np.sum(Parameter([1.0], "w") + Parameter([2.0], "w")) + Parameter(1.0)
    assert [row.name for row in explain(loss).rows if "parameter" in row.kind] == [
        "w",
        "w (2)",
        "p0",
    ]


def test_a_made_up_name_avoids_those_that_are_taken():
    a, b = Tensor(1.0), Tensor(2.0)
    names = [row.name for row in explain(a * b, names={"x0": b, "v1": a}).rows]
    assert names == ["v1", "x0", "v2"]


def test_a_frozen_parameter_gets_no_gradient():
    w, b = Parameter([1.0, 2.0], "w"), Parameter([0.5, 0.5], "b")
    b.frozen = True
    loss = np.sum(w * b)
    rows = {row.name: row for row in explain(loss).rows}
    assert rows["b"].kind == "frozen parameter" and rows["b"].gradient is None
    product = next(row for row in rows.values() if row.operation.startswith("multiply"))
    assert product.receives == (True, False)
    assert list(map(str, product.rules)) == ["x̄ += g * y"]
    loss.backward()
    assert b.grad is None and w.grad is not None


def test_large_constants_have_a_row_small_ones_are_said():
    X = np.arange(20.0).reshape(4, 5)
    w = Tensor(np.ones(5))
    loss = np.sum((X @ w) * [1.0, 2.0, 3.0, 4.0] + 2.0 * (X @ w))
    rows = explain(loss).rows
    assert [row.name for row in rows if row.kind == "constant"] == ["c0"]
    assert "multiply(v1, [1, 2, 3, 4])" in [row.operation for row in rows]
    assert "multiply(2, v3)" in [row.operation for row in rows]


def test_a_mask_without_rule_receives_nothing():
    x = Tensor(np.arange(8.0))
    rows = explain(np.sum(np.where(x > 3.0, x, 0.0))).rows
    where = next(row for row in rows if row.operation.startswith("where"))
    assert where.operation == "where(c0, x0, 0)" and where.receives == (False, True)
    assert [str(rule) for rule in where.rules] == ["x̄ += np.where(raw(c), g, 0.0)"]


# ---- operations ----------------------------------------------------------------------------------
OPERATIONS = [
    (lambda x: x[0], "x0[0]"),
    (lambda x: x[:, 1:], "x0[:, 1:]"),
    (lambda x: x[..., None], "x0[..., None]"),
    (lambda x: x[[0, 1], [1, 2]], "x0[[0, 1], [1, 2]]"),
    (lambda x: x[x.data > 0.1], "x0[[[False, False, True], [True, True, True]]]"),
    (lambda x: x[::2, ::-1], "x0[::2, ::-1]"),
    (lambda x: np.sum(x, axis=0, keepdims=True), "sum(x0, axis=0, keepdims=True)"),
    (lambda x: np.sum(x), "sum(x0)"),
    (lambda x: np.max(x, axis=(0, 1)), "max(x0, axis=(0, 1))"),
    (lambda x: np.reshape(x, (3, 2)), "reshape(x0, shape=(3, 2))"),
    (lambda x: x.T, "transpose(x0)"),
    (lambda x: np.concatenate([x, x], 1), "concatenate(x0, x0, axis=1)"),
    (lambda x: np.einsum("ij->j", x), "einsum('ij->j', x0)"),
    (lambda x: np.clip(x, 0.1, 0.3), "clip(x0, low=0.1, high=0.3)"),
    (lambda x: x.astype("float32"), "astype(x0, dtype=float32)"),
    (lambda x: np.roll(x, 1), "roll(x0, shift=1)"),
    (lambda x: x**3, "power(x0, 3)"),
    (lambda x: x**2, "square(x0)"),
]


@pytest.mark.parametrize("f, expected", OPERATIONS, ids=[e for _, e in OPERATIONS])
def test_operations_are_written_as_one_would(f, expected):
    assert explain(f(Tensor(np.arange(6.0).reshape(2, 3) / 10))).rows[-1].operation == expected


def test_shapes_and_dtypes_have_columns_where_they_tell_something():
    x = Tensor([1.0, 2.0])
    assert "dtype" not in explain(np.sum(x)).text(120).splitlines()[2]
    assert "float64" in explain(np.sum(x)).text(120).splitlines()[0]
    mixed = explain(np.sum(x.astype("float32"))).text(120)
    assert "dtype" in mixed.splitlines()[2]
    assert "(2,)   float32  [1, 2]" in mixed
    assert "shape" not in explain(Tensor(1.0) * 2.0).text(120).splitlines()[2]


def test_broadcast_shapes():
    x, b = Tensor(np.ones((3, 4))), Tensor(np.ones(4))
    rows = {row.name: row for row in explain(np.sum(x + b)).rows}
    assert rows["x1"].value.shape == (4,) == rows["x1"].gradient.shape
    assert rows["x1"].gradient.tolist() == [3.0] * 4


def test_a_fused_operation_is_one_row(unregistered):
    scaled = fused(
        definition=lambda logits, w, scale=1.0: np.tanh(logits) * w * scale,
        forward=lambda logits, w, scale=1.0: (np.tanh(logits) * w * scale, (logits, w, scale)),
        vjp=lambda g, r, wanted: (
            g * (1 - np.tanh(r[0]) ** 2) * r[1] * r[2],
            np.sum(g * np.tanh(r[0]) * r[2]),
        ),
        name="scaled_tanh",
    )
    x, w = Tensor([0.1, 0.2]), Tensor(2.0)
    for options, written in [
        ({}, "scaled_tanh(x0, x1)"),
        ({"scale": 3.0}, "scaled_tanh(x0, x1, scale=3)"),
    ]:
        explanation = explain(np.sum(scaled(x, w, **options)))
        row = explanation.rows[2]
        assert (row.kind, row.operation) == ("fused operation", written)
        assert list(map(str, row.rules)) == ["logits_bar, w̄ += scaled_tanh.vjp(g, …)"]
    only = explain(np.sum(scaled(np.array([0.1, 0.2]), w))).rows
    assert [str(rule) for row in only for rule in row.rules][0] == "w̄ += scaled_tanh.vjp(g, …)"
    assert "1 fused operation and 1 operation on 2 inputs" in explanation.text()


def test_a_tape_of_a_derivative_is_explained():
    x = Tensor(0.5)
    slope = grad(lambda t: np.sin(t) * t)(x)  # recorded, since x is watched
    rows = explain(slope, names={"x": x}).rows
    assert float(rows[-1].value) == pytest.approx(np.sin(0.5) + 0.5 * np.cos(0.5))
    curvature = 2 * np.cos(0.5) - 0.5 * np.sin(0.5)
    assert float(next(row for row in rows if row.name == "x").gradient) == pytest.approx(curvature)


def test_explain_inside_a_derivative():
    seen = []

    def f(x):
        y = np.sum(x**3)
        seen.append(explain(y))
        return y

    assert grad(f)(np.array([1.0, 2.0])).tolist() == [3.0, 12.0]
    assert seen[0].rows[0].gradient.tolist() == [3.0, 12.0]


# ---- rules ---------------------------------------------------------------------------------------
RULES = [
    (np.multiply, 2, ["x̄ += g * y", "ȳ += g * x"]),
    (np.add, 2, ["x̄, ȳ += g"]),
    (np.subtract, 2, ["x̄ += g", "ȳ += -g"]),
    (np.matmul, 2, ["x̄ += matmul_x(g, …)", "ȳ += matmul_y(g, …)"]),
    (np.tanh, 1, ["x̄ += g * (1.0 - out * out)"]),
    (np.arctan2, 2, ["ȳ += g * x / (x * x + y * y)", "x̄ += -g * y / (x * x + y * y)"]),
    (np.where, 3, ["x̄ += np.where(raw(c), g, 0.0)", "ȳ += np.where(raw(c), 0.0, g)"]),
    (einsum, 2, ["each x̄ += einsum_rule(i, g, …)"]),
]


@pytest.mark.parametrize("function, n, expected", RULES, ids=lambda r: getattr(r, "__name__", ""))
def test_rules_are_read_out_of_the_table(function, n, expected):
    assert list(map(str, rules_of(function, (True,) * n))) == expected
    assert rules_of(function, (False,) * n) == ()


def test_every_row_of_the_table_has_a_text_and_a_lambda_shows_its_expression():
    for function, row in list(VJPS.items()):
        n = len(row) if isinstance(row, tuple) else 2
        for rule in rules_of(function, (True,) * n):
            assert "the table's rule" not in rule.text, function
            assert "lambda" not in rule.text and rule.text, function


def test_expressions_are_the_ones_that_run():
    """Evaluated, the text gives what the rule gives: no neighbour's on the same line was shown."""
    values = {"x": 0.3, "y": 0.6, "g": 1.7, "np": np, "share": None}
    for function in (np.multiply, np.divide, np.logaddexp, np.arctan2, np.hypot, np.power):
        out = function(0.3, 0.6)
        names = ("y", "x") if function is np.arctan2 else ("x", "y")
        arrays = dict(zip(names, (0.3, 0.6)))
        for i in range(2):
            (rule,) = rules_of(function, (i == 0, i == 1))
            shown = eval(rule.text, {**values, **arrays, "out": out})
            assert shown == VJPS[function][i](1.7, out, 0.3, 0.6)


def test_without_source_the_rule_has_a_name():
    space = {}
    exec("rule = lambda g, out, x: g * 2.0", space)

    def doubled(x):
        return 2.0 * x

    VJPS[doubled] = (space["rule"],)
    try:
        assert [str(r) for r in rules_of(doubled, (True,))] == [
            "x̄ += the table's rule for doubled"
        ]
    finally:
        del VJPS[doubled]


# ---- how it is shown -----------------------------------------------------------------------------
def test_printing_shows_the_table_as_wide_as_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "47")
    explanation = explain(micrograd()["g"])
    print(explanation)
    assert capsys.readouterr().out == explanation.text(width=47) + "\n" == repr(explanation) + "\n"


@pytest.mark.parametrize("encoding, plain", [("ascii", True), ("cp437", True), ("utf-8", False)])
def test_plain_ascii_where_nothing_else_can_be_printed(monkeypatch, encoding, plain):
    explanation = explain(Parameter(2.0, "größe") * Tensor(np.arange(9.0)))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    print(explanation)
    sys.stdout.flush()
    text = sys.stdout.buffer.getvalue().decode(encoding)
    assert text.isascii() is plain
    assert ("x_bar += g * y" in text) is plain and ("x̄ += g * y" in text) is not plain


def test_columns_stay_aligned_in_plain_ascii():
    text = explain(micrograd()["g"]).text(100, unicode=False)
    heading = text.splitlines()[2]
    start = heading.index("going backwards")
    rules = [line for line in text.splitlines()[4:29] if "+=" in line]
    assert len(rules) > 10 and all(line[start - 1] == " " != line[start] for line in rules)


def test_the_html_is_escaped_and_complete():
    w = Parameter(np.ones((2, 4)), '<script>alert("w")</script>')
    html = explain(np.sum(w * 2.0))._repr_html_()
    assert "<script" not in html and "&lt;script&gt;" in html
    assert html.count("<tr>") == 1 + 3 and html.count("</td>") == 3 * 6 - 0
    assert "(2, 4)" in html and "<code>" in html


def test_control_characters_and_lone_surrogates_do_not_reach_the_terminal():
    w = Parameter([1.0], "a\x1b[31m\nb\u202e\ud800")
    text = explain(w * 2.0).text(100)
    text.encode("utf-8")
    assert "\x1b" not in text and "\u202e" not in text


@pytest.mark.parametrize(
    "array, expected",
    [
        (np.array(24.70408163), "24.7041"),
        (np.array([1.0, 1 / 3, -2e-9]), "[1, 0.3333, -2e-09]"),
        (np.arange(12.0), "0 … 11"),
        (np.full((3, 3), 2.0), "all 2"),
        (np.array([np.nan, np.inf] + [1.0, 2.0] * 4), "1 … 2, 1 nan, 1 inf"),
        (np.full(9, np.nan), "9 nan"),
        (np.array([np.nan, -np.inf]), "[nan, -inf]"),
        (np.arange(9), "0 … 8"),
        (np.arange(9) > 3, "5 of 9 True"),
        (np.ones((0, 4)), "empty"),
        (np.array(["a"] * 9), "of <U1"),
        (np.array([-0.0, 1e30]), "[0, 1e+30]"),
    ],
)
def test_arrays_in_a_few_words(array, expected):
    assert summary(array) == expected


def test_long_things_are_shortened():
    assert said(tuple(range(100))) == "(0, 1, 2, 3, 4, 5, …)"
    assert said((3,)) == "(3,)"
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("日本語の名", 5) == "日本…"


# ---- long tapes ----------------------------------------------------------------------------------
def test_a_tape_of_100000_operations_is_cut_in_the_middle():
    x = y = Tensor(0.5)
    for _ in range(100_000):
        y = np.sin(y)
    explanation = explain(y)
    lines = explanation.text(80).splitlines()
    assert len(explanation.rows) == 50
    assert lines[4 + 25] == "… 99,951 more operations …"
    assert explanation.rows[0].name == "x0" and explanation.rows[-1].name == "v100000"
    assert "99,951 more operations" in explanation._repr_html_()
    y.backward()
    np.testing.assert_array_equal(explanation.rows[0].gradient, x.grad)


def test_only_what_is_shown_keeps_a_gradient():
    y = Tensor(0.5)
    for _ in range(30):
        y = np.sin(y)
    graph = Graph(y)
    rows = graph.rows(graph.entries[:2])
    assert [row.name for row in rows] == ["x0", "v1"]
    assert len(explain(y, max_rows=4).rows) == 4
    with pytest.raises(ValueError, match="at least 2"):
        explain(y, max_rows=1)


def test_float32_and_integers_make_no_warning():
    x = Tensor(np.array([1.0, np.inf, np.nan, 2.0, 3.0, 4.0, 5.0], "f4"))
    text = explain(x * np.arange(1, 8, dtype="int8")).text(120)
    assert "1 … 5, 1 nan, 1 inf" in text and "float32" in text and "int8" in text
