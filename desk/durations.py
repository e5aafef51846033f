"""How long something took, as pages print it. Pure."""

from __future__ import annotations


def said_ja(seconds: float | None) -> str:
    """A duration in seconds in words, to a second; blank where it is not known.

    >>> said_ja(None), said_ja(0.4), said_ja(59.6), said_ja(687), said_ja(3725)
    ('', '1秒未満', '1分0秒', '11分27秒', '1時間2分5秒')
    """
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole == 0:
        return "1秒未満" if seconds > 0 else "0秒"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}時間{minutes}分{rest}秒" if hours else f"{minutes}分{rest}秒" if minutes else f"{rest}秒"  # fmt: skip
