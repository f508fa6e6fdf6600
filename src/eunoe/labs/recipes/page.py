"""The recipes lab's part of its page: a row for each model of each probe, and its mixtures."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from eunoe.config.study import Study
from eunoe.report.lab import Inputs
from eunoe.results.text.replies import joined
from eunoe.results.text.size import parameters_of
from eunoe.results.text.tables import EQUAL_TARGET, MEAN_COSTS, MEAN_MIXTURES, MEAN_SCORES

PARTS = {
    "all": "all weights",
    "soft_prompt": "soft prompt",
    "lora": "LoRA",
    "random_prompt": "random prompt",
}
Row = dict[str, Any]


def context(inputs: Inputs) -> dict[str, Any]:
    """Return what the lab's page.html shows: a section for each probe, with its sources, its
    models and what runs were shown; and the sizes of the bases."""
    return {
        "probes": probe_sections(inputs),
        "sizes": parameters_of(inputs.named("model")),
    }


def probe_sections(inputs: Inputs) -> list[Row]:
    """Return a section for each probe."""
    study = inputs.study
    found = {
        "costs": joined(inputs.named("costs"), MEAN_COSTS),
        "mixtures": joined(inputs.named("mixtures"), MEAN_MIXTURES),
        "equal_target": joined(inputs.named("equal_target"), EQUAL_TARGET),
    }
    return [
        section(str(probe), rows, {name: of_probe(table, probe) for name, table in found.items()})
        | {"target": getattr(study.probes[str(probe)], "target", None)}
        for probe, rows in described(joined(inputs.named("scores"), MEAN_SCORES), study)
    ]


def of_probe(rows: pd.DataFrame, probe: object) -> pd.DataFrame:
    """Return the rows of a probe."""
    return rows[rows["probe"] == probe]


def described(scores: pd.DataFrame, study: Study) -> Iterator[tuple[object, pd.DataFrame]]:
    """Yield each probe with its scores as models are used, and how they are made, in words."""
    used = scores[(scores["attached"] == "deployed") & scores["level"].isna()]
    for probe, rows in used.groupby("probe", sort=False):
        pairs = zip(rows["kind"], rows["model"], strict=True)
        yield probe, rows.assign(made=[made_from(*pair, study) for pair in pairs])


def section(probe: str, rows: pd.DataFrame, beside: Mapping[str, pd.DataFrame]) -> Row:
    """Return a probe's section."""
    plain = rows[(rows["transform"] == "identity") & (rows["measure"] == "right")]
    groups = ("held_out", "rehearsed", "unrehearsed", "transformed")
    sources = [name for name in plain["source"].unique() if name not in groups]
    return {
        "name": probe,
        "sources": sources,
        "held_out": "held_out" in set(plain["source"]),
        "levels": sorted(set(beside["equal_target"]["level"])),
        "models": [
            model_row(str(kind), str(model), of_model, beside)
            for (kind, model), of_model in rows.groupby(["kind", "model"], sort=False)
        ],
        "mixtures": beside["mixtures"].to_dict("records"),
    }


def model_row(kind: str, model: str, rows: pd.DataFrame, beside: Mapping[str, pd.DataFrame]) -> Row:
    """Return the row of one model; None where there is no number."""
    plain = rows[(rows["transform"] == "identity")]
    right = plain[plain["measure"] == "right"].set_index("source")["estimate"]
    own = {name: table[table[name_column(table)] == model] for name, table in beside.items()}
    if kind != "run":
        own = {name: table.iloc[:0] for name, table in own.items()}
    found: Row = {
        "kind": kind,
        "model": model,
        "made": rows["made"].iloc[0],
        "right": right.to_dict(),
        "retained": interval_of(plain[is_of(plain, "held_out", "retained")], "estimate"),
        "equal": at_levels(own["equal_target"]),
        "recovered": recovered(rows),
    }
    costs = own["costs"]
    for name in ("updates", "tokens", "flops", "seconds"):
        found[name] = float(costs[name].sum()) if len(costs) else None
    return found


def name_column(table: pd.DataFrame) -> str:
    """Return the column that holds the run's name."""
    return "model" if "model" in table else "run"


