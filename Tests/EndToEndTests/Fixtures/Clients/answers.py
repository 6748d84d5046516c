"""Checks answers of the tool: `answers.py KIND FILE ...`, in pairs.

KIND is the path of a JSON Schema, `sarif` or `junit`. Exit code 0: every file is as its kind says; 1: the first fault.
"""
import json
import sys
import xml.etree.ElementTree
from pathlib import Path

from jsonschema import Draft202012Validator

LEVELS = {"none", "note", "warning", "error"}


def schema(path: str, text: str) -> None:
    definition = json.loads(Path(path).read_text())
    Draft202012Validator.check_schema(definition)
    Draft202012Validator(definition).validate(json.loads(text))


def sarif(text: str) -> None:
    """The structure that the SARIF 2.1.0 schema demands, and that GitHub's code scanning needs beyond it."""
    log = json.loads(text)
    assert set(log) == {"$schema", "version", "runs"} and log["version"] == "2.1.0", set(log)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "bulkhead" and driver["version"]
    rules = driver["rules"]
    names = [rule["id"] for rule in rules]
    assert len(set(names)) == len(names), names
    for rule in rules:
        assert rule["shortDescription"]["text"] and rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in LEVELS
    (invocation,) = run["invocations"]
    notices = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is (not notices)
    assert all(notice["message"]["text"] and notice["level"] in LEVELS for notice in notices)
    assert run["automationDetails"]["id"].endswith("/")
    fingerprints = set()
    for result in run["results"]:
        assert result["level"] in LEVELS and result["message"]["text"]
        assert names[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"] and " " not in place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert all(isinstance(value, str) for value in result["partialFingerprints"].values())
        fingerprints.add(tuple(result["partialFingerprints"].values()))
        for suppression in result.get("suppressions", []):
            assert suppression["kind"] == "inSource" and suppression["justification"]
    assert len(fingerprints) == len(run["results"]), "two results have one fingerprint"


def junit(text: str) -> None:
    """The elements and counts that CI servers read."""
    root = xml.etree.ElementTree.fromstring(text)
    assert root.tag == "testsuites" and list(root), root.tag
    total = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for suite in root:
        assert suite.tag == "testsuite" and suite.get("name")
        cases = [case for case in suite if case.tag == "testcase"]
        assert len(cases) == len(suite) and all(case.get("name") and case.get("classname") for case in cases)
        found = {"tests": len(cases)}
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            found[name] = sum(1 for case in cases if case.find(tag) is not None)
        for name, count in found.items():
            assert int(suite.get(name)) == count, (suite.get("name"), name)
            total[name] += count
    assert {name: int(root.get(name)) for name in total} == total, total


arguments = sys.argv[1:]
for kind, path in zip(arguments[::2], arguments[1::2], strict=True):
    content = Path(path).read_text()
    try:
        if kind == "sarif":
            sarif(content)
        elif kind == "junit":
            junit(content)
        else:
            schema(kind, content)
    except Exception as fault:
        sys.exit(f"{path} is not as {kind} says: {type(fault).__name__}: {fault}")
