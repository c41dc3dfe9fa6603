"""Content for the tests: that of the project, and a small copy that tests may break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from actions.content import Content, load_content
from core.language import Language
from tests.doubles.talk import DATA, Talk

FLOW = """\
slug: {slug}
topic: topic_{slug}
title: {title}
summary: {title}
reading_minutes: 2
author: {title}
reviewed_on: 2026-11-20
review_by: 2027-11-20
sources:
  - title: WHO (2020)
steps:
  - id: start
    say: [{title}]
    choices:
      - {{label: {one}, to: middle}}
      - {{label: {two}, human: true}}
      - {{label: {three}, assessment: phq9}}
  - id: middle
    say: [{title}]
    exercise: {{kind: breathing, inhale_s: 4, exhale_s: 6, rounds: 5}}
    next: close
  - id: close
    say: [{title}]
    ends: true
"""


@pytest.fixture(scope="session")
def content() -> Content:
    """Return the project's own content."""
    return load_content(DATA)


@pytest.fixture
def talk(content: Content) -> Talk:
    """Return a new conversation."""
    return Talk(content)


def write_flow(data: Path, slug: str) -> None:
    """Write a small flow in both languages."""
    words = {
        Language.ZH: {"title": "测试的一篇", "one": "先看第一步", "two": "我想找人说说", "three": "先做个小测"},
        Language.EN: {"title": "A test", "one": "The first step", "two": "Talk to someone", "three": "A short check"},
    }
    for language, said in words.items():
        path = data / "flows" / language / f"{slug}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FLOW.format(slug=slug, **said), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a copy of data/ with one small flow, to be broken."""
    for folder in ("replies", "assessments", "directory"):
        shutil.copytree(DATA / folder, tmp_path / folder)
    write_flow(tmp_path, "tiny")
    return tmp_path
