"""A rule: its name in other tools, its check of the manifests, and broken manifests that it must reject."""

import dataclasses
import typing

# The overlay for a change that names none.
USUAL = "staging"


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    check: typing.Callable  # (subject) -> complaints
    breaks: tuple  # each (subject) -> None: changes the subject so that the rule must reject it

    def breaks_of(self, overlay):
        return [b for b in self.breaks if getattr(b, "overlay", USUAL) == overlay]


def on(overlay, *changes):
    """Marks changes that break the manifests of this overlay."""
    for change in changes:
        change.overlay = overlay
    return changes


class Rules(list):
    """The rules of one subject, in the order of their file."""

    def rule(self, name, *breaks):
        """Registers a generator of complaints as a rule; each of `breaks` creates a manifest that the rule must reject."""
        assert breaks, f"{name}: a rule without a broken manifest proves nothing"

        def add(check):
            self.append(Rule(name, check, breaks))
            return check

        return add
