"""Banks of tasks of the regression world."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, schema

BANK = schema(bank=CATEGORY, task=pa.int32(), weights=pa.list_(pa.float64()))
