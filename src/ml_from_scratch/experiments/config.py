"""Configs: a table of choices from a file, JSON always, YAML where PyYAML is installed."""

from __future__ import annotations

import json
from pathlib import Path


def read_choices(path) -> dict:
    """Return the names and values in a JSON or YAML file.

    Raises
    ------
    ValueError
        If the file cannot be understood, or holds no table.
    ImportError
        If it is YAML and PyYAML is not installed; says how to install it.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "small.json")
    ...     _ = open(path, "w").write('{"n_layers": 2}')
    ...     read_choices(path)
    {'n_layers': 2}
    """
    path = Path(path)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
        choices = _yaml(text, path) if path.suffix in (".yaml", ".yml") else json.loads(text)
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as a config: {error}") from None
    if not isinstance(choices, dict):
        raise ValueError(f"{path} holds no table of names and values, as a config is.")
    return choices


def _yaml(text, path):
    try:
        import yaml
    except ImportError:
        raise ImportError(
            f'{path} is YAML, which needs PyYAML: pip install "ml-from-scratch-lab[experiments]". JSON needs nothing.'
        ) from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
