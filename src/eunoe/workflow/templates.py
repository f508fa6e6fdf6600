"""The chat template of a probe, and the files that it is read from."""

from __future__ import annotations

import os
from typing import Any

from eunoe.config.root import Config
from eunoe.errors import EunoeError
from eunoe.workflow.params import or_exit
from eunoe.worlds.text.checkpoints import files_of


def chat_template(config: Config, probe: str) -> dict[str, Any] | None:
    """Return the chat template of a text probe, None without one.

    It is called what the configuration calls it, in an audit `base` or `tuned`.
    """
    settings: Any = config.probes[probe]
    if settings.chat_template is None:
        return None
    audit = config.audits.get(probe)
    return {
        "name": audit.chat_template if audit else settings.chat_template,
        "where": f"{'audits' if audit else 'probes'}.{probe}.chat_template",
        "owner": config.opened.get(settings.chat_template),
    }


@or_exit
def template_files(config: Config, probe: str) -> list[str]:
    """Return the files that hold a probe's chat template; none for a template on the hub."""
    template = chat_template(config, probe)
    if template is None:
        return []
    where, name = template["where"], template["name"]
    if template["owner"]:
        return files_of(template["owner"], where, weights=False)
    if not os.path.isfile(name):
        known = ["base", "tuned"] if probe in config.audits else [*config.opened]
        allowed = ", ".join([*known, "or a file with a Jinja template"])
        raise EunoeError(f"{where} = {name}: no such file; allowed: {allowed}")
    return [name]
