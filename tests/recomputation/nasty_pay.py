"""Pay of the nasty CRM: months of two roles, amounts that came twice, currencies without a rate, days of no selling."""

from __future__ import annotations

# October lies before the six months. s1: two rows of March, of which the later day's counts, in dollars whose rate of
# the 31st is corrected later; April had no day of selling; May comes with the last delivery. s3 held two roles in
# April, s4 another one from March on, a2 its role for half of April. m2's francs have no rate. Of m4 something was
# taken back. boss sells nothing.
VARIABLE_PAY = """
    user_id,month,amount,currency,selling_days
    s1,2023-10-01,5000,EUR,20
    s1,2024-02-01,1200.55,EUR,18.5
    s1,2024-03-01,900,USD,20
    s1,2024-03-31,950.25,USD,19.25
    s1,2024-04-01,700,PLN,0
    s2,2023-11-01,333.33,EUR,7
    s2,2024-01-01,500,EUR,3
    s3,2024-04-01,812.5,EUR,16
    s4,2024-02-01,400,EUR,20
    s4,2024-03-01,1400,EUR,21.125
    s4,2024-04-01,1500,EUR,20
    a1,2024-02-01,2000,EUR,19
    a1,2024-03-01,2345.67,USD,18
    a1,2024-04-01,2100.05,EUR,20
    a2,2024-04-01,999.99,EUR,9
    m1,2024-03-01,1800,EUR,20
    m1,2024-04-01,1750,EUR,20
    m2,2024-02-01,1000,CHF,20
    m4,2024-04-01,-100.05,EUR,6
    boss,2024-04-01,9000,EUR,20
"""
LAST_PAY = """
    user_id,month,amount,currency,selling_days
    s1,2024-05-01,1010.1,EUR,17
    a1,2024-04-01,2150.05,EUR,20
    a1,2024-06-01,5,EUR,1
"""
