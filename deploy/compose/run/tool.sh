#!/bin/sh
# Runs the operator's tool in a job of the composed fleet. The tool refuses a password file that other users can read, and a
# mounted secret is readable by all. So the tool gets a private copy in memory.
set -eu
# What the tool writes into that copy ends with the container.
if [ "${1-} ${2-}" = 'access rotate' ]; then
  echo 'tool: error: the new password would end with this container; docs/deploy.md, "Rotating a credential", has the commands' >&2
  exit 64
fi
install -m 0600 -t "$CREDENTIALS_DIR" /run/secrets/*
exec bulkhead "$@"
