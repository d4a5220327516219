"""A large CRM by SQL through the owner role: customers of three segments and a year of what happened with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connections

from crmgov.records.models import Account, Segment
from tests.world import create

SEGMENTS = ("enterprise", "mid", "small")
PATTERN = "Pattern of the ground"
# Copies of one account that went through the door; ids in the order in which records come in.
ACCOUNTS = """
INSERT INTO records_account ({columns}) SELECT {values}
FROM records_account x CROSS JOIN generate_series(1, %(count)s) n WHERE x.name = %(pattern)s"""
OF_ACCOUNT = {
    "id": "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid",
    "name": "'Customer ' || n",
    "segment": "(ARRAY['enterprise', 'mid', 'small'])[1 + n %% 3]",
    "industry": "(ARRAY['Logistics', 'Shipping', 'Retail', 'Energy', ''])[1 + n %% 5]",
    "employees": "10 + (n * 7919) %% 5000",
    "renewal_date": "%(until)s::date + (n * 31 %% 400)::int",
}
# Some are busy and some fade: how often, by the number of the account; when, by chance.
ACTIVITIES = """
INSERT INTO records_activity (id, kind, account_id, occurred_at, recorded_at, subject, body, by, currency, data)
SELECT gen_random_uuid(),
  (ARRAY['login', 'login', 'login', 'usage', 'mail_in', 'reply', 'call', 'meeting', 'chat', 'mail_open', 'page_view',
    'note', 'purchase'])[1 + floor(random() * 13)],
  account, at, at, 'Something happened', '', '', '', '{}'
FROM (SELECT x.id AS account, %(until)s::timestamptz - interval '1 second'
    - (random() ^ (0.5 + (n %% 7) / 3.0)) * interval '360 days' AS at
  FROM records_account x CROSS JOIN generate_series(1, %(each)s) n WHERE x.name LIKE 'Customer %%'
  ORDER BY random()) drawn"""
TABLES = ("records_account", "records_activity", "records_ticket", "records_contact", "scoring_score")


def build(accounts: int, activities: int, *, until: datetime) -> list[UUID]:
    """Make so many customers with so many activities before `until`, in no order; return the ids in order."""
    for name in SEGMENTS:
        Segment.objects.get_or_create(name=name)
    create("account", at=until - timedelta(days=800), name=PATTERN, lifecycle="customer")
    columns = [str(field.column) for field in Account._meta.concrete_fields]
    values = [OF_ACCOUNT.get(column, f'x."{column}"') for column in columns]
    named = ", ".join(f'"{column}"' for column in columns)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        # The ground is not what is measured: no ledger, no door.
        cursor.execute("ALTER TABLE records_account DISABLE TRIGGER USER")
        cursor.execute(
            ACCOUNTS.format(columns=named, values=", ".join(values)),
            {"count": accounts, "pattern": PATTERN, "until": until},
        )
        cursor.execute("ALTER TABLE records_account ENABLE TRIGGER USER")
        cursor.execute(ACTIVITIES, {"until": until, "each": max(1, activities // accounts)})
    vacuum()
    return list(
        Account.objects.filter(name__startswith="Customer").order_by("id").values_list("id", flat=True)
    )


def vacuum() -> None:
    """Statistics and visibility as autovacuum would leave them."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
