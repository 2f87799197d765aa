"""A network reads handwritten digits: the whole story on one page.

    python examples/mlp_digits.py [--epochs 20] [--seed 0] [--plot curve.png]

The data come with the package (UCI's optical digits, 8 x 8 pixels), so no network is needed. With
``--plot`` and matplotlib (the extra ``viz``) the learning curve is saved.
"""

import argparse

from ml_from_scratch.datasets import load_digits
from ml_from_scratch.losses import CrossEntropy
from ml_from_scratch.neural import Dense, Dropout, Model, ReLU
from ml_from_scratch.optimizers import Adam
from ml_from_scratch.utils import accuracy_score, confusion_matrix, train_test_split


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", metavar="PATH", help="save the learning curve here")
    options = parser.parse_args()

    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X / 16, y, test_size=0.25, stratify=y, random_state=options.seed
    )

    model = Model(
        [Dense(128, input_dim=64), ReLU(), Dropout(0.2), Dense(10)],  # the last gives logits
        seed=options.seed,
    )
    model.compile(Adam(learning_rate=0.002), CrossEntropy(from_logits=True), metrics=["accuracy"])
    print(model.summary())
    history = model.fit(
        X_train, y_train, epochs=options.epochs, batch_size=32, validation_data=(X_test, y_test)
    )

    y_pred = model.predict(X_test).argmax(axis=1)
    print(f"\naccuracy on {len(y_test)} unseen digits: {accuracy_score(y_test, y_pred):.1%}")
    print("who is taken for whom (rows: what it is, columns: what was read):")
    print(confusion_matrix(y_test, y_pred))

    if options.plot:
        from ml_from_scratch.utils import plot_learning_curve

        plot_learning_curve(history, log=True).figure.savefig(options.plot, bbox_inches="tight")
        print(f"the learning curve is at {options.plot}")


if __name__ == "__main__":
    main()
