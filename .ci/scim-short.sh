#!/usr/bin/env bash
# What the short tier of CI runs for scim beside `go test`: Microsoft's
# collection against the reference backend, and the comparison of filters and
# PATCH with other implementations. Needs node and npm; about a minute.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/scim-peers.sh

server=$PWD/.cache/scim-peers/scimserve
go build -o "$server" ./scim/internal/scimserve
token=collection-token
coproc SERVER { exec "$server" -token "$token"; }
read -r base <&"${SERVER[0]}"
node "$SCIM_PEERS/collection.mjs" scim/testdata/microsoft/microsoft-scim.postman_collection.json "$base" "$token"
exec {SERVER[1]}>&- # its standard input ends, so it stops

go test -count=1 -run 'Agree|Differences' -v ./scim
