# Sourced by the scripts beside it, in the root of the repository: installs the
# npm packages that scim is compared with and sets SCIM_PEERS to where they are.
SCIM_PEERS=$PWD/.cache/scim-peers
export SCIM_PEERS
mkdir -p "$SCIM_PEERS"
if ! cmp -s scim/testdata/peers/package.json "$SCIM_PEERS/package.json"; then
	cp scim/testdata/peers/package.json "$SCIM_PEERS/package.json"
	(cd "$SCIM_PEERS" && npm install --no-audit --no-fund --loglevel=error) || {
		rm "$SCIM_PEERS/package.json"
		echo "scim-peers: npm install failed" >&2
		exit 1
	}
fi
cp scim/testdata/peers/*.mjs "$SCIM_PEERS/"
