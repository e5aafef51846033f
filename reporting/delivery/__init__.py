"""Ways to the city: a folder, an SFTP server with a pinned key, a mail server under TLS (別紙1-5(1)).

On every way a file arrives whole under its name or not at all, another file of that name is left and refused, and the same parcel put twice
changes nothing. What was interrupted is tried again; what was refused, or may have arrived, never is: somebody has to look.
Who may send what where is not decided here.

>>> from pathlib import Path
>>> from reporting.delivery.folder import FolderWay
>>> from reporting.errors import DeliveryRefused
>>> try: FolderWay(Path("no-medium"), Path.write_bytes, must_exist=True).look()
... except DeliveryRefused as refused: print(refused)
提出先のフォルダ no-medium がありません。接続・マウントを確かめてください。
"""
