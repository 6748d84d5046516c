"""Every rule on every overlay, every fault that a rule must find, and the schemas of two versions of Kubernetes."""

import contextlib
import functools
import io

import pytest
import yaml
from kit import FAULTS, FOLDERS, broken, change, find, rendered

from operations import pods
from operations.check import RULES

VERSIONS = ("1.30", "1.37")  # the oldest with every field that the manifests use (sleep in preStop), and the newest
FAULTS["restricted"] += [f"connector {where} {path} = {bad}" for where, parts in (
    ("pod", pods.OF_PODS + pods.OF_BOTH), ("main", pods.OF_CONTAINERS), ("main securityContext", pods.INHERITED))
    for path, _, bad in parts]
EACH = [(rule, fault) for rule in RULES for fault in FAULTS[rule.__name__]]


@pytest.mark.parametrize("overlay", FOLDERS)
@pytest.mark.parametrize("rule", RULES)
def test_overlay_follows(overlay, rule):
    assert not sorted(set(rule(rendered(overlay))))


@pytest.mark.parametrize("rule, fault", EACH, ids=[f"{rule.__name__}: {fault}" for rule, fault in EACH])
def test_rule_finds(rule, fault):
    assert list(rule(broken(fault))), "the rule accepts it"


def refused(document, version):
    import kubernetes_validate
    with contextlib.suppress(kubernetes_validate.SchemaNotFoundError), contextlib.redirect_stderr(io.StringIO()):
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            return f"{document['kind']}/{document['metadata']['name']}: {error.message}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", FOLDERS)
def test_schema(overlay, version):
    assert not [wrong for wrong in (refused(d, version) for d in rendered(overlay).documents) if wrong]


def test_schema_refuses_an_unknown_field():
    assert refused(broken("connector spec replica = 2").workload("connector").document, VERSIONS[-1])


def test_an_overlay_adds_a_backup_a_route_and_a_secret_store_without_a_change_here():
    fleet = rendered("staging").copy()
    backup = yaml.safe_dump([d for d in fleet.documents if d["metadata"]["name"].startswith("backup")])
    backup = backup.replace("postgresql-superuser", "store").replace("backup", "copies")
    added = yaml.safe_load("\n".join((backup, *FAULTS["added"])))
    for document in added:
        document["metadata"]["namespace"] = "bulkhead-staging"
    fleet.documents += added
    assert len(added) > 7 and not [complaint for rule in RULES for complaint in rule(fleet)]


def test_an_overlay_sets_what_the_documentation_describes_and_no_mount_covers_one_of_the_fleet():
    fleet = rendered("staging").copy()
    for text in FAULTS["decided"]:
        change(functools.partial(find, fleet), text)
    assert not [complaint for rule in RULES for complaint in rule(fleet)]
    for path in ("/", "/run", "/run/authority/database.crt", "/etc"):
        change(functools.partial(find, fleet), f"connector main volumeMounts name=listener mountPath = {path}")
        assert list(pods.as_rendered(fleet)) == [
            "Deployment/connector differs from the base at spec template spec containers 0 volumeMounts"]
