"""Tables of estimates of a text probe, from its replies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from eunoe.results.models import Model, NotRun
from eunoe.results.text.cells import ATTACHED, PLAIN_TRANSFORM, Query, queries_of
from eunoe.results.text.comparison import QUANTITIES, Comparison
from eunoe.results.text.probed import Probed
from eunoe.results.text.results import Results
from eunoe.results.text.tables import CHANGES, MEAN_SCORES, columns_of
from eunoe.statistics.quantities import PremiseNotMet, Ratio, interval, interval_columns
from eunoe.statistics.redraws import Array

Described = Iterator[tuple[dict[str, Any], Array | Ratio]]
"""The columns that name a quantity, and its values (1 + R, seeds) or a ratio of such values."""
COMPARED = ("right", "likelihood")
"""Measures that `CHANGES` compares: right by the reply, and right by likelihood."""


@dataclass(frozen=True)
class Subject:
    """The subject of a row of `MEAN_SCORES`: queries with equal weights, and their name."""

    named: Query
    queries: tuple[Query, ...]

    def columns(self) -> dict[str, Any]:
        """Return the columns that name the subject."""
        query = self.named
        names = ("task", "language", "wording", "transform", "attached", "level")
        return {"source": query.source, **{name: getattr(query, name) for name in names}}

    def but(self, **values: Any) -> "Subject":
        """Return the same subject with other conditions, such as another transform."""
        return Subject(
            replace(self.named, **values),
            tuple(replace(query, **values) for query in self.queries),
        )


def subjects_of(results: Results, probed: Probed) -> list[list[Subject]]:
    """Return what is averaged, part by part: each task and pool of tasks in each of its wordings,
    then groups of sources.

    `held_out`, and its parts `rehearsed` and `unrehearsed`, are through identity; `transformed` are
    those of them that are asked through every transform, so that transforms are compared on the
    same sources.
    """
    found = []
    for task, wording in tasks_asked(results):
        places = results.places(task)
        queries = [Query(task, language, wording, transform) for language, transform in places]
        found.append([Subject(query, (query,)) for query in queries])
    for name, members in probed.groups(results.sources).items():
        found.append([group(name, members, PLAIN_TRANSFORM)])
    every = results.transforms
    asked = [
        source
        for source in probed.held_out(results.sources)
        if set(results.transforms_of(source)) == set(every)
    ]
    if asked and len(every) > 1:
        found.append([group("transformed", asked, transform) for transform in every])
    return found


def group(name: str, sources: Sequence[str], transform: str) -> Subject:
    """Return a group of sources, through a transform."""
    return Subject(
        Query(name, transform=transform), tuple(queries_of(sources, transform=transform))
    )


def tasks_asked(results: Results) -> list[tuple[str, str]]:
    """Return each task and pool of tasks with each of its wordings, and with all."""
    tasks = dict.fromkeys(task for task, _ in results.asked)
    pools = [name for name, members in results.design.groups.items() if tasks.keys() & set(members)]
    return [(task, wording) for task in (*tasks, *pools) for wording in results.wordings(task)]


def score_rows(results: Results, probed: Probed) -> pd.DataFrame:
    """Return the mean of every measure of every model (`MEAN_SCORES` but for the probe), of the
    final model and of checkpoints at levels that all seeds reached.

    Runs are also compared to their base through identity: `change` is run minus base, `retained`
    run over base, which has no row where the base does not surely get something right.
    """

    def described(model: Model, subjects: list[Subject]) -> Described:
        for subject in subjects:
            for asked in ways_to_ask(results, subject):
                for measure, values, (seeds, items) in measured(results, model, asked, probed):
                    who = {"kind": model.kind, "model": model.name, "seeds": seeds, "items": items}
                    yield {**who, **asked.columns(), "measure": measure}, values

    subjects = subjects_of(results, probed)
    parts = [described(model, part) for model in results.models for part in subjects]
    return with_intervals(parts, results.bootstrap.level, columns_of(MEAN_SCORES))


def ways_to_ask(results: Results, subject: Subject) -> Iterator[Subject]:
    """Yield a subject with adapters on, off and as used, and at the levels of the target."""
    for attached in ATTACHED:
        yield subject.but(attached=attached)
    for level in results.levels:
        yield subject.but(level=level)


Measured = Iterator[tuple[str, Array | Ratio, tuple[int, int]]]
"""A measure, its values, and the numbers of seeds and of replies of each."""


def measured(results: Results, model: Model, asked: Subject, probed: Probed) -> Measured:
    """Yield every measure of a model; nothing if it was not measured so in every seed.

    A run is compared to its base, unless that was not asked.
    """
    names = results.measures(model, asked.queries)
    for measure in names:
        queries = asked.but(measure=measure).queries
        values = results.mean_over(model, queries)
        if np.isnan(values[0]).any():
            return
        yield measure, values, results.count(model, queries)
    base = probed.base_of(model)
    if base is None or "right" not in names:
        return
    untuned = asked.but(transform=PLAIN_TRANSFORM, attached="deployed", level=None)
    try:
        before = results.mean_over(base, untuned.queries)
    except NotRun:
        return
    right, counts = results.mean_over(model, asked.queries), results.count(model, asked.queries)
    yield "change", right - before, counts
    try:
        yield "retained", Ratio(right, before, "the score of the base"), counts
    except PremiseNotMet:
        return


def change_rows(results: Results, runs: dict[str, str]) -> pd.DataFrame:
    """Return every quantity that compares a run to its base (`CHANGES` but for the probe).

    `runs` gives each run's base; a run that was not measured has no rows. A quantity without
    meaning, such as the share recovered of what was not surely lost, has no row.
    """

    def described(run: str, base: str, task: str, wording: str) -> Described:
        pair = Comparison(results, Model("run", run), Model("base", base))
        if pair.run not in results.models:
            return
        for language, transform in results.places(task):
            for measure in COMPARED:
                query = Query(task, language, wording, transform, measure=measure)
                for quantity, values in quantities(pair, query):
                    columns = Subject(query, ()).columns() | {"measure": measure}
                    yield {"run": run, "quantity": quantity, **columns}, values

    parts = [described(*pair, *asked) for pair in runs.items() for asked in tasks_asked(results)]
    return with_intervals(parts, results.bootstrap.level, columns_of(CHANGES))


def quantities(pair: Comparison, query: Query) -> Iterator[tuple[str, Array | Ratio]]:
    """Yield every quantity that was measured and is defined."""
    for quantity in QUANTITIES:
        try:
            values = getattr(pair, quantity)(query)
        except (NotRun, PremiseNotMet):
            continue
        yield quantity, values


def with_intervals(parts: Iterable[Described], level: float, columns: list[str]) -> pd.DataFrame:
    """Return the rows with their estimates and intervals, in the order given."""
    found: list[pd.DataFrame] = []
    for part in parts:  # part by part: all values at once are many
        described = list(part)
        if described:
            rows = pd.DataFrame([row for row, _ in described])
            ends = interval_ends([values for _, values in described], level)
            found.append(pd.concat([rows, ends], axis=1)[columns])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def interval_ends(values: list[Array | Ratio], level: float) -> pd.DataFrame:
    """Return estimate, low and high of each quantity; an infinite end is left out."""
    means = [number for number, each in enumerate(values) if not isinstance(each, Ratio)]
    found = pd.DataFrame(index=range(len(values)), columns=["estimate", "low", "high"], dtype=float)
    if means:
        stacked: Any = np.stack([values[number] for number in means], axis=-1)  # type: ignore[misc]
        found.loc[means] = pd.DataFrame(interval_columns(stacked, level)).to_numpy()
    for number, each in enumerate(values):
        if isinstance(each, Ratio):
            found.loc[number] = list(vars(interval(each, level)).values())
    return found.replace([np.inf, -np.inf], np.nan)
