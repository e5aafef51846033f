{{ config(kind="view") }}
-- Whose phone an endpoint is: by its spelling, else by its extension.
with spelt as (

    select
        {{ bare_spelling('spelling') }} as endpoint,
        min(operator) as operator
    from {{ source('reference', 'staff') }}
    group by {{ bare_spelling('spelling') }}

),

numbered as (

    select
        staff.extension as endpoint,
        min(staff.operator) as operator
    from {{ source('reference', 'staff') }} as staff
    left join spelt on staff.extension = spelt.endpoint
    where staff.extension <> '' and spelt.endpoint is null
    group by staff.extension

),

final as (

    select * from spelt
    union all
    select * from numbered

)

select * from final
