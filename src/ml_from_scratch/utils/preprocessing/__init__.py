"""Making data fit for learning: scaling, encoding, products of features, filling gaps.

Estimators with scikit-learn's names, arguments, fitted attributes and values: ``fit`` on the
training data, ``transform`` everything.
"""

from .imputer import SimpleImputer
from .labels import LabelEncoder
from .minmax import MinMaxScaler
from .normalizer import Normalizer
from .onehot import OneHotEncoder
from .ordinal import OrdinalEncoder
from .polynomial import PolynomialFeatures
from .robust import RobustScaler
from .standard import StandardScaler

__all__ = [
    "LabelEncoder",
    "MinMaxScaler",
    "Normalizer",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PolynomialFeatures",
    "RobustScaler",
    "SimpleImputer",
    "StandardScaler",
]
