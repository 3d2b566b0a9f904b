#!/usr/bin/env bash
# What the long tier of CI runs for scim besides fuzzing: a long run of hostile
# requests, and the benchmark beside scimmy. Needs node and npm.
set -euo pipefail
cd "$(dirname "$0")/.."

SCIM_HOSTILE=${SCIM_HOSTILE:-100000} go test -count=1 -timeout 60m -run 'TestHostileRequests|TestLargestBody' -v ./scim
.ci/scim-bench.sh
