{{ config(kind='table') }}
-- Where rows of the logs lie that came more than once: a handful, found once instead of wherever a log is read.
{{ repeated_places('queue_log', 'event_at') }}
union all
{{ repeated_places('cdr', 'start_at') }}
union all
{{ repeated_places('cel', 'event_at') }}
