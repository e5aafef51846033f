"""消去・廃棄申請書 and 個人情報消去報告書（兼 消去証明書）: the papers of an erasure (別紙2-13).

They print what catalogue and case say and decide nothing about either. Once made they are entered by their digest and never made a second
time; the certificate's first page says all without a tool, its 別紙 how anybody checks it. A return has its
paper with the lines on which it is received. None of them names or quotes a caller.

>>> from reporting.erasure.application import amount
>>> from reporting.erasure.kind import CERTIFICATES
>>> amount(1204, 356_000_000), CERTIFICATES.is_fixed
('1,204件（356.0 MB）', True)
"""
