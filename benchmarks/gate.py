"""How often the gate errs: pairs of models whose true difference is known, at exams of several sizes.

    python -m benchmarks.gate [--pairs 2000] [--seed 1]

Each pair answers the same photos. Production is right on 90 % of them and sure of most; the candidate changes
its answer on a stated share and is better or worse by a known number of points, in both classes alike. Its
confidence is honest. An exam "as asked" has as many photos as the gate itself asks for.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from tyreloop.models.gate import Answers, Margins, Outcome, decide, photos_needed

RIGHT, CHANGED, SURE = 0.90, 0.08, 0.85
DIFFERENCES = (-0.10, -0.05, -0.03, -0.01, 0.0, 0.01, 0.03, 0.05)


def answers_of_pair(dice: np.random.Generator, photos: int, better_by: float) -> tuple[Answers, Answers]:
    """Candidate and Production on the same photos."""
    before = dice.random(photos) < RIGHT
    fixed, broke = (max(CHANGED, abs(better_by) + 0.01) + better_by) / 2, 0.0
    broke = fixed - better_by
    chance = np.where(before, broke / RIGHT, fixed / (1 - RIGHT))
    now = before ^ (dice.random(photos) < chance)
    return _answers(dice, now, RIGHT + better_by), _answers(dice, before, RIGHT)


def _answers(dice: np.random.Generator, right: np.ndarray, share: float) -> Answers:
    """Sure more often where it is right; claims lie around what it keeps."""
    sure = dice.random(len(right)) < np.where(right, SURE + 0.05, SURE - 0.35)
    claimed = np.clip(dice.normal(share, 0.06, len(right)), 0.5, 1.0)
    return Answers(right, sure, claimed)


def outcomes(pairs: int, each: int, better_by: float, seed: int) -> Counter[Outcome]:
    """What the gate says to so many pairs, asked about `each` damaged and as many good tyres."""
    dice = np.random.default_rng(seed)
    kinds, sources = ["good"] * each + ["defective"] * each, ["here"] * (2 * each)
    return Counter(
        decide(kinds, sources, *answers_of_pair(dice, 2 * each, better_by)).outcome for _ in range(pairs)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    asked = round(photos_needed(CHANGED, Margins().missed_damage) * 1.15)
    print("| photos of each kind | true difference | passed | refused | too small to tell |")
    print("|---|---|---|---|---|")
    for each, name in ((60, "60"), (300, "300"), (asked, f"{asked:,} (as asked)")):
        for better_by in DIFFERENCES:
            found = outcomes(given.pairs, each, better_by, given.seed)
            shares = " | ".join(
                f"{found[one] / given.pairs:.1%}"
                for one in (Outcome.PASSED, Outcome.REFUSED, Outcome.UNDECIDED)
            )
            print(f"| {name} | {better_by * 100:+.0f} points | {shares} |", flush=True)


if __name__ == "__main__":
    main()
