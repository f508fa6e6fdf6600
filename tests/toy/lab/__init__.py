"""A lab of one claim and one figure, about a probe and a base of another lab."""