def is_of(rows: pd.DataFrame, source: str, measure: str) -> "pd.Series[bool]":
    """Tell which rows are of a source and a measure."""
    return (rows["source"] == source) & (rows["measure"] == measure)


def interval_of(rows: pd.DataFrame, column: str) -> Row | None:
    """Return the number in the first row with its interval; None if there is none."""
    if rows.empty or pd.isna(rows[column].iloc[0]):
        return None
    first = rows.iloc[0]
    ends = {end: None if pd.isna(first[end]) else float(first[end]) for end in ("low", "high")}
    return {"estimate": float(first[column]), **ends}


def recovered(rows: pd.DataFrame) -> Row | None:
    """Return what the transform that serves a model best gains it on the sources that are asked
    through all; None without transforms."""
    found = rows[is_of(rows, "transformed", "right")].set_index("transform")["estimate"]
    others = found.drop("identity", errors="ignore")
    if others.empty or "identity" not in found:
        return None
    return {"transform": others.idxmax(), "gain": float(others.max() - found["identity"])}


def at_levels(rows: pd.DataFrame) -> dict[float, Row]:
    """Return what a run keeps by level of the target, over sources that no recipe trains on if
    these are told apart; how many seeds reach it, and the best score where one does not."""
    groups = set(rows["sources"])
    rows = rows[rows["sources"] == ("unrehearsed" if "unrehearsed" in groups else "held_out")]
    return {
        float(row["level"]): {
            "reached": int(row["reached"]),
            "seeds": int(row["seeds"]),
            "best": float(row["best"]),
            "kept": interval_of(rows.loc[[index]], "retention"),
        }
        for index, row in rows.iterrows()
    }


# How a model is made


def made_from(kind: str, model: str, study: Study) -> str:
    """Return what a base or a run is made from, in words."""
    if kind == "run":
        run = study.runs[model]
        stages = study.recipe_of(model).model_dump()["stages"]
        how = run.model.model if run.model else "; then ".join(map(stage_words, stages))
        return f"{run.base}: {how}"
    base = study.bases[model]
    if base.model:
        return base.model.model
    return f"network {base.network}, training {base.training}"


def stage_words(stage: Mapping[str, Any]) -> str:
    """Return a stage in words, without defaults."""
    if stage.get("merge"):
        parts = [f"{weight:g} of {recipe}" for recipe, weight in stage["merge"].items()]
        return f"the base plus {' and '.join(parts)}"
    trained = " and ".join(PARTS[part] for part in stage["train"])
    said = [trained, "on", ", ".join(amount_words(*pair) for pair in stage["data"].items())]
    said += [f"with the {PARTS[part]} frozen" for part in stage.get("frozen") or ()]
    if stage.get("frozen_layers"):
        said.append(f"without the {stage['frozen_layers']} lowest blocks")
    if stage.get("demonstrations"):
        said.append(f"after {stage['demonstrations']} demonstration(s)")
    if stage.get("loss") == "dft":
        said.append("by the loss DFT")
    penalties = {key: part for key, part in (stage.get("penalties") or {}).items() if part}
    said += [f"with penalty {key} {part['weight']:g}" for key, part in penalties.items()]
    if stage.get("pick") == "best":
        said.append("keeping the best checkpoint")
    return f"{' '.join(said)} ({stage['training']})"


def amount_words(source: str, amount: Any) -> str:
    """Return a source with its amount, such as "sentences.en 0.05" or "1/16 of maths.en"."""
    given = {"share": amount} if not isinstance(amount, dict) else amount
    known = {key: value for key, value in given.items() if value is not None and key != "replies"}
    measure, value = next(iter(known.items()))
    own = " (own replies)" if given.get("replies") == "base" else ""
    if measure == "fraction":
        part = f"1/{round(1 / value)}" if value < 1 else "all"
        return f"{part} of {source}{own}"
    if measure == "count":
        return f"{value} of {source}{own}"
    said = source if value == 1 else f"{source} {value:g}"
    return f"{said}{' of the tokens' if measure == 'tokens' and value < 1 else ''}{own}"
