"""Tables: what is written comes back, what does not fit is refused, and nothing is ever torn."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eunoe.errors import EunoeError
from eunoe.files import atomic, digest_of_file
from eunoe.tables.columns import CATEGORY
from eunoe.tables.files import read_provenance, read_table, write_table
from eunoe.tables.training import CURVE
from tests.schemas import SCHEMAS

ROWS = 40


def values(kind: pa.DataType, draws: np.random.Generator) -> Any:
    """One value of a type."""
    if pa.types.is_list(kind):
        return [values(kind.value_type, draws) for _ in range(3)]
    if pa.types.is_struct(kind):
        return {field.name: values(field.type, draws) for field in kind}
    if pa.types.is_boolean(kind):
        return bool(draws.integers(2))
    if pa.types.is_floating(kind):
        return float(np.float32(draws.standard_normal()))
    if pa.types.is_integer(kind):
        return int(draws.integers(-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1)))
    return str(draws.choice(["continuous", "bank", "é, %_/", ""]))


def example(wanted: pa.Schema, seed: int = 0) -> pd.DataFrame:
    """Rows that fit a schema, with gaps where they are allowed."""
    draws = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {field.name: [values(field.type, draws) for _ in range(ROWS)] for field in wanted}
    )
    gaps = [field.name for field in wanted if field.nullable]
    rows[gaps] = rows[gaps].astype(object)
    rows.loc[rows.index % 5 == 0, gaps] = None
    return rows


def plain(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.parquet"


# Round trips


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_written_comes_back(path: Path, name: str) -> None:
    wanted, rows = SCHEMAS[name], example(SCHEMAS[name])
    write_table(path, rows, wanted, {})
    expected = rows.astype(object).where(rows.notna(), None).to_dict("records")
    found = read_table(path, wanted)
    assert plain(found) == expected
    assert found.schema.equals(wanted)
    assert files_in(path.parent) == [path.name]


def test_there_is_a_schema_to_test() -> None:
    assert {"BANK", "PROMPTS", "CURVE", "ANSWERS", "TASK_WEIGHTS", "LIKELIHOODS"} <= set(SCHEMAS)


def test_categories_and_column_order_do_not_matter(path: Path) -> None:
    rows = example(CURVE)
    write_table(path, rows, CURVE, {})
    before = plain(read_table(path, CURVE))
    shuffled = rows[rows.columns[::-1]].astype({"kind": "category"})
    write_table(path, shuffled, CURVE, {})
    assert plain(read_table(path, CURVE)) == before


def test_some_columns_can_be_read_alone(path: Path) -> None:
    rows = example(CURVE)
    write_table(path, rows, CURVE, {})
    assert read_table(path, CURVE, ["step"]).to_pydict() == {"step": rows["step"].tolist()}


def test_no_rows_are_a_table_too(path: Path) -> None:
    write_table(path, example(CURVE).head(0), CURVE, {})
    assert read_table(path, CURVE).num_rows == 0


def test_a_folder_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    path = tmp_path / "run=3" / "table.parquet"
    write_table(path, example(CURVE), CURVE, {})
    assert read_table(path, CURVE).column_names == CURVE.names


@pytest.mark.parametrize("name", ["PROMPTS", "ANSWERS", "CLAIMS"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, name: str) -> None:
    for copy in ("one", "two"):
        write_table(tmp_path / copy, example(SCHEMAS[name]), SCHEMAS[name], {"b": 1, "a": 2})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_provenance_travels_with_the_table(path: Path) -> None:
    provenance = {"seed": 3, "settings": {"tau": 1.5, "names": ["é"]}, "commit": None}
    write_table(path, example(CURVE), CURVE, provenance)
    assert read_provenance(path) == provenance


# What does not fit, on the way in


def refuse(path: Path, rows: pd.DataFrame, wanted: pa.Schema = CURVE) -> str:
    """The one line with which rows are refused; nothing is left on the disk."""
    with pytest.raises(EunoeError) as error:
        write_table(path, rows, wanted, {})
    assert files_in(path.parent) == []
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path}: ")


def test_a_missing_column_is_refused(path: Path) -> None:
    rows = example(CURVE).drop(columns="step")
    assert refuse(path, rows) == "column step is missing"


def test_an_extra_column_is_refused(path: Path) -> None:
    rows = example(CURVE).assign(extra=1)
    assert refuse(path, rows) == "column extra is not known"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("step", "many"),
        ("step", 1.5),
        ("step", 2**40),
        ("step", 10**30),
        ("stage", 2**20),
        ("value", "high"),
        ("value", [1.0]),
        ("kind", 3),
        ("kind", b"\xff"),
    ],
)
def test_an_ill_typed_column_is_refused(path: Path, column: str, value: object) -> None:
    rows = example(CURVE)
    rows[column] = pd.Series([value] * len(rows), dtype=object)
    assert refuse(path, rows).startswith(f"column {column} is no ")


@pytest.mark.parametrize(
    ("column", "value"), [("value", float("nan")), ("value", None), ("kind", None), ("step", None)]
)
def test_a_missing_value_is_refused_with_its_row(path: Path, column: str, value: object) -> None:
    rows = example(CURVE)
    rows[column] = [*rows[column][:7], value, *rows[column][8:]]
    assert refuse(path, rows) == f"column {column}, row 7: a value is missing"


# What does not fit, on the way out


def refuse_to_read(path: Path, columns: list[str] | None = None) -> str:
    with pytest.raises(EunoeError) as error:
        read_table(path, CURVE, columns)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path}: ")


def write_foreign(path: Path, rows: pd.DataFrame) -> None:
    """What another program might write: the right columns, but nothing is checked."""
    fields = [field.with_nullable(True) for field in CURVE if field.name in rows]
    fields += [pa.field(name, pa.int64()) for name in rows if name not in CURVE.names]
    pq.write_table(pa.Table.from_pandas(rows, pa.schema(fields), preserve_index=False), path)


def test_a_foreign_table_that_fits_can_be_read(path: Path) -> None:
    write_foreign(path, example(CURVE))
    assert read_table(path, CURVE).num_rows == ROWS
    with pytest.raises(EunoeError, match=r"table\.parquet: no provenance in the metadata"):
        read_provenance(path)


def test_reading_finds_missing_extra_and_ill_typed_columns(path: Path) -> None:
    rows = example(CURVE)
    write_foreign(path, rows.drop(columns="step"))
    assert refuse_to_read(path) == "column step is missing"
    write_foreign(path, rows.assign(extra=1))
    assert refuse_to_read(path).startswith("column extra is not known; allowed: kind, model")
    pq.write_table(pa.Table.from_pandas(rows), path)
    assert refuse_to_read(path).startswith("column kind is ")
    assert refuse_to_read(path).endswith(f"allowed: {CATEGORY}")


def test_reading_finds_missing_values(path: Path) -> None:
    rows = example(CURVE)
    rows.loc[3, "value"] = None
    write_foreign(path, rows)
    assert refuse_to_read(path) == "column value: a value is missing"
    assert refuse_to_read(path, ["value"]) == "column value: a value is missing"
    assert read_table(path, CURVE, ["step"]).num_rows == ROWS


def test_a_torn_or_altered_file_is_refused(path: Path) -> None:
    write_table(path, example(CURVE), CURVE, {})
    whole = path.read_bytes()
    for length in (0, 1, 4, len(whole) // 2, len(whole) - 8, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert refuse_to_read(path).startswith("not a readable Parquet table (")
        with pytest.raises(EunoeError, match=r"table\.parquet: not a readable Parquet table"):
            read_provenance(path)
    path.write_bytes(b"kind,model\n" * 100)
    assert refuse_to_read(path).startswith("not a readable Parquet table (")


def test_a_flipped_bit_in_the_data_is_noticed(path: Path) -> None:
    write_table(path, example(CURVE), CURVE, {})
    whole = path.read_bytes()
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    intact = plain(read_table(path, CURVE))
    noticed = 0
    for position in range(4, len(whole) - footer, 7):
        altered = bytearray(whole)
        altered[position] ^= 1
        path.write_bytes(altered)
        try:  # headers of pages hold statistics, which may change without harm
            assert plain(read_table(path, CURVE)) == intact
        except EunoeError:
            noticed += 1
    assert noticed > 20


def test_no_file_and_a_folder_are_refused(path: Path) -> None:
    assert refuse_to_read(path) == "no such file"
    with pytest.raises(EunoeError, match=r"table\.parquet: no such file"):
        read_provenance(path)
    path.mkdir()
    assert refuse_to_read(path).startswith("not a readable Parquet table (")


# A disk that fails


@pytest.mark.parametrize("before", [b"what was there", None])
def test_a_full_disk_leaves_things_as_they_were(
    path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    if before:
        path.write_bytes(before)

    def fill(table: pa.Table, where: Path, **options: object) -> None:
        where.write_bytes(b"PAR1, then no more")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pq, "write_table", fill)
    with pytest.raises(EunoeError) as error:
        write_table(path, example(CURVE), CURVE, {})
    reason = "[Errno 28] No space left on device"
    assert str(error.value) == f"{path}: cannot be written ({reason})"
    assert files_in(path.parent) == ([path.name] if before else [])
    assert not before or path.read_bytes() == before


LIMITED = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
import numpy as np, pandas as pd
from eunoe.stages.command import run
from eunoe.tables.files import write_table
from eunoe.tables.bank import BANK

def write_much(table: Path) -> None:
    weights = list(np.random.default_rng(0).standard_normal((2000, 3)))
    rows = pd.DataFrame({"bank": "bank", "task": range(2000), "weights": weights})
    write_table(table, rows, BANK, {})

run(write_much)
"""


