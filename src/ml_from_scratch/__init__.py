"""Machine learning from first principles, in NumPy.

Import the floor you need: ``ml_from_scratch.core`` (the autodiff engine), ``losses``,
``optimizers``, ``datasets``, ``utils``, ``neural`` and ``models``.
"""

__version__ = "0.2.0"
