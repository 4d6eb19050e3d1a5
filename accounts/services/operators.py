"""Who runs the installation: they may change what holds for every workspace, and see no workspace by it."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.errors import AccountsError
from accounts.models import User


@transaction.atomic
def set_operator(*, email: str, is_operator: bool) -> User:
    """Let the account with this address run the installation, or no longer. Raises AccountsError when there is none.

    Only somebody at the command line of the server does this: no page and no key can make an operator.
    """
    user = User.objects.select_for_update().filter(email__iexact=email.strip()).first()
    # Sentences for the server's own command line, which speaks English.
    if user is None:
        raise AccountsError(f"Nobody has an account with the address {email.strip()}.")
    if is_operator and not EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists():
        # Anybody can sign up with anybody's address; only its owner can confirm it.
        raise AccountsError(f"The address of {user.email} was never confirmed.")
    user.is_operator = is_operator
    user.save(update_fields=["is_operator"])
    return user
