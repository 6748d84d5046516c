"""A rule: what it is called elsewhere, how it looks at the manifests, and a manifest that it must catch."""

import dataclasses
import typing

# Where a change is tried that does not say which overlay it is for.
USUAL = "staging"


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    check: typing.Callable  # (subject) -> complaints
    breaks: tuple  # each (subject) -> None: changes the subject so that the rule must complain

    def breaks_of(self, overlay):
        return [b for b in self.breaks if getattr(b, "overlay", USUAL) == overlay]


def on(overlay, *changes):
    """Changes that break the manifests of this overlay."""
    for change in changes:
        change.overlay = overlay
    return changes


class Rules(list):
    """The rules of one subject, in the order in which they stand in their file."""

    def rule(self, name, *breaks):
        """Takes a generator of complaints as the rule of that name; each of `breaks` makes a manifest it must catch."""
        assert breaks, f"{name}: a rule without a manifest that it catches proves nothing"

        def add(check):
            self.append(Rule(name, check, breaks))
            return check

        return add
