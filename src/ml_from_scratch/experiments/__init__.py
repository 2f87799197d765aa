"""Experiments that can be repeated: reports, the surroundings they ran in, and the lab."""
