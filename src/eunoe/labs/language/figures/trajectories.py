"""Figure trajectories: in-context accuracy in each language while a base is tuned on questions."""

import pandas as pd
from matplotlib.figure import Figure

from eunoe.labs.language.sources import CIPHERS, COLOURS, NAMES, LanguageSources
from eunoe.report.frames import select
from eunoe.report.layout import placeholder
from eunoe.report.style import legend_below, line, new_figure
from eunoe.results.models import NotRun

PANELS = {
    "instructed": "tuned on English questions",
    "instructed_elsewhere": "control: tuned in another language",
}


@placeholder("Accuracy while tuning")
def draw(sources: LanguageSources, size: tuple[float, float]) -> Figure:
    """Draw the mean accuracy on repeat and capslock against fine-tuning steps."""
    courses = {part: course(sources, part) for part in PANELS if getattr(sources.parts, part)}
    courses = {part: rows for part, rows in courses.items() if not rows.empty}
    if not courses:
        raise NotRun("no accuracy of a language was followed")
    figure, axes = new_figure(size, len(courses), sharey=True)
    for panel, (part, rows) in zip(axes, courses.items(), strict=True):
        for language in [name for name in NAMES if name in set(rows["language"])]:
            style = "-." if language in CIPHERS else "-"
            spoken = select(rows, language=language)
            line(panel, spoken, "updates", NAMES[language], COLOURS[language], linestyle=style)
        panel.set(title=PANELS[part], xlabel="fine-tuning step", ylim=(-0.02, 1.02))
        panel.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
    axes[0].set_ylabel("right answers (%)")
    legend_below(figure, axes, 4)
    figure.suptitle(title(next(iter(courses.values()))))
    return figure


def course(sources: LanguageSources, part: str) -> pd.DataFrame:
    """Return the curves of the run of a part, by language; steps of its stages are added up."""
    curves = select(sources.table("curves", "learning"), kind="run", model=sources.run(part))
    start = "plain.right.all."
    rows = curves[curves["measure"].str.startswith(start)]
    rows = rows.assign(language=rows["measure"].str.removeprefix(start))
    lengths = rows.groupby("stage")["step"].max()
    starts = lengths.cumsum().shift(fill_value=0)
    return rows.assign(updates=rows["step"] + rows["stage"].map(starts))


def title(rows: pd.DataFrame) -> str:
    """Say where English ends, and the others."""
    last = rows[rows["updates"] == rows["updates"].max()].set_index("language")["estimate"]
    steps = rows["updates"].max()
    if "en" not in last.index or len(last) == 1:
        return f"After {steps} steps accuracies are {last.min():z.0%} to {last.max():z.0%}"
    rest = last.drop("en")
    span = f"{rest.min():z.0%}" if len(rest) == 1 else f"{rest.min():z.0%} to {rest.max():z.0%}"
    return f"After {steps} steps English is at {last['en']:z.0%}, the other languages at {span}"
