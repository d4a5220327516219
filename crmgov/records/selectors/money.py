"""Amounts in the reporting currency, by the newest rate on or before a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings

from crmgov.kernel.money import Money
from crmgov.records.models import ExchangeRate


class Rates:
    """The rates of one day, each looked up once."""

    def __init__(self, day: date) -> None:
        self.day = day
        self._known: dict[str, Decimal | None] = {}

    def in_reporting(self, money: Money) -> Decimal | None:
        """Return the amount in settings.REPORTING_CURRENCY; None when no rate is known. One query per currency."""
        reporting = str(settings.REPORTING_CURRENCY)
        if money.currency == reporting:
            return money.amount
        if money.currency not in self._known:
            rows = ExchangeRate.objects.filter(currency=money.currency, day__lte=self.day).order_by("-day")
            self._known[money.currency] = rows.values_list("rate", flat=True).first()
        rate = self._known[money.currency]
        return None if rate is None else money.times(rate, reporting).amount
