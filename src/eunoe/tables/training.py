"""Training curves."""

import pyarrow as pa

from eunoe.tables.columns import CATEGORY, WHO, schema

CURVE = schema(**WHO, stage=pa.int16(), step=pa.int32(), measure=CATEGORY, value=pa.float64())