def test_a_file_that_the_system_cuts_short_ends_in_one_line(
    path: Path, environment: dict[str, str]
) -> None:
    path.write_bytes(b"what was there")
    command = [sys.executable, "-c", LIMITED, "--table", str(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"write_much: {path}: cannot be written (")
    assert "File too large" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert path.read_bytes() == b"what was there"
    assert files_in(path.parent) == [path.name]


def test_an_error_halfway_leaves_no_file(path: Path) -> None:
    def stop_halfway() -> None:
        with atomic(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_halfway()
    assert files_in(path.parent) == []


def test_what_a_killed_process_left_is_replaced(path: Path) -> None:
    with atomic(path) as temporary:
        temporary.write_text("one")
        left = temporary.name
    path.with_name(left).write_text("torn")
    with atomic(path) as temporary:
        temporary.write_text("two")
    assert path.read_text() == "two"
    assert files_in(path.parent) == [path.name]


def test_others_may_read_what_the_umask_allows(path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_table(path, example(CURVE), CURVE, {})
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    path = tmp_path / "file" / "table.parquet"
    with pytest.raises(EunoeError) as error:
        write_table(path, example(CURVE), CURVE, {})
    assert str(error.value).startswith(f"{path}: cannot be written (")


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert digest_of_file(path) == hashlib.sha256(b"abc").hexdigest()[:16]
