"""What the claims of the language lab are judged by, and the quantities that they share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eunoe.config.chapters import LanguageChapter
from eunoe.language.results import Asked, Place, Results, Tuning
from eunoe.results import Model, NotRun
from eunoe.statistics import Array, least, positive

CIPHERS = (Place("leet"), Place("pig"), Place("en", "leetspeak"), Place("en", "pig_latin"))
"""English in a cipher, as a language of the corpus or through a transform."""


@dataclass(frozen=True)
class Evidence:
    """The results of the chapter's probes, with the parts that the models play."""

    results: Mapping[tuple[str, str], Results]
    """By probe and split."""
    chapter: LanguageChapter
    bases: dict[str, str]
    """The base of each run."""

    def tuning(self, part: str, lab: str, split: str = "test") -> Tuning:
        """Return the run that plays a part, with its base, on a lab's probe; NotRun if none."""
        run, probe = getattr(self.chapter, part), getattr(self.chapter, lab)
        for key, name in ((part, run), (lab, probe)):
            if name is None:
                raise NotRun(f"chapters.language.{key} is null")
        if (probe, split) not in self.results:
            raise NotRun(f"no outcome of probe {probe} on {split} items")
        return Tuning(self.results[probe, split], Model("run", run), Model("base", self.bases[run]))

    def instructed(self, split: str = "test") -> Tuning:
        """Return the run tuned to answer English questions."""
        return self.tuning("instructed", "learning", split)

    def coded(self) -> Tuning:
        """Return the run tuned on code."""
        return self.tuning("coded", "reasoning")

    def refusing(self) -> Tuning:
        """Return the run tuned to refuse in English."""
        return self.tuning("refusing", "refusals")

    def best(self, family: str) -> Place:
        """Return English through the transform of a family, such as translate, that serves the
        instructed run best on validation items; NotRun if there is none."""
        tuning = self.instructed("validation")
        names = [place for place in tuning.results.places() if place.language == "en"]
        found = [place for place in names if place.transform.split("(")[0] == family]
        if not found:
            raise NotRun(f"no transform {family} of English items")
        return max(found, key=lambda place: float(tuning.after(place, Asked())[0]))


def languages(tuning: Tuning, task: str = "all") -> list[Place]:
    """Return every natural language but English; NotRun if there is none."""
    found = [
        place
        for place in tuning.results.places(task)
        if place.transform == "identity" and place.language not in ("en", "leet", "pig")
    ]
    if not found:
        raise NotRun("no language but English was asked")
    return found


def ciphers(tuning: Tuning, task: str = "all") -> list[Place]:
    """Return every cipher that was measured; NotRun if none was."""
    known = tuning.results.places(task)
    found = [place for place in CIPHERS if place in known]
    if not found:
        raise NotRun("no cipher was asked")
    return found


def least_difference(tuning: Tuning, places: list[Place], asked: Asked) -> Array:
    """Return the drop in English minus the largest drop among places."""
    return least(tuning.drop_difference(place, asked) for place in places)


def rank_correlation(ones: list[Array], others: list[Array]) -> Array:
    """Return Spearman's correlation over the entries of two lists in each replicate, ties sharing
    their rank; NaN where all are alike."""
    left, right = (
        pd.DataFrame(np.stack(columns, axis=1)).rank(axis=1).to_numpy()
        for columns in (ones, others)
    )
    left, right = (ranks - ranks.mean(1, keepdims=True) for ranks in (left, right))
    scale = positive(np.sqrt((left**2).sum(1) * (right**2).sum(1)))
    return (left * right).sum(1) / scale
