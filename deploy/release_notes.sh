#!/bin/sh
# What CHANGELOG.md says of one version: deploy/release_notes.sh 0.2.0
set -eu
notes=$(awk -v version="$1" '/^## / { on = index($0, "[" version "]") || $2 == version; next } on' "$(dirname "$0")/../CHANGELOG.md")
if [ -z "$notes" ]; then echo "CHANGELOG.md says nothing of $1." >&2 && exit 1; fi
echo "$notes"
