"""What the claims of the language lab are judged by, and the quantities that they share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from eunoe.labs.language.settings import Lab
from eunoe.report.lab import Inputs
from eunoe.results.language.arrays import Asked, Place, Results, Tuning
from eunoe.results.language.reading import read_results
from eunoe.results.models import Model, NotRun
from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others
from eunoe.statistics.several import Least, least

CIPHERS = (Place("leet"), Place("pig"), Place("en", "leetspeak"), Place("en", "pig_latin"))
"""English in a cipher, as a language of the corpus or through a transform."""


@dataclass(frozen=True)
class Evidence:
    """The results of the chapter's probes, with the parts that the models play."""

    results: Mapping[tuple[str, str], Results]
    """By probe and split."""
    chapter: Lab
    bases: dict[str, str]
    """The base of each run."""
    tuned_in: Mapping[str, str]
    """The language of each run whose examples are all in one."""

    def tuning(self, part: str, lab: str, split: str = "test") -> Tuning:
        """Return the run that plays a part, with its base, on a lab's probe; NotRun if none."""
        run, probe = getattr(self.chapter, part), getattr(self.chapter, lab)
        for key, name in ((part, run), (lab, probe)):
            if name is None:
                raise NotRun(f"labs.language.{key} is null")
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

    def language_elsewhere(self) -> Place:
        """Return the language that the control run was tuned in; NotRun if there is not one."""
        run = self.tuning("instructed_elsewhere", "learning").run.name
        if run not in self.tuned_in:
            raise NotRun(f"the examples of run {run} are not all in one language")
        return Place(self.tuned_in[run])

    def at_best(self, family: str, quantity: Callable[[Place], Array]) -> Array:
        """Return a quantity (1 + R, seeds) of English through the `best` transform of a family, as
        translate; NotRun if there is none."""
        return at_chosen(self.best(family), quantity)

    def best(self, family: str) -> list[Place]:
        """Return for each seed which transform of a family serves the other seeds best, by their
        validation items."""
        tuning = self.instructed("validation")
        names = [place for place in tuning.results.places() if place.language == "en"]
        found = [place for place in names if place.transform.split("(")[0] == family]
        if not found:
            raise NotRun(f"no transform {family} of English items")
        return best_by_others(found, [tuning.after(place, Asked())[0] for place in found])


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


def least_difference(tuning: Tuning, places: list[Place], asked: Asked) -> Least:
    """Return the drop in English minus the largest drop among places."""
    return least({name_of(place): tuning.drop_difference(place, asked) for place in places})


def least_before(tuning: Tuning, places: list[Place], *asked: Asked) -> Least:
    """Return the least of what the base has at the places, in all that is asked."""
    several = len(asked) > 1
    return least(
        {
            f"{name_of(place)}, {what.task}, {what.wording}" if several else name_of(place): (
                tuning.before(place, what)
            )
            for place in places
            for what in asked
        }
    )


def name_of(place: Place) -> str:
    """Return a place in words."""
    through = "" if place.transform == "identity" else f" through {place.transform}"
    return f"{place.language}{through}"


def evidence(inputs: Inputs) -> Evidence:
    """Return what the lab's probes have measured, with the parts that the models play."""
    study = inputs.study
    tuned_in = {run: language for run in study.runs if (language := study.tuned_in(run))}
    results = read_results(inputs.named("outcomes"), inputs.bootstrap)
    return Evidence(results, inputs.lab, study.base_of_runs, tuned_in)
