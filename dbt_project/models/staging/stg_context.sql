with context as (select * from {{ source("night", "context") }})
select context.*, {{ company_midnight("as_of + 1") }} as as_of_ends_at
from context
