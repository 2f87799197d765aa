"""For the moment: the simplest grower, node by node; the level by level one is to come."""

import numpy as np

from .structure import Tree


def grow_tree(X, y, n_classes, weights, rules, random_state):
    w = np.ones(len(X)) if weights is None else weights.astype(float)
    Y = np.eye(n_classes)[y] if n_classes else y[:, None].astype(float)
    entropy = rules.criterion in ("entropy", "log_loss")
    cols = {k: [] for k in ("left", "right", "f", "t", "imp", "n", "w", "v", "m")}

    def impurity(rows):
        W = w[rows].sum()
        m = (w[rows, None] * Y[rows]).sum(0) / W
        if entropy:
            return -(m[m > 0] * np.log2(m[m > 0])).sum(), m, W
        return (w[rows, None] * (Y[rows] - m) ** 2).sum() / W, m, W

    def best_split(rows):
        best = (-1.0, 0, 0.0)
        for f in range(X.shape[1]):
            o = rows[np.argsort(X[rows, f], kind="stable")]
            x = X[o, f]
            S, WL = np.cumsum(w[o, None] * Y[o], 0)[:-1], np.cumsum(w[o])[:-1]
            T, W = S[-1] + w[o[-1]] * Y[o[-1]], WL[-1] + w[o[-1]]
            if entropy:
                with np.errstate(divide="ignore", invalid="ignore"):
                    R = T - S
                    gain = sum(
                        np.nan_to_num(s * np.log2(s / q[:, None])).sum(1)
                        for s, q in ((S, WL), (R, W - WL))
                    )
                    gain = gain + W * 10
            else:
                gain = ((S - WL[:, None] * T / W) ** 2).sum(1) * W / (WL * (W - WL))
            pos = np.arange(1, len(o))
            ok = x[1:] > x[:-1]
            ok &= (pos >= rules.min_samples_leaf) & (len(o) - pos >= rules.min_samples_leaf)
            ok &= (rules.min_weight_leaf <= WL) & (rules.min_weight_leaf <= W - WL)
            gain = np.where(ok, gain, -1.0)
            i = gain.argmax()
            if gain[i] > best[0]:
                best = (gain[i], f, x[i] / 2 + x[i + 1] / 2)
        return best

    def add(rows, depth):
        imp, m, W = impurity(rows)
        me = len(cols["f"])
        for k, v in zip(cols, (-1, -1, -2, -2.0, imp, len(rows), W, m[None], 0)):
            cols[k].append(v)
        if depth >= rules.max_depth or len(rows) < rules.min_samples_split or imp <= 2e-15:
            return me
        gain, f, t = best_split(rows)
        if gain < 0:
            return me
        go = X[rows, f] <= t
        cols["f"][me], cols["t"][me] = f, t
        cols["m"][me] = int(go.sum() * 2 > len(rows))
        cols["left"][me] = add(rows[go], depth + 1)
        cols["right"][me] = add(rows[~go], depth + 1)
        return me

    add(np.flatnonzero(w > 0), 0)
    return Tree(X.shape[1], *cols.values())
