from __future__ import annotations

import numpy as np
import pytest
from tests.diagnosis.small_model import made_up_faces

from mitate.diagnosis import compare as rows
from mitate.diagnosis.compare import FROZEN, NEAREST, Wanted, compare, methods_for, title_of
from mitate.diagnosis.features import FEATURES
from mitate.diagnosis.unlike import strangeness

_NAMES = ("sface_layer", "sface", "imagenet", "imagenet_layer", "hog", "thumbnail", "background", "file")


def features_of(n: int, classes: np.ndarray, *, leaking: str = "") -> rows.Features:
    """Rows of numbers of which the faces' tell the class, and the named leak row's too."""
    rng = np.random.default_rng(0)
    found = {name: rng.normal(size=(n, 12)).astype(np.float32) for name in _NAMES}
    for name in ("sface_layer", "sface", *([leaking] if leaking else [])):
        found[name][np.arange(n), classes] += 4
    return found


def test_transfers_come_first_then_what_they_must_beat_then_what_must_not_work() -> None:
    faces, wanted = made_up_faces(8), Wanted(folds=3)
    methods = methods_for(faces, features_of(24, faces.targets), wanted, strangeness=strangeness)
    order = {"transfer": 0, "traditional": 1, "leak": 2}
    kinds = [order[method.kind] for method in methods]
    assert kinds == sorted(kinds)
    names = [method.name for method in methods]
    assert names[:2] == [FROZEN, NEAREST]
    assert title_of("imagenet") in names
    assert title_of("imagenet_layer") not in names  # it is chosen within that row
    assert len(set(names)) == len(names)


def test_a_row_whose_network_is_missing_is_left_out() -> None:
    faces = made_up_faces(8)
    features = features_of(24, faces.targets)
    del features["imagenet"]
    del features["imagenet_layer"]
    methods = methods_for(faces, features, Wanted(folds=3), strangeness=strangeness)
    assert title_of("imagenet") not in [method.name for method in methods]


@pytest.mark.parametrize("leaking", ["", "background"])
def test_every_row_is_judged_on_the_same_folds_and_leaks_are_handed_on(leaking: str) -> None:
    faces, wanted = made_up_faces(10), Wanted(folds=3)
    features = features_of(30, faces.targets, leaking=leaking)
    judged = compare(methods_for(faces, features, wanted, strangeness=strangeness), faces, wanted)
    assert set(judged.leaks) == {"thumbnail", "background", "file"}
    assert judged.of(FROZEN).right.mean() > 0.8
    assert (judged.leaks["background"].right.mean() > 0.8) == bool(leaking)
    for one in judged.evaluations:
        assert np.array_equal(one.fold, judged.of(FROZEN).fold)
        assert (one.probabilities is not None) == (one.kind == "transfer")
    with pytest.raises(KeyError):
        judged.of("nothing")


def test_titles_are_those_of_the_features() -> None:
    assert title_of("hog").startswith(FEATURES["hog"].title)
