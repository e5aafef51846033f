"""What all papers share: the Japanese calendar, charts, rounding, checks, the city's own forms, the one driver, packaging.

`kind.PaperKind` describes a kind, `issue` decides its edition, packs and registers it: files are in place before the register names
them, under a manifest by which the city can check each one, and the same value gives the same bytes. A figure is rounded in
one place, in decimal. A form of the city's keeps all that is not a mark.

>>> from datetime import date
>>> from reporting.paper import wareki
>>> from reporting.paper.packaging import file_stem
>>> file_stem("週次集計結果", "第1週", "2023-11-20", 2), wareki.full(date(2023, 11, 20))
('週次集計結果_第1週_2023-11-20_r2', '令和5年11月20日（月）')
"""
