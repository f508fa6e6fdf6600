"""The report's figures: one module a figure, each with `draw(sources, size) -> Figure`."""
