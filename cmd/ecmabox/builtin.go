package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"

	"github.com/ecmabox/ecmabox/internal/wasmbuild"
)

// builtin holds what was in the folder when this binary was built; its README says
// what that may be.
//
//go:embed builtin
var builtin embed.FS

// restConnector is the package of the connector that follows recipes.
const restConnector = "github.com/ecmabox/ecmabox/connectors-wasm/rest/module"

// withoutREST says what is missing, and the cure.
const withoutREST = "this ecmabox was built without the connector for REST: build it anew with that inside, as docs/recipes.md says, name the module with module: PATH, or run in a checkout of ecmabox"

// restModule returns the connector that follows recipes: the one in this binary, or
// one that is built from the checkout.
func restModule(ctx context.Context) ([]byte, error) {
	module, err := builtin.ReadFile("builtin/rest.wasm")
	if !errors.Is(err, fs.ErrNotExist) {
		return module, err
	}
	if _, err := exec.LookPath("go"); err != nil {
		return nil, usageError{errors.New(withoutREST + ", with Go installed")}
	}
	module, err = wasmbuild.Build(ctx, restConnector)
	if err != nil {
		return nil, fmt.Errorf(withoutREST+"; building it here failed: %w", err)
	}
	return module, nil
}
