#!/usr/bin/env bash
# Runs each fuzz target of scim for a number of CPU seconds (default 600), two
# targets at a time. Usage: .ci/scim-fuzz.sh [cpu-seconds [target…]]
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(FuzzFilter FuzzPath FuzzPatch FuzzBody FuzzQuery)

cache=$PWD/.cache/scim-fuzz
mkdir -p "$cache"
go test -c -fuzz=Fuzz -o "$cache/scim.test" ./scim

# fuzz runs one target in slices until it has had its CPU time.
fuzz() {
	local target=$1 used=0 slice
	while [ "$used" -lt "$seconds" ]; do
		slice=$((seconds - used < 60 ? seconds - used : 60))
		slice=$((slice < 15 ? 15 : slice)) # a shorter one may end before its corpus was read
		TIMEFORMAT='%U %S'
		{ time { (cd scim && "$cache/scim.test" -test.run='^$' -test.fuzz="^$target\$" -test.fuzztime="${slice}s" \
			-test.fuzzminimizetime=2s -test.parallel=1 -test.fuzzcachedir="$cache/corpus") \
			>"$cache/$target.log" 2>&1; }; } 2>"$cache/$target.time" || .ci/fuzz-ended "$cache/$target.log" ||
			{ cat "$cache/$target.log"; echo "scim-fuzz: $target failed after $used CPU seconds"; return 1; }
		used=$((used + $(awk '{ printf "%d", $1 + $2 }' "$cache/$target.time")))
	done
	echo "scim-fuzz: $target: $used CPU seconds, no finding"
}

export -f fuzz
export cache seconds
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c 'set -euo pipefail; fuzz {}'
