"""Money: decimal strings outside, whole hundredths inside. No float ever."""

from __future__ import annotations

import re

_AMOUNT = re.compile(r"^([0-9]{1,12})(?:\.([0-9]{1,2}))?$")

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP
CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL
THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
"""ISO 4217, the money of countries."""


def to_cents(amount: str) -> int:
    """Exact. Raises ValueError where the text is no decimal of at most twelve digits and two places."""
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        raise ValueError(f"{amount[:40]!r} is no amount: write it as 1000.00")
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def to_amount(cents: int) -> str:
    """With two places."""
    return f"{cents // 100}.{cents % 100:02d}"
