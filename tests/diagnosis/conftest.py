"""A model trained once on the simulated photos that come along, for all that need one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.diagnosis.example_sets import EXAMPLE, part_of

from mitate.diagnosis.compare import Wanted
from mitate.diagnosis.train import Trained, train


@pytest.fixture(scope="session")
def our_faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six people of each class of the example."""
    return part_of(EXAMPLE, tmp_path_factory.mktemp("faces") / "our-faces", slice(None, 6))


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The other two people of each class."""
    return part_of(EXAMPLE, tmp_path_factory.mktemp("others") / "others", slice(6, None))


@pytest.fixture(scope="session")
def trained(weights_ready: None, our_faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The model of `our_faces`, judged by two folds and without the rows that take long."""
    out = tmp_path_factory.mktemp("trained") / "model"
    return train(our_faces, out, Wanted(folds=2, rivals=False))
