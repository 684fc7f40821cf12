"""From delivered bytes to typed rows: scan the inbox, archive, parse strictly, land, leave a receipt.

    scan.py      what lies in the inbox and may be taken
    archive.py   delivered bytes by SHA-256
    plain.py     archived bytes as UTF-8 text
    header.py    which field of a file is which column of the contract
    parse.py      a file as two independent parsers see it
    stretches.py where each record of a file stands that is not clean
    mend.py      a clean copy of such a file, rows of the wrong width left out
    typing_sql.py text to typed columns, as SQL
    land.py      rows into raw Parquet and quarantine
    receipts.py  what became of each delivered file
    take.py      all of it in order

What a row means is dbt's work.
"""
