from __future__ import annotations

from dataclasses import replace

import pytest

from mitate.errors import InputError

pytest.importorskip("torch", reason="the train extra is not installed")

from mitate.learn.pretrain_settings import PretrainSettings


@pytest.mark.parametrize("wrong", [{"objective": "guess"}, {"epochs": 0}, {"people": 1}, {"sessions": 0}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(PretrainSettings(), **wrong)  # type: ignore[arg-type]  # that is the point
