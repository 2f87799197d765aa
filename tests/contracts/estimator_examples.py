"""The instances that the contract battery runs over, where the plain ``Class()`` is not enough."""

from ml_from_scratch.losses import CrossEntropy, LogCosh
from ml_from_scratch.models import (
    SVC,
    SVR,
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    CategoricalNB,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GaussianProcessClassifier,
    GaussianProcessRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    KNeighborsClassifier,
    KNeighborsRegressor,
    LinearDiscriminantAnalysis,
    LinearSVC,
    LinearSVR,
    LogisticRegression,
    QuadraticDiscriminantAnalysis,
    RandomForestClassifier,
    RandomForestRegressor,
    Ridge,
    SGDClassifier,
    SGDRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from ml_from_scratch.models.kernels import RBF, Matern, WhiteKernel
from ml_from_scratch.utils import GridSearchCV

CLASSIFIERS = [("a", LogisticRegression(tol=1e-10)), ("b", LogisticRegression(C=0.1, tol=1e-10))]
REGRESSORS = [("a", Ridge()), ("b", Ridge(alpha=10.0))]

# Estimators that cannot be made without an argument; a list of instances is tested one by one.
INSTANCES = {
    "AdaBoostClassifier": [AdaBoostClassifier(n_estimators=5, random_state=0)],
    "AdaBoostRegressor": [AdaBoostRegressor(n_estimators=5, random_state=0)],
    "BaggingClassifier": [
        BaggingClassifier(n_estimators=5, random_state=0),
        BaggingClassifier(n_estimators=5, max_features=0.5, oob_score=True, random_state=0),
    ],
    "BaggingRegressor": [
        BaggingRegressor(n_estimators=5, random_state=0),
        BaggingRegressor(Ridge(), 5, max_samples=0.8, random_state=0),
    ],
    "CategoricalNB": [CategoricalNB(min_categories=5)],  # a fold of a search may lack some
    "DecisionTreeClassifier": [
        DecisionTreeClassifier(),
        DecisionTreeClassifier(criterion="entropy", max_leaf_nodes=8, class_weight="balanced"),
        DecisionTreeClassifier(max_features="sqrt", min_impurity_decrease=0.01, random_state=0),
    ],
    "DecisionTreeRegressor": [
        DecisionTreeRegressor(),
        DecisionTreeRegressor(max_depth=3, ccp_alpha=0.01),
    ],
    "ExtraTreeClassifier": [ExtraTreeClassifier(random_state=0)],
    "ExtraTreeRegressor": [ExtraTreeRegressor(random_state=0)],
    "ExtraTreesClassifier": [ExtraTreesClassifier(n_estimators=5, random_state=0)],
    "ExtraTreesRegressor": [ExtraTreesRegressor(n_estimators=5, random_state=0)],
    "GradientBoostingClassifier": [
        GradientBoostingClassifier(n_estimators=5),
        GradientBoostingClassifier(
            loss=CrossEntropy(from_logits=True, label_smoothing=0.1), n_estimators=3, max_depth=2
        ),
    ],
    "GradientBoostingRegressor": [
        GradientBoostingRegressor(n_estimators=5),
        GradientBoostingRegressor(
            loss=LogCosh(), n_estimators=5, learning_rate=0.5, init=Ridge(), max_leaf_nodes=4
        ),
    ],
    "GaussianProcessClassifier": [
        GaussianProcessClassifier(),
        GaussianProcessClassifier(Matern(2.0, nu=2.5), optimizer=None),
    ],
    "GaussianProcessRegressor": [
        GaussianProcessRegressor(),
        GaussianProcessRegressor(1.0 * RBF() + WhiteKernel(0.1), normalize_y=True),
    ],
    "GridSearchCV": [
        GridSearchCV(Ridge(), {"alpha": [0.1, 10.0]}, cv=2),
        GridSearchCV(LogisticRegression(), {"C": [0.1, 10.0]}, cv=2),
    ],
    "HistGradientBoostingClassifier": [
        HistGradientBoostingClassifier(max_iter=8, min_samples_leaf=5),
        HistGradientBoostingClassifier(
            max_iter=8, min_samples_leaf=5, early_stopping=True, validation_fraction=None
        ),
    ],
    "HistGradientBoostingRegressor": [
        HistGradientBoostingRegressor(max_iter=8, min_samples_leaf=5),
        HistGradientBoostingRegressor("absolute_error", max_iter=8, min_samples_leaf=5),
    ],
    "KNeighborsClassifier": [
        KNeighborsClassifier(),
        KNeighborsClassifier(3, weights="distance", algorithm="kd_tree", leaf_size=2, n_jobs=2),
    ],
    "KNeighborsRegressor": [
        KNeighborsRegressor(weights="distance"),
        KNeighborsRegressor(2, algorithm="kd_tree", leaf_size=3, p=1),
    ],
    "LogisticRegression": [
        LogisticRegression(solver=solver, random_state=0, max_iter=500)
        for solver in ("newton-cholesky", "lbfgs", "gradient_descent", "sgd")
    ],
    "RandomForestClassifier": [
        RandomForestClassifier(n_estimators=5, random_state=0),
        RandomForestClassifier(n_estimators=3, class_weight="balanced_subsample", random_state=0),
    ],
    "RandomForestRegressor": [RandomForestRegressor(n_estimators=5, random_state=0)],
    "Ridge": [Ridge(), Ridge(solver="gradient_descent", tol=1e-6)],
    "LinearDiscriminantAnalysis": [
        LinearDiscriminantAnalysis(),
        LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
    ],
    "LinearSVC": [LinearSVC(), LinearSVC(loss="hinge", tol=1e-7), LinearSVC("l1", tol=1e-7)],
    "LinearSVR": [
        LinearSVR(tol=1e-7),
        LinearSVR(epsilon=0.1, loss="squared_epsilon_insensitive", tol=1e-7),
    ],
    # Where a class has fewer samples than features, as in some checks, there is no plain covariance.
    "QuadraticDiscriminantAnalysis": [
        QuadraticDiscriminantAnalysis(reg_param=0.1),
        QuadraticDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
    ],
    "SGDClassifier": [
        SGDClassifier(random_state=0),
        SGDClassifier("log_loss", penalty="l1", average=True, max_iter=5, tol=None, random_state=0),
    ],
    "SGDRegressor": [SGDRegressor(learning_rate="constant", random_state=0)],
    # A weight of 2 equals two samples at the minimum, so the battery asks for it exactly.
    "SVC": [
        SVC(tol=1e-10),
        SVC(kernel="linear", tol=1e-10, break_ties=True, class_weight="balanced"),
    ],
    "SVR": [SVR(tol=1e-10)],
    "StackingClassifier": [StackingClassifier(CLASSIFIERS, LogisticRegression(tol=1e-10), cv=3)],
    "StackingRegressor": [
        StackingRegressor(REGRESSORS, Ridge(), cv=3),
        StackingRegressor([*REGRESSORS, ("c", "drop")], Ridge(), cv=2, passthrough=True),
    ],
    "VotingClassifier": [
        VotingClassifier(CLASSIFIERS),
        VotingClassifier(CLASSIFIERS, voting="soft", weights=[1, 2]),
    ],
    "VotingRegressor": [VotingRegressor(REGRESSORS, weights=[1, 2])],
}

# Checks of scikit-learn that its own class of that name is exempted from, too, and why.
DRAWN = {
    "check_sample_weight_equivalence_on_dense_data": "a weight is the chance to be drawn, so that a "
    "row of weight 2 and a row that stands there twice agree in the mean, not draw by draw"
}
STEP_BY_STEP = {
    "check_sample_weight_equivalence_on_dense_data": "a weight makes the sample's step longer, which is "
    "not quite two steps, and each row takes its time"
}
COUNTED_ONCE = {
    "check_sample_weight_equivalence_on_dense_data": "the quantiles of bins take weights into "
    "account, but in min_samples_leaf a sample counts once, as in scikit-learn"
}
EXEMPT = {
    "AdaBoostClassifier": {
        "check_sample_weight_equivalence_on_dense_data": "where two questions are equally good the "
        "order in which weights are added decides, and boosting makes it a difference"
    },
    "AdaBoostRegressor": DRAWN,
    "BaggingClassifier": DRAWN,
    "BaggingRegressor": DRAWN,
    "HistGradientBoostingClassifier": COUNTED_ONCE,
    "HistGradientBoostingRegressor": COUNTED_ONCE,
    "RandomForestClassifier": DRAWN,
    "RandomForestRegressor": DRAWN,
    "SGDClassifier": STEP_BY_STEP,
    "SGDRegressor": STEP_BY_STEP,
}

# What a search varies in the battery: the first of these that an estimator has.
SEARCHED = {
    "alpha": [0.1, 1.0],
    "C": [0.1, 1.0],
    "n_neighbors": [2, 3],
    "max_depth": [1, 2],
    "n_estimators": [2, 3],
    "max_iter": [50, 60],
    "max_iter_predict": [50, 60],
    "cv": [2, 3],
    "tol": [1e-3, 1e-4],
    "fit_intercept": [True, False],
    "var_smoothing": [1e-9, 1e-3],
    "weights": [[1, 1], [1, 2]],
}
