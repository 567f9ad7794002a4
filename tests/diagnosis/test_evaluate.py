from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.diagnosis.example_sets import EXAMPLE, part_of

from mitate.diagnosis.evaluate import evaluate_model
from mitate.diagnosis.train import Trained
from mitate.errors import InputError


def test_other_people_are_judged_class_by_class(trained: Trained, others: Path) -> None:
    found = evaluate_model(trained.model, others)
    assert found.evaluation is not None
    assert found.measures is not None
    assert [one.label for one in found.outcomes] == list(trained.model.labels)
    assert sum(one.photos for one in found.outcomes) == len(found.evaluation.targets) == 6
    for one in found.outcomes:
        assert one.known
        assert sum(one.counts.values()) == one.photos
        assert one.right is not None
        assert one.right.low <= one.right.value <= one.right.high
    assert found.data_simulated
    mean = np.mean([one.right.value for one in found.outcomes if one.right])
    assert found.measures.balanced_accuracy.value == pytest.approx(mean)


def test_a_class_that_the_model_does_not_have_only_shows_what_is_withheld(
    trained: Trained, tmp_path: Path
) -> None:
    label = trained.model.labels[0]
    data = part_of(EXAMPLE, tmp_path / "new", slice(6, None), relabel={label: "something new"})
    found = evaluate_model(trained.model, data)
    new = next(one for one in found.outcomes if one.label == "something new")
    assert not new.known
    assert new.right is None
    assert 0 <= new.withheld.value <= 1
    assert found.measures is None  # a class of the model has no photo here
    assert found.evaluation is not None
    assert len(found.evaluation.targets) == 4


def test_people_who_were_learned_from_are_refused(trained: Trained, our_faces: Path) -> None:
    with pytest.raises(InputError, match="flatter"):
        evaluate_model(trained.model, our_faces)
