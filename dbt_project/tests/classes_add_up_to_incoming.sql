{{ config(
    meta={'dagster': {'ref': {'name': 'rpt_daily_kpi'}}}) }}
-- 入電 = 応答 + 放棄 + 案内中切断 + 預かり + あふれ + 中断 + 判定不能 + 時間外, every day (6(3)エ)
select
    call_date,
    incoming_count
from {{ ref('rpt_daily_kpi') }}
where
    incoming_count <> answered_count + abandoned_count + abandoned_in_menu_count + message_count
    + overflow_count + interrupted_count + undetermined_count + after_hours_count
    or incoming_in_hours_count <> incoming_count - after_hours_count
    or not_answered_count <> overflow_count + abandoned_total_count
    or overflow_count <> overflow_lines_busy_count + overflow_queue_full_count
    + overflow_no_staff_count + overflow_timeout_count
