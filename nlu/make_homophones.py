"""Write data/lexicon/homophones.tsv: which characters sound like those of the risk words, tones ignored.

Run after words were added: `python -m nlu.make_homophones`. It needs pypinyin, which the service itself does not.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from pathlib import Path

from pypinyin import lazy_pinyin

from nlu.lexicon_files import read_lexicon_files
from nlu.sounds import HOMOPHONES, sounding_words

_FIRST, _LAST = 0xB0, 0xF7  # the rows of GB 2312 that hold characters


def common_characters() -> list[str]:
    """Return the characters that people type: those of GB 2312."""
    found: list[str] = []
    for row in range(_FIRST, _LAST + 1):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:  # an empty place of the table
                continue
    return found


def homophones(words: set[str]) -> dict[str, str]:
    """Return for each syllable in the words all common characters with that sound."""
    wanted = {syllable for char in sorted(set("".join(words))) for syllable in lazy_pinyin(char)}
    table: defaultdict[str, str] = defaultdict(str)
    for char in sorted({*common_characters(), *"".join(words)}):
        [syllable] = lazy_pinyin(char) or [""]
        if syllable in wanted and syllable.isascii():
            table[syllable] += char
    return dict(sorted(table.items()))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"))
    folder = parser.parse_args().data / "lexicon"
    files = read_lexicon_files(folder)
    words = {word for words, _ in (sounding_words(content, files) for content in files.values()) for word in words}
    with (folder / HOMOPHONES).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        writer.writerow(["syllable", "characters"])
        writer.writerows(homophones(words).items())


if __name__ == "__main__":
    main()
