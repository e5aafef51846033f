{{ config(kind="view", tags=["weekly"]) }}
-- One row per week, dimension and code; small cells of ward and age together are not told.
with inquiries as (

    select
        *,
        cast(date_trunc('week', call_date) as date) as week_start_date
    from {{ ref('fct_inquiries') }}
    where is_counted

),

told as (

    select
        week_start_date,
        is_complaint,
        {{ each_row_of({
            'dimension': ["'item'", "'voice'", "'stance'", "'handling'", "'faq'", "'ward_age'"],
            'code': [
                "category || '/' || item", 'voice', 'stance', 'handling', 'faq',
                "case when ward <> '' and age_band <> '' then ward || '/' || age_band else '' end"
            ]
        }) }}
    from inquiries

),

counted as (

    select
        week_start_date,
        dimension,
        code,
        count(*) as inquiry_count,
        count(*) filter (where is_complaint) as complaint_count
    from told
    where code <> ''
    group by week_start_date, dimension, code

),

final as (

    select
        week_start_date || '/' || dimension || '/' || code as count_id,
        week_start_date,
        dimension,
        code,
        dimension = 'ward_age' and inquiry_count < {{ var('smallest_cell') }} as is_suppressed,
        case when not is_suppressed then cast(inquiry_count as integer) end as inquiry_count,
        case when dimension <> 'ward_age' then cast(complaint_count as integer) end
            as complaint_count
    from counted

)

select * from final
