"""What the results of all kinds of worlds share."""

from dataclasses import dataclass

import pandas as pd


class NotRun(Exception):
    """A result that the configuration did not ask for."""


@dataclass(frozen=True)
class Model:
    """Who answered: kind is base, run or ideal."""

    kind: str
    name: str


def curve_rows(curves: pd.DataFrame) -> pd.DataFrame:
    """Return training curves, means over seeds (`tables.CURVES`).

    Curves are drawn to look at, no claim is judged by their band: `low` and `high` are the lowest
    and the highest seed.
    """
    keys = ["kind", "model", "stage", "step", "measure"]
    grouped = curves.groupby(keys, observed=True, sort=True)["value"]
    rows = pd.DataFrame({"estimate": grouped.mean(), "low": grouped.min(), "high": grouped.max()})
    return rows.reset_index()
