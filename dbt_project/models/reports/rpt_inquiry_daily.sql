-- One row per day, dimension and code: how many inquiries, of which complaints.
with inquiries as (

    select * from {{ ref('fct_inquiries') }}
    where is_counted

),

told as (

    select
        call_date,
        is_complaint,
        {{ each_row_of({
            'dimension': ["'item'", "'voice'", "'stance'", "'handling'", "'channel'"],
            'code': ["category || '/' || item", 'voice', 'stance', 'handling', 'channel']
        }) }}
    from inquiries

),

final as (

    select
        call_date || '/' || dimension || '/' || code as count_id,
        call_date,
        dimension,
        code,
        cast(count(*) as integer) as inquiry_count,
        cast(count(*) filter (where is_complaint) as integer) as complaint_count
    from told
    where code <> ''
    group by call_date, dimension, code

)

select * from final
