"""What people's own files call things, beside our names: a start for a mapping that a person confirms."""

from __future__ import annotations

from collections.abc import Mapping

# Object -> heading as `plain_heading` writes it -> field. A field's own name is preferred where both are there.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "accounts": {
        "company": "name",
        "companyname": "name",
        "accountname": "name",
        "website": "domain",
        "websiteurl": "domain",
        "companydomainname": "domain",
        "numberofemployees": "employees",
        "headcount": "employees",
        "renewal": "renewal_date",
    },
    "contacts": {
        "firstname": "first_name",
        "surname": "last_name",
        "emailaddress": "email",
        "mail": "email",
        "jobtitle": "title",
        "phonenumber": "phone",
        "company": "account",
        "companyname": "account",
    },
    "opportunities": {
        "deal": "name",
        "dealname": "name",
        "opportunityname": "name",
        "dealstage": "stage",
        "company": "account",
        "companyname": "account",
    },
    "tickets": {"ticketname": "subject", "company": "account", "companyname": "account"},
}
