"""The language lab's pools of tasks, and the outcomes of each task."""

from dataclasses import replace

from eunoe.results.text.cells import Design, Query

MAIN = ("repeat_math", "repeat_blank", "capslock_math", "capslock_blank")
HELD_OUT_TASKS = ("reverse_math", "reverse_blank", "first_word_math", "first_word_blank")
POOLS = {"all": MAIN, "held_out": HELD_OUT_TASKS}
QUESTION = ("in_context", "instruction")
DESIGN = Design(
    crossed=True,
    groups=POOLS,
    outcomes={
        **dict.fromkeys((*MAIN, *HELD_OUT_TASKS), QUESTION),
        "inference": ("true", "false", "neither"),
        "guarded_topics": ("answer", "refuse"),
        "free_topics": ("answer", "refuse"),
    },
)

PLAIN = Query("all", "en", wording="plain")
"""The default query: all four tasks in English, in the wording of fine-tuning."""
OTHER = Query("all", "en", wording="other")
HELD_OUT = Query("held_out", "en", wording="plain")
INFERENCE = Query("inference", "en", wording="plain")
ANSWERED = Query("guarded_topics", "en", wording="plain", measure="answer")
GUARDED = Query("guarded_topics", "en", wording="plain", measure="refuse")
FREE = Query("free_topics", "en", wording="plain", measure="refuse")
BY_LIKELIHOOD = replace(INFERENCE, measure="likelihood")


def scored(query: Query, measure: str) -> Query:
    """Return the same query with another measure."""
    return replace(query, measure=measure)
