"""The words of the people who keep the guide: roles, persons, ways to sign in, and what is refused."""

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["author", "reviewer", "publisher", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)


class StaffRefused(Exception):
    """What was asked is against the rules; nothing was changed, and the message says what to do."""


@dataclass(frozen=True)
class Staff:
    """A person of the clinic. The name signs everything they do: unlike any other ever given, and never changed."""

    id: int
    name: str
    email: str
    roles: frozenset[Role]
    registration: str = ""
    """A clinician's professional registration number, as an administrator wrote it; "" for everyone else."""
    disabled: bool = False

    def has(self, *roles: Role) -> bool:
        """Whether they hold at least one of these roles."""
        return not self.roles.isdisjoint(roles)
