"""The reports' font, made anew: NanumGothic cut down to the syllables of KS X 1001, under a name of our own.

Its licence (SIL Open Font License) allows both and reserves its name. It needs fonttools and
Debian's package `fonts-nanum`.
"""

from __future__ import annotations

import gzip
import sys
from io import BytesIO
from pathlib import Path

from fontTools import subset

SOURCE = Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf")
MADE = Path(__file__).resolve().parents[1] / "streamlit_ui" / "fonts" / "tyreloop_sans.ttf.gz"
NAME = "Tyreloop Sans"
COPYRIGHT, FAMILY, FULL, POSTSCRIPT, LICENCE = 0, 1, 4, 6, 13
HANGUL = range(0xAC00, 0xD7A4)
MARKS = "·…–—‘’“”°×≥≤→"


def main(source: Path = SOURCE) -> None:
    """Write the font where the pages look for it."""
    options = subset.Options(hinting=False, layout_features=[], name_IDs=[COPYRIGHT, LICENCE])
    options.drop_tables += ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5", "kern"]
    font = subset.load_font(str(source), options)
    cut = subset.Subsetter(options)
    cut.populate(
        text="".join(map(chr, range(32, 127))) + MARKS + "".join(filter(_is_common, map(chr, HANGUL)))
    )
    cut.subset(font)
    for number, name in ((FAMILY, NAME), (FULL, NAME), (POSTSCRIPT, NAME.replace(" ", ""))):
        font["name"].setName(name, number, 3, 1, 0x409)
    font["OS/2"].fsType = 0  # may be embedded
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    made = BytesIO()
    font.save(made)
    MADE.write_bytes(gzip.compress(made.getvalue(), mtime=0))


def _is_common(syllable: str) -> bool:
    """Whether KS X 1001 has it: 2,350 of the 11,172."""
    try:
        return len(syllable.encode("euc_kr")) == 2
    except UnicodeEncodeError:
        return False


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
