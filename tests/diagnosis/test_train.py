from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from mitate.diagnosis.compare import FROZEN, Wanted
from mitate.diagnosis.dataset import read_dataset
from mitate.diagnosis.faces_of import read_faces
from mitate.diagnosis.model_files import load_model
from mitate.diagnosis.train import REPORT, Trained, train
from mitate.errors import InputError


def test_a_folder_becomes_a_model_with_its_report_and_nothing_else_is_left(trained: Trained) -> None:
    names = {path.name for path in trained.folder.iterdir()}
    assert names == {"model.json", "model.npz", "README.md", REPORT}
    assert not trained.folder.with_name("model.work").exists()
    assert load_model(trained.folder).model_id == trained.model.model_id
    page = trained.report.read_text(encoding="utf-8")
    HTMLParser().feed(page)
    assert "SIMULATED" in page
    assert trained.model.model_id in page


def test_the_model_says_of_a_row_what_the_machine_that_was_judged_would_say(
    trained: Trained, our_faces: Path
) -> None:
    faces = read_faces(read_dataset(our_faces))
    judged = trained.model.judge(faces.crops)
    assert (judged.probabilities.argmax(axis=1) == faces.targets).mean() > 0.9  # it has seen them
    assert np.allclose(judged.probabilities.sum(axis=1), 1)
    again = load_model(trained.folder).judge(faces.crops)
    assert np.array_equal(again.p_values, judged.p_values)


def test_the_card_holds_figures_with_intervals_of_people_not_seen(trained: Trained) -> None:
    figures = trained.model.card["figures"]
    main = trained.study.main
    assert main.method == FROZEN
    top = figures["top-1"]
    assert top["value"] == pytest.approx(100 * main.right.mean())
    assert top["low"] <= top["value"] <= top["high"]
    assert top["n"] == len(np.unique(main.persons)) == 18
    assert figures["90 % prediction sets hold the true class"]["n"] == 18
    assert trained.model.trained_on == "simulated"
    assert trained.model.card["data"]["persons"] == 18


def test_every_row_is_judged_on_the_same_people(trained: Trained) -> None:
    rows = trained.study.comparison.evaluations
    assert {one.kind for one in rows} == {"transfer", "traditional", "leak"}
    for one in rows:
        assert np.array_equal(one.persons, trained.study.main.persons)
        assert np.array_equal(one.fold, trained.study.main.fold)
    for fold in np.unique(trained.study.main.fold):
        inside = trained.study.main.fold == fold
        assert not set(trained.study.main.persons[inside]) & set(trained.study.main.persons[~inside])


def test_a_folder_with_something_in_it_is_left_alone(our_faces: Path, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="something in this place"):
        train(our_faces, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_copy_under_another_name_is_refused_and_nothing_is_made(
    weights_ready: None, our_faces: Path, tmp_path: Path
) -> None:
    data = tmp_path / "planted"
    shutil.copytree(our_faces, data)
    table = data / "photos.csv"
    header, first, *rest = table.read_text(encoding="utf-8").splitlines()
    person = first.split(",")[0]
    place = header.split(",").index("file")
    copied = tmp_path / "copied.jpg"
    shutil.copy(first.split(",")[place], copied)
    twin = first.replace(person, "somebody-else", 1).replace(first.split(",")[place], str(copied))
    twin = twin.replace(first.split(",")[1], rest[-1].split(",")[1], 1)
    table.write_text("\n".join([header, first, *rest, twin]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="two names") as refused:
        train(data, tmp_path / "model", Wanted(folds=2, rivals=False))
    assert "somebody-else" in str(refused.value)
    assert not (tmp_path / "model").exists()


def test_an_interrupted_training_goes_on(
    weights_ready: None, our_faces: Path, tmp_path: Path, trained: Trained
) -> None:
    class Stopped(Exception):
        pass

    def stop(what: str, done: int, total: int) -> None:
        if "linear SVM" in what:
            raise Stopped

    out = tmp_path / "model"
    with pytest.raises(Stopped):
        train(our_faces, out, Wanted(folds=2, rivals=False), progress=stop)
    assert not out.exists()
    kept = sorted((tmp_path / "model.work" / "faces").glob("*.npz"))
    assert len(kept) == 18
    made = train(our_faces, out, Wanted(folds=2, rivals=False))
    assert made.model.card["figures"] == trained.model.card["figures"]
    assert not (tmp_path / "model.work").exists()
