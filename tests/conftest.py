"""What all tests share: deterministic properties, real portraits and films made from them, a tiny encoder.

What needs installed weights or the shared portraits is skipped, with the reason, where they are absent.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import settings
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tests.record import servers

from mitate import cli, video, weights
from mitate.edema.cohort import Cohort, Participant, Session, write_cohort
from mitate.edema.encoder import Encoder, load_encoder
from mitate.edema.prior import PatientSessions, Phase, SessionEmbeddings, fit_prior
from mitate.face.select import Networks

Image = NDArray[np.uint8]
LEVELS: tuple[tuple[Phase, float], ...] = (("pre", 2.5), ("post", 0.3))
PORTRAITS = Path(__file__).parents[1] / "../shared/data/portraits"

settings.register_profile("mitate", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("mitate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no process is left with it; browsers run one at a time."""
    first = ("tests/test_docs.py", "tests/browser/")
    items.sort(key=lambda item: [not item.nodeid.startswith(one) for one in first])


@pytest.fixture(scope="module", autouse=True)
def _freed_memory_is_given_back() -> Iterator[None]:
    """After each file glibc gives the system what was freed; else a process keeps its worst moments."""
    yield
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)


@pytest.fixture(scope="session")
def weights_ready() -> None:
    """For tests that run pretrained models; skips them where `mitate weights install` was not run."""
    absent = [check.name for check in weights.verify() if check.state != "ok"]
    if absent:
        pytest.skip(f"weights not installed: {', '.join(absent)}; run: mitate weights install")


@pytest.fixture(scope="session")
def networks(weights_ready: None) -> Networks:
    return Networks.load()


@pytest.fixture
def mitate(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """The command line: exit code, standard output and standard error of what is typed."""

    def run(*typed: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main([str(part) for part in typed])
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


@pytest.fixture(scope="session")
def portrait() -> Callable[[str], Image]:
    """One of the shared portraits by the stem of its file, RGB."""
    if not PORTRAITS.is_dir():
        pytest.skip("the shared portraits are not here")

    def read(stem: str) -> Image:
        picture = cv2.imread(str(PORTRAITS / f"{stem}.jpg"), cv2.IMREAD_COLOR)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)

    return read


@pytest.fixture(scope="session")
def film() -> Callable[..., Iterator[Image]]:
    """A portrait as if filmed by an unsteady hand: it drifts, turns, comes nearer, and is noisy."""

    def frames(picture: Image, count: int, *, scale: float = 1.0, seed: int = 0) -> Iterator[Image]:
        rng = np.random.default_rng(seed)
        width, height = 640, 480
        own = scale * height / picture.shape[0]
        for i in range(count):
            size = own * (1 + 0.05 * np.sin(i / 4))
            turn = size * np.exp(1j * np.radians(4 * np.sin(i / 5)))
            linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
            middle = np.array([picture.shape[1] / 2, picture.shape[0] / 2])
            target = np.array([width / 2 + 15 * np.sin(i / 3), height / 2 + 8 * np.cos(i / 4)])
            matrix = np.column_stack([linear, target - linear @ middle])
            moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
            yield np.clip(moved + rng.normal(0, 2, moved.shape), 0, 255).astype(np.uint8)

    return frames


@pytest.fixture(scope="session")
def portrait_cohort(
    portrait: Callable[[str], Image],
    film: Callable[..., Iterator[Image]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A cohort on disk of two real faces: a with two days, b with one; dry weights 60 and 70 kg."""
    root = tmp_path_factory.mktemp("cohort")
    rows: list[tuple[str, int, Phase, float, str]] = [
        ("a", 0, "pre", 62.0, "person_a_1"),
        ("a", 0, "post", 60.2, "person_a_1"),
        ("a", 1, "pre", 61.5, "person_a_2"),
        ("a", 1, "post", 60.0, "person_a_2"),
        ("b", 0, "pre", 73.0, "person_b_1"),
        ("b", 0, "post", 70.4, "person_b_2"),
    ]
    sessions = []
    for seed, (who, day, phase, weight, stem) in enumerate(rows):
        place = f"videos/{who}{day}{phase}.mp4"
        (root / place).parent.mkdir(exist_ok=True)
        video.write(root / place, film(portrait(stem), 8, seed=seed), frame_rate=15)
        sessions.append(Session(who, f"{day}-{phase}", day, phase, weight, None, place))
    people = (Participant("a", "F", 50, 60.0), Participant("b", "F", 40, 70.0))
    write_cohort(root, Cohort("two portraits", people, tuple(sessions), simulated=False))
    return root


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """An encoder that averages 8 x 8 blocks of a 32 px crop (48 values), with a prior of made-up people."""
    root = tmp_path_factory.mktemp("encoder")
    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["image"], ["means"], kernel_shape=[8, 8], strides=[8, 8]),
            helper.make_node("Flatten", ["means"], ["embedding"]),
        ],
        "blocks",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 32, 32])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 48])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    (root / "encoder.onnx").write_bytes(model.SerializeToString())
    digest = hashlib.sha256((root / "encoder.onnx").read_bytes()).hexdigest()
    prior = fit_prior(made_up_people(12, 48), encoder_sha256=digest, trained_on="simulated", crop_size=32)
    prior.save(root / "prior.json")
    card = {"crop_size": 32, "trained_on": "simulated", "sha256": {"encoder.onnx": digest}}
    (root / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return load_encoder(root)


def made_up_people(count: int, width: int, days: int = 4) -> list[PatientSessions]:
    """People whose embeddings move with their excess along one direction, with a face of their own."""
    rng = np.random.default_rng(5)
    direction = rng.normal(0, 4, width)
    people = []
    for number in range(count):
        face = rng.normal(120, 20, width)
        sessions = []
        for day in range(days):
            for phase, level in LEVELS:
                excess = level + rng.normal(0, 0.4)
                rows = face + excess * direction + rng.normal(0, 1, (5, width)) + rng.normal(0, 1, width)
                sessions.append(SessionEmbeddings(rows.astype(np.float32), float(excess), phase, day))
        people.append(PatientSessions(f"m{number}", tuple(sessions)))
    return people


@pytest.fixture(scope="session")
def made_up() -> Callable[..., list[PatientSessions]]:
    return made_up_people


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Path]:
    """One PostgreSQL of a test process, each test with a database of its own."""
    with servers.postgres() as folder:
        yield folder


@pytest.fixture
def postgres_url(postgres_cluster: Path) -> Iterator[str]:
    """Of an empty PostgreSQL database; skipped where PostgreSQL is not installed."""
    with servers.new_database(postgres_cluster) as url:
        yield url


@pytest.fixture
def redis_url() -> Iterator[str]:
    """Of an empty Redis; skipped where Redis is not installed."""
    with servers.redis() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    return str(request.getfixturevalue("postgres_url"))
