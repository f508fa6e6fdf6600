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


def curve_rows(curves: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return training curves with the range over seeds (`tables.CURVES`).

    A seed's curve has no prompts to draw, so the interval is the seeds' range of means: with two
    seeds it is the two of them.
    """
    keys = ["kind", "model", "stage", "step", "measure"]
    grouped = curves.groupby(keys, observed=True, sort=True)["value"]
    tail = (1 - level) / 2
    rows = pd.DataFrame(
        {
            "estimate": grouped.mean(),
            "low": grouped.quantile(tail),
            "high": grouped.quantile(1 - tail),
        }
    )
    return rows.reset_index()
