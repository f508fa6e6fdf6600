"""The entries that `audits` stand for, added to a configuration."""

from typing import TypeVar

from eunoe.config.audits import tuned_name
from eunoe.config.root import Config
from eunoe.errors import EunoeError

AnyConfig = TypeVar("AnyConfig", bound=Config)


def audited(config: AnyConfig) -> AnyConfig:
    """Return a configuration with the entries of its audits; EunoeError for a name that is
    taken."""
    sections = {name: dict(getattr(config, name)) for name in ("worlds", "bases", "runs", "probes")}
    for name, audit in config.audits.items():
        for section, known in sections.items():
            for taken in (name, tuned_name(name)):
                if taken in known:
                    raise EunoeError(
                        f"config: audits.{name}: {taken} is a key of {section} too; allowed: a"
                        " name of its own"
                    )
        for section, entries in audit.entries(name).items():
            sections[section] |= entries
    return config.model_copy(update=sections)
