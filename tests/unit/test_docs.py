"""The documents stay true: every setting and every staff route is written down."""

from __future__ import annotations

import re

from core.settings import ROOT, Settings


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`XINQIAO_([A-Z_]+)`", page))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_every_link_of_a_document_leads_somewhere() -> None:
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
