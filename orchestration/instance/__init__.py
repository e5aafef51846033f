"""The Dagster instance of a home: its settings, its event log, its queue, which notes on a run who asked for it, and
where runs come from: each is a fork of a warm process.

It lies in the home and serves that home alone; its settings are the product's, written again whenever it is opened. `acts` is the one
table of what each command and each job needs: which right, and how whoever does it shows who they are. A job that
stands in no row of it does not run, whoever asks.

>>> from orchestration.instance.acts import JOBS
>>> JOBS["erasure_execute"].right.value, JOBS["erasure_execute"].proof.value
('execute_erasure', 'signed')
"""
