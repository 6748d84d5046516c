"""Prints the migration's documents of rendered manifests (standard input) with a Job that takes the schema back instead.

`step_down.py JOB ARGUMENT ...`: the name of that Job, and the arguments of the tool. The Job has the settings, accounts and
network edges of the migration, and one container."""

import sys

import yaml

from operations.fleet import at, read


def step_down(fleet, name, arguments):
    documents = [d for d in fleet.documents if at(d, "metadata labels", {}).get("bulkhead/phase") == "migration"]
    for job in (d for d in documents if d["kind"] == "Job"):
        pod, job["metadata"]["name"] = job["spec"]["template"]["spec"], name
        schema = next(c for c in pod.pop("initContainers") if c["name"] == "schema")
        # A retry does not change what a person must decide.
        job["spec"]["backoffLimit"], pod["containers"] = 0, [{**schema, "args": arguments}]
    return documents


if __name__ == "__main__":
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    print(yaml.dump_all(step_down(read(sys.stdin), sys.argv[1], sys.argv[2:]), Dumper=dumper, sort_keys=False))
