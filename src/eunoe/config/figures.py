"""`style:`, `figures:` and `bootstrap:` how results are drawn, and how intervals are made."""

from pydantic import Field

from eunoe.config.model import Settings


class Bootstrap(Settings):
    """Redraws of the prompts or items of each seed, for their error, and the level of intervals."""

    replicates: int = Field(default=1000, ge=50)
    """Redraws; more give steadier ends of the intervals."""
    level: float = Field(default=0.95, gt=0, lt=1)
    """Coverage of the intervals; claims are decided at p-values of at most 1 minus it."""


class Style(Settings):
    """What all figures share."""

    font_size: float = Field(default=8, gt=0)
    """Points."""
    dots_per_inch: int = Field(default=200, ge=50)
    """Of the PNG files; the SVG files scale."""


class Figure(Settings):
    """One figure's own settings."""

    width: float = Field(default=6.5, gt=0)
    """Inches."""
    height: float = Field(default=2.8, gt=0)
    """Inches."""


class Figures(Settings):
    """One entry a figure."""

    ideals: Figure = Figure(height=2.6)
    """Trained networks beside the ideal predictors (the paper's first figure)."""
    tradeoff: Figure = Figure(width=4.5, height=3.4)
    """Error on D_disc against error on D_cont (second)."""
    forgetting: Figure = Figure()
    """Both errors while a mixture base is tuned on the bank (third)."""
    likelihood: Figure = Figure()
    """Forgetting against log-likelihood under D_disc (fourth)."""
    conjugate: Figure = Figure()
    """Conjugate prompting: error per exemplar count at each gamma (fifth)."""
    controls: Figure = Figure(height=3.0)
    """What the same gamma does to models that have nothing to recover."""
    task_weight: Figure = Figure(height=3.0)
    """The inferred task weight."""
    training: Figure = Figure(height=3.0)
    """Training curves."""
    runs: Figure = Figure(height=3.0)
    """Every run of every probe: before, after, and through the chosen gamma."""
    languages: Figure = Figure()
    """Accuracy by language before and after fine-tuning."""
    recovery: Figure = Figure(height=3.4)
    """Drop by language, and recovery of English by transform."""
    outcomes: Figure = Figure(height=3.2)
    """Which answer is given: in-context, instruction, or neither."""
    trajectories: Figure = Figure()
    """Accuracy per language against fine-tuning step."""
    distance: Figure = Figure()
    """Drop against distance from the fine-tuning language."""
    reasoning: Figure = Figure()
    """Natural-language inference before and after tuning on code, scored both ways."""
    refusals: Figure = Figure()
    """Refusals by language, on guarded and on free topics."""
    specialisation: Figure = Figure()
    """Replies in the target's format on other tasks, against step."""
    retention: Figure = Figure(height=3.4)
    """Target and retention of every recipe, on every task."""
    equal_target: Figure = Figure(height=3.6)
    """Retention against target score, of all recipes and checkpoints."""
    ablations: Figure = Figure()
    """ProMoT beside what leaves one of its parts out."""
    strategies: Figure = Figure()
    """Mathematics, code and general instructions by strategy."""
    rehearsal: Figure = Figure()
    """The strategies against the fraction that is rehearsed."""
    recovered: Figure = Figure(height=3.2)
    """What conjugate prompts recover of what a recipe loses."""
    gradients: Figure = Figure(height=2.6)
    """Cosine of the gradient with the format-only gradient, against step."""
    costs: Figure = Figure(height=3.4)
    """Updates, tokens, operations and seconds of every recipe."""
    scaling: Figure = Figure()
    """Scores against the fraction of the data, by ability and size."""


FIGURES_OF: dict[str, tuple[str, ...]] = {
    "regression": (
        "ideals",
        "tradeoff",
        "forgetting",
        "likelihood",
        "conjugate",
        "controls",
        "task_weight",
        "training",
        "runs",
    ),
    "language": (
        "languages",
        "recovery",
        "outcomes",
        "trajectories",
        "distance",
        "reasoning",
        "refusals",
    ),
    "recipes": (
        "specialisation",
        "retention",
        "equal_target",
        "ablations",
        "strategies",
        "rehearsal",
        "recovered",
        "gradients",
        "costs",
        "scaling",
    ),
}
"""The figures of each chapter, in the order of the report."""
