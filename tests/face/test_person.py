from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mitate import video
from mitate.errors import RefusalError
from mitate.face.clip import FaceClip
from mitate.face.embed import SAME_PERSON_COSINE
from mitate.face.person import check_person
from mitate.face.select import Networks, read_frames

Image = NDArray[np.uint8]
Film = Callable[..., Iterator[Image]]


def choose(pictures: Iterable[Image], networks: Networks, count: int = 100) -> FaceClip:
    frames = (video.Frame(image=f, time_s=0.1 * i, index=i) for i, f in enumerate(pictures))
    return read_frames(frames, path=Path("film.mp4"), duration_s=9.0, count=count, networks=networks)


def test_the_person_changes(networks: Networks, portrait: Callable[[str], Image], film: Film) -> None:
    a, b = portrait("person_a_2"), portrait("person_b_1")
    with pytest.raises(RefusalError, match="changes during the clip") as caught:
        choose(chain(film(a, 12), film(b, 4), film(a, 12)), networks)
    assert caught.value.reason == "person_changed"


def test_one_person_stays_alike(networks: Networks, portrait: Callable[[str], Image], film: Film) -> None:
    clip = choose(film(portrait("person_b_2"), 12), networks)
    assert clip.report.least_likeness > 0.9


def test_another_person_is_refused(networks: Networks, portrait: Callable[[str], Image], film: Film) -> None:
    clip = choose(film(portrait("person_a_2"), 12), networks, count=6)
    earlier = choose([portrait("person_a_1")], networks)
    assert check_person(clip, earlier.identity) > SAME_PERSON_COSINE
    with pytest.raises(RefusalError, match="another person") as caught:
        check_person(clip, choose(film(portrait("impostor_2"), 5), networks).identity)
    assert caught.value.reason == "wrong_person"
