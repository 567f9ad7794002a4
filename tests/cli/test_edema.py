from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mitate import video
from mitate.cli.printing import program
from mitate.edema.encoder import Encoder
from mitate.edema.personal import PersonalModel

Run = Callable[..., tuple[int, str, str]]
Image = NDArray[np.uint8]


def one_message(told: str) -> str:
    """The error that standard error ends with, behind whatever a progress bar has drawn."""
    lines = [line for line in told.splitlines() if line.startswith("mitate: ")]
    assert len(lines) == 1, told
    assert "Traceback" not in told
    return lines[0]


@pytest.fixture(scope="session")
def made(
    portrait_cohort: Path,
    tiny_encoder: Encoder,
    weights_ready: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The model of the first person of the portraits, from one day."""
    from mitate.edema.cohort import read_cohort
    from mitate.edema.patient import personalise_patient

    path = tmp_path_factory.mktemp("model") / "a.json"
    personalise_patient(read_cohort(portrait_cohort), "a", tiny_encoder, days=1).model.save(path)
    return path


def test_help_has_an_example_for_every_command(mitate: Run) -> None:
    for command in ("check", "pretrain", "personalise", "estimate", "compare"):
        code, out, _ = mitate("edema", command, "--help")
        assert code == 0
        assert f"Example: mitate edema {command}" in " ".join(out.split())


def test_a_good_cohort(mitate: Run, portrait_cohort: Path) -> None:
    code, out, err = mitate("edema", "check", portrait_cohort)
    assert (code, err) == (0, "")
    assert out == "two portraits: 2 participants, 6 sessions; nothing to mend\n"
    told = json.loads(mitate("edema", "check", portrait_cohort, "--json")[1])
    assert told == {"ok": True, "participants": 2, "sessions": 6, "problems": []}


SESSIONS = "participant_id\tsession_id\tday\tphase\tweight_kg\tcaptured_at\tvideo\n"
PEOPLE = "participant_id\tsex\tage\tdry_weight_kg\na\tF\t50\t60\n"
WRONG = [
    (PEOPLE, SESSIONS + "a\ts1\t0\tpost\t0\t\t\n", "sessions.tsv:2"),
    (PEOPLE, SESSIONS + "a\ts1\t0\tpost\t700\t\t\n", "sessions.tsv:2"),
    (PEOPLE, SESSIONS + "a\ts1\t0\tpre\t61\t\t\n", "sessions.tsv:2"),
    (PEOPLE, SESSIONS + "a\ts1\t0\tpost\t61\t31/31/2025\t\n", "sessions.tsv:2"),
    (PEOPLE, SESSIONS + "a\ts1\t0\tpost\t61\t\tnone.mp4\n", "sessions.tsv:2"),
    (PEOPLE + "a\tF\t50\t60\n", SESSIONS + "a\ts1\t0\tpost\t61\t\t\n", "participants.tsv:3"),
    (PEOPLE, SESSIONS + "b\ts1\t0\tpost\t61\t\t\n", "sessions.tsv:2"),
]


@pytest.mark.parametrize(("people", "sessions", "place"), WRONG)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_bad_cohort_is_refused_at_its_line(
    mitate: Run, tmp_path: Path, people: str, sessions: str, place: str, ends: str
) -> None:
    root = tmp_path / "cohort"
    root.mkdir()
    (root / "participants.tsv").write_bytes(people.replace("\n", ends).encode())
    (root / "sessions.tsv").write_bytes(sessions.replace("\n", ends).encode())
    before = sorted(tmp_path.rglob("*"))
    code, out, err = mitate("edema", "check", root)
    assert code == 2
    assert any(place in line and ": error: " in line for line in out.splitlines())
    assert "errors and" in one_message(err)
    code, out, _ = mitate("edema", "check", root, "--json")
    assert code == 2
    assert json.loads(out)["ok"] is False
    out_file = tmp_path / "a.json"
    for typed in (("personalise", root, "--participant", "a"), ("pretrain", root)):
        code, out, err = mitate("edema", *typed, "--out", out_file)
        assert (code, out) == (2, "")
        one_message(err)
    assert sorted(tmp_path.rglob("*")) == before


def test_no_cohort_at_all(mitate: Run, tmp_path: Path) -> None:
    code, _, err = mitate("edema", "check", tmp_path / "nowhere")
    assert code == 2
    one_message(err)


def test_from_a_cohort_to_an_estimate(
    mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, weights_ready: None, tmp_path: Path
) -> None:
    model, encoder = tmp_path / "a.json", ("--encoder", tiny_encoder.root)
    cohort = (portrait_cohort, "--participant", "a")
    code, out, _ = mitate("edema", "personalise", *cohort, "--days", 1, "--out", model, *encoder)
    assert code == 0
    assert "compared with session 0-post, from 2 weighed sessions" in out
    assert "trained on: simulated. Research use." in out
    assert out.splitlines()[-1] == (
        f"next: {program()} edema estimate VIDEO --model {model} --encoder {tiny_encoder.root}"
    )
    assert model.stat().st_size < 50_000
    film, picture = portrait_cohort / "videos/a1pre.mp4", tmp_path / "result.png"
    code, out, _ = mitate("edema", "estimate", film, "--model", model, *encoder, "--picture", picture)
    assert code == 0
    assert "(90 % interval " in out.splitlines()[0]
    assert "dry weight" in out.splitlines()[0]
    assert "Learned from simulated swelling" in out
    assert "Not a medical device" in out
    assert cv2.imread(str(picture)) is not None
    code, out, err = mitate("edema", "estimate", film, "--model", model, *encoder, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["interval_90"][0] < told["excess_kg"] < told["interval_90"][1]
    assert (told["participant_id"], told["trained_on"]) == ("a", "simulated")
    assert told["intended_use"]
    assert told["clip"]["turned_deg"] == 0
    assert max(abs(angle) for angle in told["clip"]["head_angles_deg"].values()) < 20


def test_the_model_as_json(
    mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, weights_ready: None, tmp_path: Path
) -> None:
    typed = ["--participant", "b", "--out", tmp_path / "b.json", "--encoder", tiny_encoder.root, "--json"]
    code, out, err = mitate("edema", "personalise", portrait_cohort, *typed)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["model_id"] == PersonalModel.load(tmp_path / "b.json").model_id
    assert (told["reference"]["session_id"], told["n_labelled"]) == ("0-post", 2)
    assert (told["trained_on"], told["left_out"]) == ("simulated", [])


def test_a_comparison(mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, weights_ready: None) -> None:
    films = [portrait_cohort / f"videos/a{when}.mp4" for when in ("0pre", "1post")]
    code, out, _ = mitate("edema", "compare", *films, "--encoder", tiny_encoder.root)
    assert code == 0
    assert "fluid than before, give or take" in out.splitlines()[0]
    code, out, err = mitate("edema", "compare", *films, "--encoder", tiny_encoder.root, "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["interval_90"][0] < told["change_kg"] < told["interval_90"][1]
    assert told["trained_on"] == "simulated"


def test_another_persons_clip_is_refused(
    mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, made: Path, tmp_path: Path
) -> None:
    typed = [
        "estimate",
        portrait_cohort / "videos/b0pre.mp4",
        "--model",
        made,
        "--encoder",
        tiny_encoder.root,
    ]
    picture = tmp_path / "result.png"
    code, out, err = mitate("edema", *typed, "--picture", picture)
    assert (code, out) == (2, "")
    assert "this is another person" in one_message(err)
    assert not picture.exists()
    code, out, err = mitate("edema", *typed, "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["reason"] == "wrong_person"


def test_a_model_of_another_encoder(
    mitate: Run, portrait_cohort: Path, tiny_encoder: Encoder, made: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(tiny_encoder.root, tmp_path / "other"))
    facts = json.loads(made.read_text(encoding="utf-8"))
    (tmp_path / "damaged.json").write_text(json.dumps(facts | {"sha256": ""}), encoding="utf-8")
    film = portrait_cohort / "videos/a1pre.mp4"
    code, _, err = mitate("edema", "estimate", film, "--model", tmp_path / "damaged.json", "--encoder", root)
    assert code == 2
    assert "damaged" in one_message(err)
    (root / "prior.json").unlink()
    code, _, err = mitate("edema", "estimate", film, "--model", made, "--encoder", root)
    assert code == 2
    assert "prior.json" in one_message(err)


@pytest.fixture(scope="session")
def bad_films(
    portrait: Callable[[str], Image],
    film: Callable[..., Iterator[Image]],
    portrait_cohort: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Files that no estimate can be made of."""
    root = tmp_path_factory.mktemp("bad")
    (root / "empty.mp4").write_bytes(b"")
    (root / "text.mp4").write_text("not a film at all\n" * 50, encoding="utf-8")
    whole = (portrait_cohort / "videos/a0pre.mp4").read_bytes()
    (root / "truncated.mp4").write_bytes(whole[: len(whole) // 3])
    with av.open(str(root / "sound.mp4"), "w") as file:
        stream = file.add_stream("aac", rate=16000)
        stream.layout = "mono"
        for start in range(0, 16000, 1024):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            sound.sample_rate, sound.pts = 16000, start
            file.mux(stream.encode(sound))
        file.mux(stream.encode(None))
    with av.open(str(root / "no-frames.mp4"), "w") as file:
        track = file.add_stream("libx264", rate=15)
        track.width, track.height = 64, 64
    wall = [np.full((240, 320, 3), 150, np.uint8)] * 8
    video.write(root / "no-face.mp4", wall, frame_rate=15)
    two = [cv2.resize(portrait(stem), (300, 380)) for stem in ("person_a_2", "person_b_2")]
    pair = np.hstack([np.pad(p, ((50, 50), (10, 10), (0, 0)), mode="edge") for p in two])
    video.write(root / "two-faces.mp4", [np.asarray(pair, np.uint8)] * 8, frame_rate=15)
    return root


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("empty.mp4", "empty"),
        ("text.mp4", ""),
        ("truncated.mp4", ""),
        ("sound.mp4", ""),
        ("no-frames.mp4", ""),
        ("missing.mp4", ""),
        ("", ""),
        ("no-face.mp4", "no face is seen"),
        ("two-faces.mp4", "several faces"),
    ],
)
def test_a_bad_film_is_one_message_and_nothing_written(
    mitate: Run,
    bad_films: Path,
    tiny_encoder: Encoder,
    portrait_cohort: Path,
    made: Path,
    tmp_path: Path,
    name: str,
    says: str,
) -> None:
    encoder, film = ("--encoder", tiny_encoder.root), bad_films / name
    picture = tmp_path / "result.png"
    good = portrait_cohort / "videos/a0pre.mp4"
    for typed in (
        ("estimate", film, "--model", made, "--picture", picture),
        ("compare", good, film),
        ("compare", film, good),
    ):
        code, out, err = mitate("edema", *typed, *encoder)
        assert (code, out) == (2, "")
        message = one_message(err)
        assert str(film) in message
        assert says in message
    code, out, err = mitate("edema", "estimate", film, "--model", made, *encoder, "--json")
    assert (code, err) == (2, "")
    assert json.loads(out)["error"]["where"] == str(film)
    assert not list(tmp_path.iterdir())


def test_one_frame_and_a_photo_are_enough(
    mitate: Run, portrait: Callable[[str], Image], tiny_encoder: Encoder, made: Path, tmp_path: Path
) -> None:
    picture = cv2.resize(portrait("person_a_2"), (480, 600))
    video.write(tmp_path / "one.mp4", [np.asarray(picture, np.uint8)], frame_rate=15)
    cv2.imwrite(str(tmp_path / "photo.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    for name in ("one.mp4", "photo.png"):
        typed = (tmp_path / name, "--model", made, "--encoder", tiny_encoder.root, "--json")
        code, out, _ = mitate("edema", "estimate", *typed)
        assert code == 0
        assert json.loads(out)["n_frames"] == 1


def test_options_that_make_no_sense(mitate: Run, portrait_cohort: Path, tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    for typed in (("--epochs", 0), ("--size", 5), ("--objective", "magic", "--epochs", 1)):
        code, told, err = mitate("edema", "pretrain", portrait_cohort, "--out", out, *typed)
        assert (code, told) == (2, "")
        one_message(err)
    assert not list(tmp_path.iterdir())
