"""The gate: what must hold before readers see a build.

`catalogue` lists every check as data, `gate` executes them and decides, `runner` is the only place that knows Great
Expectations. Nothing here changes a build or publishes one.
"""
