#!/usr/bin/env bash
# What the long tier of CI runs for scim: each fuzz target for 10 CPU minutes,
# a long run of hostile requests, and the benchmark beside scimmy. Needs node
# and npm; about an hour on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

.ci/scim-fuzz.sh "${SCIM_FUZZ_SECONDS:-600}"
SCIM_HOSTILE=${SCIM_HOSTILE:-100000} go test -count=1 -timeout 60m -run 'TestHostileRequests|TestLargestBody' -v ./scim
.ci/scim-bench.sh
