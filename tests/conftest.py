"""What all tests share: deterministic properties, and a skip with a reason where no weights are installed."""

from __future__ import annotations

import pytest
from hypothesis import settings

from mitate import weights

settings.register_profile("mitate", derandomize=True, deadline=None, print_blob=True)
settings.load_profile("mitate")


@pytest.fixture(scope="session")
def weights_ready() -> None:
    """For tests that run pretrained models; skips them where `mitate weights install` was not run."""
    absent = [check.name for check in weights.verify() if check.state != "ok"]
    if absent:
        pytest.skip(f"weights not installed: {', '.join(absent)}; run: mitate weights install")
