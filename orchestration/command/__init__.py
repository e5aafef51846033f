"""The commands behind `madoguchi`, and what they print.

A command reads words, opens the home, calls one use case and ends with a status of one table, which a cron job may rely on. Where an act
needs a right, whoever acts proves it by the own passphrase or signature. What is printed are counts, ids and file names, for a
person or as JSON; what destroys keys or moves recordings only says what it would do, unless `--go` is typed.

>>> from compliance.errors import HomeBusy
>>> from orchestration.command.exit_codes import exit_code_for
>>> exit_code_for(HomeBusy("another run holds this home"))
<ExitCode.BUSY: 5>
"""
