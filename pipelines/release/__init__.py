"""The release: from an audited private build to what readers follow.

Nothing here judges numbers (data_checks) or makes them (dbt_project). It moves bytes, and proves that they are the
bytes that were judged.
"""
