"""One tree, a pruned tree and a forest read the same data: what each asks, and what it is worth.

    python examples/trees.py [--seed 0] [--out runs/examples]

The data (breast tumours, 30 measurements of cell nuclei) come with the package. The pruned tree is
printed and drawn as an SVG, which any browser shows; with matplotlib a curve shows how pruning and the
number of trees change the error on unseen tumours.
"""

import argparse
from pathlib import Path

import numpy as np

from ml_from_scratch.datasets import load_breast_cancer
from ml_from_scratch.models import DecisionTreeClassifier, RandomForestClassifier
from ml_from_scratch.models.trees import draw_tree, export_text
from ml_from_scratch.utils import train_test_split


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/examples"), help="where pictures go")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    data = load_breast_cancer()
    X_train, X_test, y_train, y_test = train_test_split(
        data.data, data.target, test_size=0.4, stratify=data.target, random_state=options.seed
    )

    tree = DecisionTreeClassifier().fit(X_train, y_train)
    say("a full tree", tree.score(X_train, y_train), tree.score(X_test, y_test), tree.tree_)

    path = tree.cost_complexity_pruning_path(X_train, y_train)
    alphas = np.unique(path.ccp_alphas)[:-1]
    pruned = [DecisionTreeClassifier(ccp_alpha=alpha).fit(X_train, y_train) for alpha in alphas]
    small = min(pruned, key=lambda t: abs(t.get_n_leaves() - 5))
    say("cut back", small.score(X_train, y_train), small.score(X_test, y_test), small.tree_)
    print()
    print(export_text(small, feature_names=data.feature_names, class_names=data.target_names))
    picture = draw_tree(small, feature_names=data.feature_names, class_names=data.target_names)
    picture.save(options.out / "tree.svg")
    print(f"the same as a picture: {options.out / 'tree.svg'}\n")

    forest = RandomForestClassifier(100, oob_score=True, random_state=options.seed)
    forest.fit(X_train, y_train)
    say("a forest", forest.score(X_train, y_train), forest.score(X_test, y_test), "100 trees")
    print(f"what it knows of itself, out of bag: {forest.oob_score_:.1%}")
    print("what matters to it:")
    for j in np.argsort(-forest.feature_importances_)[:5]:
        share = forest.feature_importances_[j]
        print(f"  {data.feature_names[j]:24} {share:6.1%} {'#' * round(100 * share)}")

    plot(alphas, [t.score(X_test, y_test) for t in pruned], forest, X_test, y_test, options.out)


def say(what, seen, unseen, size):
    print(
        f"{what + ':':14} {seen:6.1%} of the tumours it has seen, {unseen:6.1%} of others; {size}"
    )


def plot(alphas, scores, forest, X, y, out):
    """Save the error of pruned trees beside that of growing forests, if matplotlib is there."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        print("\nwith matplotlib (the extra viz) this would also plot the errors.")
        return
    votes = np.cumsum([tree.predict_proba(X) for tree in forest], axis=0)
    errors = (forest.classes_[votes.argmax(axis=2)] != y).mean(axis=1)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    left.step(alphas, 1 - np.array(scores), where="post")
    left.set(
        xlabel="price of a leaf (ccp_alpha)", ylabel="error on unseen tumours", title="one tree"
    )
    right.plot(np.arange(1, len(errors) + 1), errors)
    right.set(xlabel="trees", title="a forest")
    figure.savefig(out / "trees.png", bbox_inches="tight")
    print(f"\nthe errors as curves: {out / 'trees.png'}")


if __name__ == "__main__":
    main()
