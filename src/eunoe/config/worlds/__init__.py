"""`worlds:` the data-generating processes in which bases are pretrained, a module a kind."""
