"""The evidence of the language lab's claims: results, and the quantities that claims share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from eunoe.labs.language.settings import Lab
from eunoe.labs.language.tasks import DESIGN, PLAIN
from eunoe.report.lab import Inputs
from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import Query
from eunoe.results.text.comparison import Comparison, transformed
from eunoe.results.text.loading import load_results
from eunoe.results.text.results import Results
from eunoe.statistics.redraws import Array
from eunoe.statistics.selection import at_chosen, best_by_others
from eunoe.statistics.several import Least, least

CIPHERS = (
    *(("leet", "identity"), ("pig", "identity")),
    *(("en", "leetspeak"), ("en", "pig_latin")),
)
"""English in a cipher, as a language of the corpus or through a transform."""


@dataclass(frozen=True)
class Evidence:
    """The results of the lab's probes, with its models by role."""

    results: Mapping[tuple[str, str], Results]
    """By probe and split."""
    settings: Lab
    bases: dict[str, str]
    """The base of each run."""
    tuned_in: Mapping[str, str]
    """The language of each run that is tuned on items in one language only."""

    def tuning(self, part: str, probe_part: str, split: str = "test") -> Comparison:
        """Return the run of one role, with its base, on the probe of another; NotRun if there is
        none."""
        run, probe = getattr(self.settings, part), getattr(self.settings, probe_part)
        for key, name in ((part, run), (probe_part, probe)):
            if name is None:
                raise NotRun(f"labs.language.{key} is null")
        if (probe, split) not in self.results:
            raise NotRun(f"no outcome of probe {probe} on {split} items")
        models = Model("run", run), Model("base", self.bases[run])
        return Comparison(self.results[probe, split], *models)

    def instructed(self, split: str = "test") -> Comparison:
        """Return the run tuned to answer English questions."""
        return self.tuning("instructed", "learning", split)

    def coded(self) -> Comparison:
        """Return the run tuned on code."""
        return self.tuning("coded", "reasoning")

    def refusing(self) -> Comparison:
        """Return the run tuned to refuse in English."""
        return self.tuning("refusing", "refusals")

    def language_elsewhere(self) -> str:
        """Return the language that the control run was tuned in; NotRun if there is not one."""
        run = self.tuning("instructed_elsewhere", "learning").run.name
        if run not in self.tuned_in:
            raise NotRun(f"run {run} is not known to be tuned in one language")
        return self.tuned_in[run]

    def at_best(self, family: str, quantity: Callable[[Query], Array]) -> Array:
        """Return a quantity (1 + R, seeds) of English through the `best` transform of a family, as
        translate; NotRun if there is none."""
        return at_chosen(self.best(family), quantity)

    def best(self, family: str) -> list[Query]:
        """Return for each seed which transform of a family serves the other seeds best, by their
        validation items."""
        tuning = self.instructed("validation")
        found = [
            replace(PLAIN, transform=transform)
            for language, transform in tuning.results.places(PLAIN.task)
            if language == PLAIN.language and transform.split("(")[0] == family
        ]
        if not found:
            raise NotRun(f"no transform {family} of English items")
        return best_by_others(found, [tuning.after(query)[0] for query in found])


def as_they_are(tuning: Comparison, query: Query) -> list[Query]:
    """Return a query in every language in which it was asked, English too."""
    places = tuning.results.places(query.task)
    return [replace(query, language=name) for name, how in places if how == query.transform]


def languages(tuning: Comparison, query: Query) -> list[Query]:
    """Return a query in every natural language but English; NotRun if there is none."""
    apart = ("en", "leet", "pig")
    found = [each for each in as_they_are(tuning, query) if each.language not in apart]
    if not found:
        raise NotRun("no language but English was asked")
    return found


def ciphers(tuning: Comparison, query: Query) -> list[Query]:
    """Return a query in every cipher that was measured; NotRun if none was."""
    known = tuning.results.places(query.task)
    found = [
        replace(query, language=language, transform=transform)
        for language, transform in CIPHERS
        if (language, transform) in known
    ]
    if not found:
        raise NotRun("no cipher was asked")
    return found


def least_difference(tuning: Comparison, queries: list[Query]) -> Least:
    """Return the drop in English minus the largest drop among queries."""
    return least({name_of(query): tuning.drop_difference(query) for query in queries})


def least_before(tuning: Comparison, queries: list[Query]) -> Least:
    """Return the base's lowest score among queries."""
    several = len({(query.task, query.wording) for query in queries}) > 1

    def name(query: Query) -> str:
        return f", {query.task}, {query.wording}" if several else ""

    return least({name_of(query) + name(query): tuning.before(query) for query in queries})


def name_of(query: Query) -> str:
    """Return language and transform in words."""
    through = f" through {query.transform}" if transformed(query) else ""
    return f"{query.language}{through}"


def evidence(inputs: Inputs) -> Evidence:
    """Return the results of the lab's probes, with its models by role."""
    study = inputs.study
    tuned_in = {run: language for run in study.runs if (language := study.tuned_in(run))}
    results = load_results(inputs.named("replies"), inputs.bootstrap, DESIGN)
    return Evidence(results, inputs.lab, study.base_of_runs, tuned_in)
