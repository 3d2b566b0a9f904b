#!/usr/bin/env bash
# Measures scim beside npm scimmy: filter, create, PATCH and list over TLS. Fails
# below five times scimmy on any. Usage: .ci/scim-bench.sh [flags of scimbench]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/scim-peers.sh

go build -o "$SCIM_PEERS/scimserve" ./scim/internal/scimserve
go run ./scim/internal/scimbench "$@" "$SCIM_PEERS/scimserve" "$SCIM_PEERS/server.mjs"
