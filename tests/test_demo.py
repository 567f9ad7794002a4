from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from mitate.demo import EXAMPLE, demonstrate, find_example
from mitate.edema.cohort import read_cohort, write_cohort
from mitate.edema.encoder import Encoder
from mitate.edema.personal import PersonalModel
from mitate.errors import InputError


def test_the_model_never_sees_the_day_it_estimates(
    portrait_cohort: Path, tiny_encoder: Encoder, weights_ready: None, tmp_path: Path
) -> None:
    told: list[str] = []
    shown = demonstrate(
        portrait_cohort,
        tmp_path / "out",
        encoder=tiny_encoder,
        progress=lambda what, share: told.append(what),
    )
    assert shown.session.session_id == "1-pre"
    assert [s.session_id for s in (shown.made.reference, *shown.made.labelled)] == ["0-post", "0-pre"]
    assert shown.truth_kg == pytest.approx(1.5)
    assert shown.stranger == "b"
    assert shown.refusal is not None
    assert "this is another person" in shown.refusal
    assert list(dict.fromkeys(told)) == ["a: 0-post", "a: 0-pre", "a: 1-pre"]
    assert cv2.imread(str(shown.picture)) is not None
    assert PersonalModel.load(shown.model).model_id == shown.made.model.model_id
    keys = list(shown.as_dict())
    assert keys[-5:] == ["participant", "sessions", "estimate", "truth", "trained_on"]
    assert {"excess_kg", "interval_90", "edema_probability"} <= set(shown.as_dict()["estimate"])


def test_an_example_that_does_not_serve(
    portrait_cohort: Path, tiny_encoder: Encoder, weights_ready: None, tmp_path: Path
) -> None:
    cohort = read_cohort(portrait_cohort)
    unfilmed = tuple(replace(s, video="") for s in cohort.sessions if s.day == 0)
    write_cohort(tmp_path / "one-day", replace(cohort, sessions=unfilmed))
    with pytest.raises(InputError, match="two days"):
        demonstrate(tmp_path / "one-day", tmp_path / "out", encoder=tiny_encoder)
    own = tuple(s for s in unfilmed if s.participant_id == "a")
    write_cohort(tmp_path / "alone", replace(cohort, participants=cohort.participants[:1], sessions=own))
    with pytest.raises(InputError, match="two participants"):
        demonstrate(tmp_path / "alone", tmp_path / "out", encoder=tiny_encoder)
    assert not (tmp_path / "out").exists()


def test_the_example_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_example() == Path(__file__).parents[1] / EXAMPLE
    (tmp_path / EXAMPLE).mkdir(parents=True)
    (tmp_path / EXAMPLE / "sessions.tsv").write_text("", encoding="utf-8")
    assert find_example() == EXAMPLE


def test_no_example_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("mitate.demo.EXAMPLE", Path("examples") / "none")
    with pytest.raises(InputError, match="examples/none is not here"):
        find_example()
