"""Where boxes and arrows go: a layered drawing of a graph without cycles, from top to bottom.

The steps are those of K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of
hierarchical system structures" (1981), each in its simplest form:

    layers      a box stands as many layers above the last as its longest path to it has arrows
    ways        an arrow that crosses layers goes through a point in each; arrows from one box share
    order       within a layer by the mean place of the neighbours (barycentres), a few times over
    places      as near as possible to the neighbours' mean, without overlapping

All of it is deterministic, and knows nothing of what is in the boxes.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from operator import attrgetter
from typing import NamedTuple

SWEEPS = 12
HEAVY = 8.0  # how much more a point on an arrow's way keeps to a straight line than a box does


class Layout(NamedTuple):
    """Centres of the boxes, for every arrow the points on its way, and the size of it all."""

    centres: list[tuple[float, float]]
    ways: list[list[tuple[float, float]]]
    width: float
    height: float


class _Place:
    """A box, or a point on an arrow's way."""

    def __init__(self, layer: int, width: float, weight: float = 1.0):
        self.layer, self.width, self.weight = layer, width, weight
        self.above: list[_Place] = []
        self.below: list[_Place] = []
        self.rank, self.x = 0.0, 0.0


def arrange(
    sizes: list[tuple[float, float]],
    arrows: list[tuple[int, int]],
    gap: float = 28.0,
    layer_gap: float = 46.0,
) -> Layout:
    """Lay boxes out.

    Parameters
    ----------
    sizes : list of (width, height)
        Of the boxes. Every arrow points to a later one.
    arrows : list of (from, to)
        Numbers of boxes. Two arrows may join the same boxes.
    gap, layer_gap : float
        The least distance between two boxes side by side, and between two layers.

    Examples
    --------
    >>> layout = arrange([(40, 20), (40, 20), (40, 20)], [(0, 2), (1, 2)], gap=10, layer_gap=30)
    >>> layout.centres, layout.width, layout.height
    ([(20.0, 10.0), (70.0, 10.0), (45.0, 60.0)], 90.0, 70.0)
    """
    depths = _depths(len(sizes), arrows)
    last = max(depths, default=0)
    boxes = [_Place(last - depth, size[0]) for depth, size in zip(depths, sizes)]
    points: dict[tuple[int, int], _Place] = {}
    chains = [_way(boxes, points, i, j) for i, j in arrows]
    layers = _layers(boxes, last + 1)
    _order(layers)
    _place(layers, gap)
    tops, heights, bottom = _heights(boxes, sizes, last + 1, layer_gap)
    middles = [top + height / 2 for top, height in zip(tops, heights)]
    ways = [
        [(p.x, y) for p in chain for y in (tops[p.layer], tops[p.layer] + heights[p.layer])]
        for chain in chains
    ]
    width = max((box.x + box.width / 2 for layer in layers for box in layer), default=0.0)
    return Layout([(box.x, middles[box.layer]) for box in boxes], ways, width, bottom)


def _depths(n: int, arrows: list[tuple[int, int]]) -> list[int]:
    """How many arrows the longest path from each box downwards has."""
    depths = [0] * n
    for i, j in sorted(arrows, key=lambda arrow: -arrow[1]):  # below j all is known by then
        depths[i] = max(depths[i], depths[j] + 1)
    return depths


def _way(boxes: list[_Place], points: dict, i: int, j: int) -> list[_Place]:
    """The points of the arrow from i to j in the layers between, joined to each other."""
    start, end = boxes[i], boxes[j]
    chain, before = [], start
    for layer in range(start.layer + 1, end.layer):
        if (i, layer) not in points:
            point = points[i, layer] = _Place(layer, 0.0, HEAVY)
            before.below.append(point)
            point.above.append(before)
        before = points[i, layer]
        chain.append(before)
    before.below.append(end)
    end.above.append(before)
    return chain


# ---- order ---------------------------------------------------------------------------------------
def _layers(boxes: list[_Place], n: int) -> list[list[_Place]]:
    """All places by layer, in the order in which a walk up from the last box meets them."""
    layers: list[list[_Place]] = [[] for _ in range(n)]
    met, stack = set(), list(boxes)  # the last box is on top of the stack
    while stack:
        place = stack.pop()
        if id(place) not in met:
            met.add(id(place))
            layers[place.layer].append(place)
            stack.extend(reversed(place.above))
    for layer in layers:
        _rank(layer)
    return layers


def _rank(layer: list[_Place]) -> None:
    for rank, place in enumerate(layer):
        place.rank = float(rank)


def _order(layers: list[list[_Place]]) -> None:
    """Sort every layer by its neighbours, downwards and upwards in turn; keep the best."""
    best, fewest = [layer[:] for layer in layers], _crossings(layers)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        down = sweep % 2 == 0
        for layer in layers if down else layers[::-1]:
            for place in layer:
                near = place.above if down else place.below
                place.rank = _mean([neighbour.rank for neighbour in near], place.rank)
            layer.sort(key=attrgetter("rank"))
            _rank(layer)
        crossings = _crossings(layers)
        if crossings < fewest:
            best, fewest = [layer[:] for layer in layers], crossings
    for layer, order in zip(layers, best):
        layer[:] = order
        _rank(layer)


def _crossings(layers: list[list[_Place]]) -> int:
    """How many pairs of arrows cross."""
    total = 0
    for layer in layers:
        passed: list[float] = []
        for place in layer:
            ends = sorted(q.rank for q in place.below)
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


# ---- places --------------------------------------------------------------------------------------
def _place(layers: list[list[_Place]], gap: float) -> None:
    """Give every place its x: near its neighbours, in the order of its layer."""
    for layer in layers:
        _spread(layer, [0.0] * len(layer), gap)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for layer in layers if down else layers[::-1]:
            wishes = [_mean([q.x for q in (p.above if down else p.below)], p.x) for p in layer]
            _spread(layer, wishes, gap)
    left = min((p.x - p.width / 2 for layer in layers for p in layer), default=0.0)
    for layer in layers:
        for place in layer:
            place.x -= left


def _spread(layer: list[_Place], wishes: list[float], gap: float) -> None:
    """The places nearest to the wishes (least squares) that keep order and distance.

    With the distances taken off, the places must not decrease: isotonic regression, solved by
    pooling neighbours that violate the order.
    """
    offsets, x = [], 0.0
    for before, place in zip([None, *layer], layer):
        x += (before.width + place.width) / 2 + gap if before else 0.0
        offsets.append(x)
    pools: list[tuple[float, float, int]] = []  # (mean, weight, how many)
    for place, wish, offset in zip(layer, wishes, offsets):
        mean, weight, n = wish - offset, place.weight, 1
        while pools and pools[-1][0] > mean:
            other, w, k = pools.pop()
            mean, weight, n = (mean * weight + other * w) / (weight + w), weight + w, n + k
        pools.append((mean, weight, n))
    means = [mean for mean, _, n in pools for _ in range(n)]
    for place, mean, offset in zip(layer, means, offsets):
        place.x = mean + offset


def _heights(boxes, sizes, n, layer_gap):
    """The top and the height of every layer, and where the last one ends."""
    heights = [0.0] * n
    for box, (_, height) in zip(boxes, sizes):
        heights[box.layer] = max(heights[box.layer], float(height))
    tops, y = [], 0.0
    for height in heights:
        tops.append(y)
        y += height + layer_gap
    return tops, heights, y - layer_gap
