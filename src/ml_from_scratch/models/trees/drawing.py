"""draw_tree: a tree as a picture, a self-contained SVG.

A box is a node: its question, how many samples it has seen, and a bar. For classes the bar shows
their shares; for a regression the node's value between the least and the largest of all leaves. The
lines are as thick as the share of samples that went that way.
"""

from __future__ import annotations

from html import escape
from types import SimpleNamespace

import numpy as np

from ...core.checks import check_number
from ...core.show import svg
from ...core.show.picture import Picture
from .export_text import names_of_classes, names_of_features, tree_of
from .structure import LEAF

# M. Okabe and K. Ito's palette, which colour-blind people can tell apart.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
LETTER, LINE, PAD = 7.3, 17, 10  # pixels: the width of a letter, the height of a line, a margin
GAP, LEVEL_GAP, BAR, WIDEST = 16, 54, 8, 16
STYLE = """
.mlfs-tree{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}
.mlfs-tree .page{fill:#fff}.mlfs-tree text{fill:#222}.mlfs-tree .small{fill:#555}
.mlfs-tree .what{font-weight:bold}
.mlfs-tree .node{fill:#f7f7f7;stroke:#777;stroke-width:1.2}
.mlfs-tree .leaf{fill:#fff;stroke-width:2}.mlfs-tree .cut{stroke-dasharray:4 3}
.mlfs-tree .way{fill:none;stroke:#c9ced6}.mlfs-tree .track{fill:#ddd}
@media (prefers-color-scheme:dark){
.mlfs-tree .page{fill:#17191d}.mlfs-tree text{fill:#eee}.mlfs-tree .small{fill:#aaa}
.mlfs-tree .node{fill:#26292f;stroke:#999}.mlfs-tree .leaf{fill:#1d2025}
.mlfs-tree .way{stroke:#4a505a}.mlfs-tree .track{fill:#444}}
"""


def draw_tree(
    decision_tree, *, feature_names=None, class_names=None, max_depth=None, digits=3
) -> Picture:
    """Draw a fitted decision tree.

    Parameters
    ----------
    decision_tree : estimator with a ``tree_``
        A fitted tree for classification or regression.
    feature_names : None or sequence of str
        Names of the features; None takes those seen in fit, or feature_0, feature_1, ...
    class_names : None or sequence of str
        Names of the classes; None takes ``classes_``.
    max_depth : None or int
        Branches deeper than this are cut short; None draws everything.
    digits : int
        How many digits of a number count.

    Returns
    -------
    Picture
        A notebook shows it; ``save`` keeps it.

    Raises
    ------
    ValueError
        If there is not one name for each feature, or for each class.

    Examples
    --------
    >>> from ml_from_scratch.datasets import load_iris
    >>> from ml_from_scratch.models.trees import DecisionTreeClassifier
    >>> iris = load_iris()
    >>> tree = DecisionTreeClassifier(max_depth=2).fit(iris.data, iris.target)
    >>> draw_tree(tree, feature_names=iris.feature_names, class_names=iris.target_names)
    <Picture of a tree: 5 nodes, 3 leaves; .save("picture.svg") keeps it>
    """
    check_number("max_depth", max_depth, least=0, integer=True, optional=True)
    check_number("digits", digits, least=1, integer=True)
    tree = tree_of(decision_tree)
    words = SimpleNamespace(
        features=names_of_features(decision_tree, feature_names),
        classes=names_of_classes(decision_tree, class_names),
        number=lambda x: f"{x:.0f}" if abs(x) >= 10**digits else f"{x:.{digits}g}",
    )
    boxes = _boxes(tree, words, np.inf if max_depth is None else max_depth)
    width, height = _arrange(boxes)
    legend = _legend(words.classes)
    top = LINE + PAD if legend else 0
    width = max(width, _legend_width(words.classes))
    drawn = [_way(tree, parent, boxes) for parent in boxes if parent.children]
    drawn += [_box(tree, box, words) for box in boxes]
    about = f"{tree.node_count} nodes, {tree.n_leaves} leaves"
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mlfs-tree" role="img" '
        f'viewBox="0 0 {width:.0f} {height + top:.0f}" width="{width:.0f}" '
        f'height="{height + top:.0f}"><title>A decision tree: {about}</title>'
        f'<style>{STYLE}</style><rect class="page" width="100%" height="100%"/>{legend}'
        f'<g transform="translate(0 {top})">{"".join(drawn)}</g></svg>'
    )
    return Picture(picture, "a tree", about)


# ---- what stands in the boxes, and where ---------------------------------------------------------
def _boxes(tree, words, max_depth) -> list:
    """Return the boxes, depth first, each with its lines of text and the places of its children."""
    boxes: list = []
    waiting = [(0, 0, None)]
    while waiting:
        node, depth, parent = waiting.pop()
        leaf = bool(tree.children_left[node] == LEAF)
        cut = not leaf and depth >= max_depth
        box = SimpleNamespace(node=node, depth=depth, leaf=leaf, cut=cut, children=[])
        box.lines = _lines(tree, node, leaf, cut, words)
        box.width = max(map(len, box.lines)) * LETTER + 2 * PAD
        box.height = LINE * len(box.lines) + BAR + 2 * PAD
        if parent is not None:
            parent.children.append(box)
        boxes.append(box)
        if not leaf and not cut:
            for child in (tree.children_right[node], tree.children_left[node]):
                waiting.append((child, depth + 1, box))
    return boxes


