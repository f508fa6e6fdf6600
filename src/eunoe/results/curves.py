"""Training curves over seeds."""

import pandas as pd
import pyarrow as pa

from eunoe.tables.columns import CATEGORY, INTERVAL, schema

CURVES = schema(
    probe=CATEGORY,
    kind=CATEGORY,
    model=CATEGORY,
    stage=pa.int16(),
    step=pa.int32(),
    measure=CATEGORY,
    **INTERVAL,
)


def curve_rows(curves: pd.DataFrame) -> pd.DataFrame:
    """Return training curves, means over seeds (`tables.CURVES`).

    `low` and `high` are the lowest and the highest seed. Figures show this band; no claim is
    judged by it.
    """
    keys = ["kind", "model", "stage", "step", "measure"]
    grouped = curves.groupby(keys, observed=True, sort=True)["value"]
    rows = pd.DataFrame({"estimate": grouped.mean(), "low": grouped.min(), "high": grouped.max()})
    return rows.reset_index()
