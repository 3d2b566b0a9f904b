module github.com/ecmabox/ecmabox

go 1.26

// scim, tests only: generated cases.
require pgregory.net/rapid v1.3.0