def _lines(tree, node, leaf, cut, words) -> list[str]:
    n, value = tree.n_node_samples[node], tree.value[node, 0]
    if words.classes is None:
        answer = words.number(value[0])
    else:
        answer = f"{words.classes[value.argmax()]} {value.max():.0%}"
    samples = f"{n} sample{'s' if n != 1 else ''}"
    if leaf:
        return [answer, samples]
    if cut:
        return [answer, samples, "goes on ..."]
    question = f"{words.features[tree.feature[node]]} ≤ {words.number(tree.threshold[node])}"
    return [question, f"{samples}, impurity {words.number(tree.impurity[node])}"]


def _arrange(boxes) -> tuple[float, float]:
    """Place the boxes, as tightly as they fit, and return the width and the height that they take."""
    rows: dict = {}
    for box in boxes:
        rows[box.depth] = max(rows.get(box.depth, 0), box.height)
    left, right = _outline(boxes[0])
    boxes[0].x, y, tops = PAD - min(left), PAD, {}
    for depth in sorted(rows):
        tops[depth], y = y, y + rows[depth] + LEVEL_GAP
    for box in boxes:  # parents come before their children
        box.y = tops[box.depth]
        for child, side in zip(box.children, (-0.5, 0.5)):
            child.x = box.x + side * box.apart
    return boxes[0].x + max(right) + PAD, y - LEVEL_GAP + PAD


def _outline(box) -> tuple[list, list]:
    """Return how far a branch reaches to the left and right of its box, level by level.

    The branches of the two children are pushed together until their outlines nearly touch (E. Reingold
    and J. Tilford, Tidier drawings of trees, 1981).
    """
    left, right = [-box.width / 2], [box.width / 2]
    if box.children:
        outlines = [_outline(child) for child in box.children]
        (left_1, right_1), (left_2, right_2) = outlines
        box.apart = max(end - start for end, start in zip(right_1, left_2)) + GAP
        half = box.apart / 2
        left += [x - half for x in left_1] + [x + half for x in left_2[len(left_1) :]]
        right += [x + half for x in right_2] + [x - half for x in right_1[len(right_2) :]]
    return left, right


# ---- SVG -----------------------------------------------------------------------------------------
def _box(tree, box, words) -> str:
    x, y = box.x - box.width / 2, box.y
    colour = _colour(tree, box.node, words)
    kinds = "node" + " leaf" * box.leaf + " cut" * box.cut
    edge = f' style="stroke:{colour}"' if box.leaf else ""
    parts = [
        f'<rect class="{kinds}" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="6"{edge}/>'
    ]
    for i, line in enumerate(box.lines):
        kind = "what" if i == 0 else "small"
        parts.append(svg.text(box.x, y + PAD + LINE * (i + 0.75), line, kind, "middle"))
    bar = x + PAD, y + box.height - PAD - BAR + 4, box.width - 2 * PAD
    parts.append(_shares(tree, box.node, *bar) if words.classes else _scale(tree, box.node, *bar))
    about = f"node {box.node}: " + ", ".join(box.lines)
    return f"<g><title>{escape(about)}</title>{''.join(parts)}</g>"


def _shares(tree, node, x, y, width) -> str:
    """A bar divided among the classes."""
    parts = []
    for c, share in enumerate(tree.value[node, 0].tolist()):
        if share > 0.0:
            parts.append(_bar(x, y, width * share, COLOURS[c % len(COLOURS)]))
        x += width * share
    return "".join(parts)


def _scale(tree, node, x, y, width) -> str:
    """A bar that is as long as the value stands high among those of all leaves."""
    return (
        f'<rect class="track" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BAR - 2}"/>'
        + _bar(x, y, width * _height(tree, node), COLOURS[0])
    )


def _bar(x, y, width, colour) -> str:
    size = f'width="{width:.1f}" height="{BAR - 2}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}"/>'


def _height(tree, node) -> float:
    """Return where a node's value stands between the least (0) and the largest (1) of the leaves."""
    values = tree.value[:, 0, 0]
    leaves = values[tree.children_left == LEAF]
    least, most = leaves.min(), leaves.max()
    return float((values[node] - least) / (most - least)) if most > least else 0.5


def _colour(tree, node, words) -> str:
    if words.classes is None:
        return COLOURS[0]
    return COLOURS[int(tree.value[node, 0].argmax()) % len(COLOURS)]


def _way(tree, parent, boxes) -> str:
    """The lines from a box to its children, as thick as many samples go there."""
    parts = []
    total = tree.weighted_n_node_samples[0]
    for child, answer in zip(parent.children, ("yes", "no")):
        thick = max(1.0, WIDEST * tree.weighted_n_node_samples[child.node] / total)
        top, bottom = parent.y + parent.height, child.y
        middle = (top + bottom) / 2
        parts.append(
            f'<path class="way" stroke-width="{thick:.1f}" d="M{parent.x:.1f} {top:.1f}'
            f'C{parent.x:.1f} {middle:.1f} {child.x:.1f} {middle:.1f} {child.x:.1f} {bottom:.1f}"/>'
        )
        if parent.depth == 0:
            x = (parent.x + 3 * child.x) / 4
            parts.append(svg.text(x, middle - 4, answer, "small", "middle"))
    return "".join(parts)


def _legend(classes) -> str:
    """A coloured square and a name for each class."""
    parts, x = [], 2 * PAD
    for c, name in enumerate(classes or []):
        parts.append(f'<rect x="{x}" y="{PAD}" width="12" height="12" fill="{COLOURS[c % 8]}"/>')
        parts.append(svg.text(x + 18, PAD + 10.5, name))
        x += 18 + LETTER * len(name) + 2 * PAD
    return "".join(parts)


def _legend_width(classes) -> float:
    return 2 * PAD + sum(18 + LETTER * len(name) + 2 * PAD for name in classes or [])
