"""What the scripts compute from `access.yaml` and from rendered manifests; the tests use it as well."""
