"""The night as Dagster assets, thin: each takes what ran before it, calls one stage and returns counts as metadata.

No rule about data stands here, and the modules meet through asset keys and `Tonight`. The assembly is
pipelines/definitions.py.
"""
