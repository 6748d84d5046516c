#!/bin/sh
# Prints the inventory of an image as CycloneDX 1.5: its Debian packages, and the Swift packages that are linked into the
# programs. It runs inside the image's build, so it uses only programs of the image.
#   inventory.sh VERSION PACKAGE_RESOLVED [swift]     `swift`: without Debian's packages, for a program outside of an image
set -eu
version=$1 resolved=$2 only=${3:-}

# Prints one entry a line, with a leading comma. The last command of this script removes the first comma.
debian() {
  dpkg-query --show --showformat \
    ',{"type":"library","name":"${Package}","version":"${Version}","purl":"pkg:deb/debian/${Package}@${Version}?arch=${Architecture}"}\n'
}

swift() {
  sed -n -E -e 's/^ *"location" : "(.*)",?$/\1/p' -e 's/^ *"version" : "(.*)"$/\1/p' "$resolved" |
    awk '/^https?:/ { at = $0; sub(/\.git$/, "", at); next }
      at != "" {
        path = at; sub(/^https?:\/\//, "", path)
        name = path; sub(/^.*\//, "", name)
        printf ",{\"type\":\"library\",\"name\":\"%s\",\"version\":\"%s\",\"purl\":\"pkg:swift/%s@%s\"}\n", name, $0, path, $0
        at = ""
      }'
}

printf '{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,\n'
printf '"metadata":{"component":{"type":"application","name":"bulkhead","version":"%s"}},\n"components":[\n' "$version"
{ [ "$only" = swift ] || debian; swift; } | sed '1s/^,//'
printf ']}\n'
