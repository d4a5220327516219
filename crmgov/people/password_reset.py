"""Who gets the mail to set a password: people who may log in, not everybody an import named."""

from __future__ import annotations

from allauth.account.forms import ResetPasswordForm

from crmgov.people.models import User


class InvitedOnly(ResetPasswordForm):  # type: ignore[misc]  # allauth ships no types
    """The form of allauth; whoever has no usable password is a name on records until an admin invites them."""

    users: list[User]

    def clean_email(self) -> str:
        email: str = super().clean_email()
        self.users = [user for user in self.users if user.has_usable_password()]
        return email
