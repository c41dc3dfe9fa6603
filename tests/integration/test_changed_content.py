"""A bad file of data/ stops a start with its line; in a running service the last good version stays in force."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from actions.flows import Flow
from app.service import Service, open_service
from core.clock import ManualClock
from core.crypto import KeyRing
from core.language import Language
from core.settings import ROOT, load_settings

SLEEP = Path("flows") / "zh" / "sleep.yml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a copy of data/ that may be spoilt."""
    return Path(shutil.copytree(ROOT / "data", tmp_path / "data"))


def spoil(path: Path) -> None:
    """Let a step lead to one that is not there."""
    text = path.read_text(encoding="utf-8")
    assert "to: onset" in text
    path.write_text(text.replace("to: onset", "to: nowhere"), encoding="utf-8")


def test_a_bad_file_stops_the_start_with_file_line_and_remedy(data: Path, tmp_path: Path) -> None:
    spoil(data / SLEEP)
    environment = os.environ | {"XINQIAO_DATA": str(data), "XINQIAO_VAR": str(tmp_path / "var"), "XINQIAO_PORT": "0"}
    for command in (["run", "--no-nlu"], ["check"]):
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *command],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1
        [line] = [line for line in done.stderr.splitlines() if "nowhere" in line]
        assert line.startswith(f"{data / SLEEP}:")
        assert line.split(":")[1].isdigit()


async def test_a_running_service_keeps_the_last_good_version(data: Path, tmp_path: Path) -> None:
    settings = load_settings(_env_file=None, data=data, var=tmp_path / "var", port=0)
    async with open_service(settings, clock=ManualClock(), keys=KeyRing.generate()) as service:
        good = sleep_of(service)
        original = (data / SLEEP).read_text(encoding="utf-8")
        spoil(data / SLEEP)
        await service.watch.look()
        assert sleep_of(service) is good
        assert [error for error in service.watch.errors if "sleep.yml:" in error and "nowhere" in error]

        (data / SLEEP).write_text(original.replace("睡不着的夜里", "睡不着的长夜里"), encoding="utf-8")
        await service.watch.look()
        assert service.watch.errors == ()
        changed = sleep_of(service)
        assert "长夜" in changed.start.say[0]
        pinned = service.knowledge.content.flow("sleep", Language.ZH, good.version)
        assert pinned is not None
        assert pinned.start.say == good.start.say  # whoever reads it goes on where they began


def sleep_of(service: Service) -> Flow:
    """Return the article about sleep that is in force."""
    found = service.knowledge.content.flow("sleep", Language.ZH)
    assert found is not None
    return found
