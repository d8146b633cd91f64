"""Places for parts that a test starts itself, in a directory that is closed to everybody else."""

from pathlib import Path

import pytest

from crm.launch.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return Places(closed)
