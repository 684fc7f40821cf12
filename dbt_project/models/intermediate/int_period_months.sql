with
    periods as (select * from {{ ref("int_periods") }}),
    months as (select period_start as month_start from periods where period_type = 'month')
select periods.period_type, periods.period_start, months.month_start
from periods
inner join months on months.month_start >= periods.period_start and months.month_start < periods.period_end
