#!/bin/sh
# Runs the operator's tool in a job of the composed fleet. The tool refuses a password file that other users can read, and a
# mounted secret is readable by all. So the tool gets a private copy in memory.
set -eu
install -m 0600 -t "$CREDENTIALS_DIR" /run/secrets/*
exec bulkhead "$@"
