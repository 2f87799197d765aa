"""Write the data sets that come with the package, from scikit-learn's bundled copies.

    python scripts/make_bundled_data.py [--folder FOLDER]

Makes one gzipped CSV for each data set, and ``about.json`` with what they are, where they come
from and under what terms. The same scikit-learn data gives the same bytes on every run.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "ml_from_scratch" / "datasets" / "data"

UCI = "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), from the UCI repository"

ABOUT = {
    "iris": {
        "title": "Iris: 150 flowers, 4 features, 3 species",
        "text": "Length and width of the sepals and petals of fifty plants of each of three "
        "species of iris, measured by Edgar Anderson. As in Fisher's paper; the copy at UCI has "
        "two samples that differ.",
        "source": "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of "
        "Eugenics 7 (1936). https://archive.ics.uci.edu/dataset/53/iris",
        "licence": UCI,
    },
    "wine": {
        "title": "Wine: 178 wines, 13 features, 3 growers",
        "text": "Chemical analysis of wines grown in one region of Italy by three growers. The "
        "features have very different scales.",
        "source": "M. Forina et al., PARVUS, an extendible package for data exploration, "
        "classification and correlation (1988). https://archive.ics.uci.edu/dataset/109/wine",
        "licence": UCI,
    },
    "breast_cancer": {
        "title": "Breast Cancer Wisconsin (Diagnostic): 569 tumours, 30 features, 2 classes",
        "text": "Ten properties of the cell nuclei in a picture of a fine-needle aspirate of a "
        "breast mass, each as its mean, standard error and worst value. Class 0 is malignant (212 "
        "samples), class 1 benign (357).",
        "source": "W. N. Street, W. H. Wolberg and O. L. Mangasarian, Nuclear feature extraction "
        "for breast tumor diagnosis (1993). "
        "https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic",
        "licence": UCI,
    },
    "digits": {
        "title": "Digits: 1797 handwritten digits, 8x8 grey levels, 10 classes",
        "text": "Digits written on forms by 13 people, as 32x32 bitmaps of which every 4x4 block "
        "was counted: a pixel is an integer from 0 to 16. This is the test part of the original.",
        "source": "E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits (1998). "
        "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        "licence": UCI,
    },
    "diabetes": {
        "title": "Diabetes: 442 patients, 10 features, progression after a year",
        "text": "Age, sex, body mass index, mean blood pressure and six blood serum measurements "
        "(s1 total cholesterol, s2 LDL, s3 HDL, s4 total cholesterol / HDL, s5 possibly the "
        "logarithm of triglycerides, s6 glucose). The target measures how the disease advanced "
        "within a year. The file holds the features as measured; the loader scales them.",
        "source": "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least angle regression, "
        "The Annals of Statistics 32 (2004). "
        "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
        "licence": "none stated by the authors, who published it; this copy is from scikit-learn "
        "(BSD 3-Clause)",
    },
}


def number(value) -> str:
    """Write a measurement as it was published; none has more than twelve digits.

    Not all its bits: older versions of scikit-learn read a few values with an error in the last.
    """
    return f"{value:.12g}"


def table(bunch) -> bytes:
    """Write a header and one line a sample, target last, and compress it."""
    lines = [",".join([*map(str, bunch.feature_names), "target"])]
    for x, y in zip(bunch.data, bunch.target):
        lines.append(",".join(map(number, [*x, y])))
    file = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as gz:  # no name, no date
        gz.write("\n".join(lines).encode() + b"\n")
    return file.getvalue()


def make(folder: Path) -> None:
    """Write all files into the folder."""
    from sklearn import datasets

    folder.mkdir(parents=True, exist_ok=True)
    about = {}
    for name, facts in ABOUT.items():
        options = {"scaled": False} if name == "diabetes" else {}
        bunch = getattr(datasets, f"load_{name}")(**options)
        names = bunch.get("target_names")
        about[name] = {**facts, "target_names": None if names is None else names.tolist()}
        path = folder / f"{name}.csv.gz"
        path.write_bytes(table(bunch))
        print(f"{path.name:20} {path.stat().st_size:7,} bytes")
    (folder / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: the package's own")
    make(parser.parse_args().folder)
