from __future__ import annotations

from dataclasses import replace

import pytest

from mitate.errors import WeightsError
from mitate.weights import find, registry
from mitate.weights.registry import parse

GOOD = """
[a]
role = "r"
use = "u"
package = "p"
version = "1.0"
member = "p/a.onnx"
bytes = 3
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
licence = "MIT"
accuracy = "none"
source = "s"
"""


def test_registry_names_what_seeing_faces_and_bodies_uses() -> None:
    needed = {name for name, weight in registry().items() if not weight.optional}
    assert needed == {"yunet", "sface", "face_mesh", "iris", "pose_detector", "pose", "selfie"}
    assert {name for name, weight in registry().items() if weight.optional} == {"efficientnet_lite0"}


def test_every_weight_has_a_free_licence_and_a_source() -> None:
    for weight in registry().values():
        assert weight.licence in {"MIT", "Apache-2.0"}
        assert weight.source
        assert weight.accuracy


def test_file_names_are_unique_and_carry_the_pin() -> None:
    files = [name for weight in registry().values() for name in {weight.file, weight.member_file}]
    assert len(files) == len(set(files))
    assert all(weight.sha256[:8] in weight.file for weight in registry().values())


def test_a_derived_file_lies_beside_its_original() -> None:
    sface = find("sface")
    assert sface.file != sface.member_file
    assert replace(sface, derive="").file == replace(sface, derive="").member_file


def test_what_is_derived_is_onnx_whatever_it_is_derived_from() -> None:
    lite = find("efficientnet_lite0")
    assert (lite.member_file[-13:], lite.file[-5:]) == (".original.pth", ".onnx")


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(WeightsError, match=r"no weight is called 'sfaec'.*sface"):
        find("sfaec")


def test_parse_reads_every_field() -> None:
    weight = parse(GOOD)["a"]
    assert (weight.requirement, weight.bytes, weight.derive) == ("p==1.0", 3, "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bytes = 3", 'bytes = "3"', "bytes must be int"),
        ("bytes = 3", "bytes = 0", "above zero"),
        ("bytes = 3", "bytes = true", "bytes must be int"),
        ('sha256 = "ba', 'sha256 = "BA', "64 lower-case"),
        ('role = "r"\n', "", "missing or unknown"),
        ('role = "r"', 'roll = "r"', "missing or unknown"),
        ('source = "s"', 'source = "s"\nderive = "magic"', "derive must be one of"),
        ("[a]", '["../a"]', "made of a-z"),
        ("[a]", "[a", "not valid TOML"),
    ],
)
def test_a_wrong_registry_says_what_is_wrong(old: str, new: str, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        parse(GOOD.replace(old, new))


def test_a_weight_must_be_a_table() -> None:
    with pytest.raises(WeightsError, match="must be a table"):
        parse("a = 1")
