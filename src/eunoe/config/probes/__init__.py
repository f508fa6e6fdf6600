"""`probes:` what is measured, and through which transforms, a module a kind of world."""
