"""Comparison of a run with its base: drops, and recoveries through transforms."""

from dataclasses import dataclass, replace

from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import PLAIN_TRANSFORM, Query
from eunoe.results.text.results import Results
from eunoe.statistics.quantities import Ratio
from eunoe.statistics.redraws import Array

QUANTITIES = (
    "drop",
    "drop_difference",
    "base_cost",
    "recovered",
    "recovered_share",
    "beyond_control",
)
"""Names of the methods of `Comparison` whose values `CHANGES` holds."""
HOME = "en"
"""The language that the others are compared to."""


@dataclass(frozen=True)
class Comparison:
    """A run and its base on one probe, and the quantities that compare them.

    Each quantity is an array (1 + R, seeds), in the unit of the measure, unless it is a ratio, and
    raises NotRun if a result is missing.
    """

    results: Results
    run: Model
    base: Model

    def before(self, query: Query) -> Array:
        """Return the base's mean."""
        return self.results.mean(self.base, query)

    def after(self, query: Query) -> Array:
        """Return the run's mean."""
        return self.results.mean(self.run, query)

    def drop(self, query: Query) -> Array:
        """Return the drop: base minus run."""
        return self.before(query) - self.after(query)

    def drop_difference(self, query: Query) -> Array:
        """Return the drop in plain English minus the drop here.

        Through a transform this is also what the transform gains the run, minus what it gains the
        base.
        """
        if query == english(query):
            raise NotRun("plain English is what others are compared to")
        return self.drop(english(query)) - self.drop(query)

    def base_cost(self, query: Query) -> Array:
        """Return the base's loss by the change of language, or by the transform."""
        if query == english(query):
            raise NotRun("plain English costs nothing")
        before = plain(query) if transformed(query) else english(query)
        return self.before(before) - self.before(query)

    def recovered(self, query: Query) -> Array:
        """Return the run's gain by a transform over the same items without it."""
        if not transformed(query):
            raise NotRun("no transform, so nothing to recover by")
        return self.after(query) - self.after(plain(query))

    def recovered_share(self, query: Query) -> Ratio:
        """Return that gain over the drop; PremiseNotMet where nothing was surely lost."""
        lost = self.drop(plain(query))
        return Ratio(self.recovered(query), lost, f"the drop in {query.language or query.task}")

    def beyond_control(self, query: Query) -> Array:
        """Return that gain minus what re-wording the same items gains the run."""
        control = self.control(query)
        if query == control:
            raise NotRun("the control is not compared to itself")
        return self.recovered(query) - self.recovered(control)

    def control(self, query: Query) -> Query:
        """Return the query of the same items re-worded; NotRun if they are not."""
        for language, transform in self.results.places(query.task):
            if language == query.language and transform.split("(")[0] == "reword":
                return replace(query, transform=transform)
        raise NotRun(f"no transform reword in {query.language}")


def transformed(query: Query) -> bool:
    """Tell whether a query is about items through a transform."""
    return query.transform != PLAIN_TRANSFORM


def plain(query: Query) -> Query:
    """Return the query of the same items as they are."""
    return replace(query, transform=PLAIN_TRANSFORM)


def english(query: Query) -> Query:
    """Return the query of English items as they are."""
    return replace(query, language=HOME, transform=PLAIN_TRANSFORM)
