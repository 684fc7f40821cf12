"""Measuring Podium: scripts to run by hand or by `make bench`. Nothing of Podium imports them."""
