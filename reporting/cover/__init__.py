"""送付書: what is enclosed when several papers go to the city together (8(3), 9(2)).

One page that lists each file with its extent and the beginning of its digest, so that whoever receives them can see that all are there and
unchanged. It is made when somebody asks, of papers that are confirmed; no contract owes it by a day.

>>> import io, zipfile
>>> from reporting.cover.letter import extent_of
>>> book = io.BytesIO()
>>> with zipfile.ZipFile(book, "w") as parts: parts.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
>>> extent_of("業務完了届_2023-12.xlsx", book.getvalue())
'1シート'
"""
