from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mitate.edema.cohort import Cohort, read_cohort
from mitate.edema.encoder import Encoder, load_encoder
from mitate.edema.patient import (
    compare_videos,
    encoder_of,
    estimate_video,
    find_encoder,
    personalise_patient,
)
from mitate.edema.personal import PersonalModel
from mitate.errors import InputError, RefusalError
from mitate.face.select import Networks


@pytest.fixture
def cohort(portrait_cohort: Path) -> Cohort:
    return read_cohort(portrait_cohort)


@pytest.mark.parametrize(
    ("days", "labelled", "later", "known"),
    [
        (None, ["0-pre", "1-pre", "1-post"], [], 4),
        (1, ["0-pre"], ["1-pre", "1-post"], 2),
        (0, [], ["0-pre", "1-pre", "1-post"], 1),
    ],
)
def test_days_decide_what_is_learned_from(
    cohort: Cohort,
    tiny_encoder: Encoder,
    networks: Networks,
    days: int | None,
    labelled: list[str],
    later: list[str],
    known: int,
) -> None:
    made = personalise_patient(cohort, "a", tiny_encoder, days=days, frames=3, networks=networks)
    assert made.reference.session_id == "0-post"
    assert [s.session_id for s in made.labelled] == labelled
    assert [s.session_id for s in made.later] == later
    assert made.left_out == ()
    assert made.model.n_labelled == known
    assert made.model.identity.shape == (128,)
    assert made.model.encoder_sha256 == tiny_encoder.sha256
    assert made.model.participant_id == "a"


def test_weights_of_later_days_do_not_enter(
    cohort: Cohort, tiny_encoder: Encoder, networks: Networks
) -> None:
    people = tuple(replace(p, dry_weight_kg=None) for p in cohort.participants)
    changed = tuple(
        replace(s, weight_kg=80.0) if s.participant_id == "a" and s.day == 1 else s for s in cohort.sessions
    )
    models = [
        personalise_patient(
            replace(cohort, participants=people, sessions=sessions),
            "a",
            tiny_encoder,
            days=1,
            networks=networks,
        ).model
        for sessions in (cohort.sessions, changed)
    ]
    assert models[0].model_id == models[1].model_id


def test_a_model_goes_through_its_file_and_estimates_its_own_patient_only(
    cohort: Cohort, tiny_encoder: Encoder, networks: Networks, tmp_path: Path
) -> None:
    made = personalise_patient(cohort, "a", tiny_encoder, days=1, networks=networks)
    made.model.save(tmp_path / "a.json")
    model = PersonalModel.load(tmp_path / "a.json")
    result, reading = estimate_video(cohort.video_path(made.later[0]), model, tiny_encoder, networks=networks)
    assert result.n_frames == len(reading.clip)
    assert result.interval_90[0] < result.excess_kg < result.interval_90[1]
    assert result.trained_on == "simulated"
    assert result.quality == pytest.approx(reading.quality)
    with pytest.raises(RefusalError, match="another person"):
        estimate_video(cohort.root / "videos/b0pre.mp4", model, tiny_encoder, networks=networks)


def test_another_persons_film_among_his_own_is_left_out(
    portrait_cohort: Path, tiny_encoder: Encoder, networks: Networks, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(portrait_cohort, tmp_path / "mixed"))
    shutil.copy(root / "videos/b0pre.mp4", root / "videos/a0pre.mp4")
    (root / "videos/a1pre.mp4").write_bytes(b"no film")
    made = personalise_patient(read_cohort(root), "a", tiny_encoder, networks=networks)
    assert [(lost.session_id, lost.reason) for lost in made.left_out] == [
        ("0-pre", "wrong_person"),
        ("1-pre", "unreadable"),
    ]
    assert [s.session_id for s in made.labelled] == ["1-post"]


def test_an_unusable_reference_gives_way_to_the_next(
    portrait_cohort: Path, tiny_encoder: Encoder, networks: Networks, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(portrait_cohort, tmp_path / "cohort"))
    (root / "videos/a0post.mp4").write_bytes(b"no film")
    made = personalise_patient(read_cohort(root), "a", tiny_encoder, networks=networks)
    assert made.reference.session_id == "1-post"
    for path in root.glob("videos/b*.mp4"):
        path.write_bytes(b"no film")
    with pytest.raises(InputError, match="videos/b"):
        personalise_patient(read_cohort(root), "b", tiny_encoder, networks=networks)


def test_who_and_when_must_make_sense(cohort: Cohort, tiny_encoder: Encoder, networks: Networks) -> None:
    with pytest.raises(InputError, match="no participant 'z'"):
        personalise_patient(cohort, "z", tiny_encoder, networks=networks)
    with pytest.raises(InputError, match="days"):
        personalise_patient(cohort, "a", tiny_encoder, days=-1, networks=networks)
    bare = replace(cohort, sessions=tuple(replace(s, video="") for s in cohort.sessions))
    with pytest.raises(InputError, match="has a video"):
        personalise_patient(bare, "a", tiny_encoder, networks=networks)


def test_a_model_of_another_encoder_is_refused(
    cohort: Cohort, tiny_encoder: Encoder, networks: Networks
) -> None:
    model = personalise_patient(cohort, "a", tiny_encoder, days=0, networks=networks).model
    assert encoder_of(model, tiny_encoder.root).sha256 == tiny_encoder.sha256
    other = replace(model, encoder_sha256="0" * 64)
    with pytest.raises(InputError, match="another encoder"):
        encoder_of(other, tiny_encoder.root)
    with pytest.raises(InputError, match="another encoder"):
        estimate_video(cohort.root / "videos/a0pre.mp4", other, tiny_encoder)
    assert find_encoder(tiny_encoder.root).sha256 == load_encoder(tiny_encoder.root).sha256


def test_a_comparison_is_antisymmetric_and_of_one_person(
    cohort: Cohort, tiny_encoder: Encoder, networks: Networks
) -> None:
    videos = cohort.root / "videos"
    there, _, _ = compare_videos(videos / "a0pre.mp4", videos / "a1post.mp4", tiny_encoder, networks=networks)
    back, _, _ = compare_videos(videos / "a1post.mp4", videos / "a0pre.mp4", tiny_encoder, networks=networks)
    assert there.change_kg == pytest.approx(-back.change_kg)
    np.testing.assert_allclose(there.interval_90, [-x for x in reversed(back.interval_90)])
    with pytest.raises(RefusalError) as refused:
        compare_videos(videos / "a0pre.mp4", videos / "b0pre.mp4", tiny_encoder, networks=networks)
    assert refused.value.reason == "wrong_person"
