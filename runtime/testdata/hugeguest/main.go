// Command hugeguest is the connector for REST with enough of Go's library in it to
// come close to what a module may have by default, 16 MiB. Its first answer goes
// through all of it.
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/gob"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"html/template"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

type connector struct{ *rest.Connector }

func (c connector) GetConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	text, err := everything()
	return []abi.ConfigParameterDefinition{{Name: "everything", Type: abi.ParameterString, DefaultValue: text}}, err
}

// everything type-checks a program, and sends what it declares through the rest.
func everything() (string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "a.go", "package a; func  Double(x int) int { return 2*x }", 0)
	if err != nil {
		return "", err
	}
	checked, err := new(types.Config).Check("a", files, []*ast.File{file}, nil)
	if err != nil {
		return "", err
	}
	var source, text, sent, archive bytes.Buffer
	if err := format.Node(&source, files, file); err != nil {
		return "", err
	}
	if err := template.Must(template.New("").Parse("{{range .Names}}{{.}}{{end}}")).Execute(&text, checked.Scope()); err != nil {
		return "", err
	}
	if err := gob.NewEncoder(&sent).Encode(checked.Scope().Names()); err != nil {
		return "", err
	}
	var names []string
	if err := gob.NewDecoder(&sent).Decode(&names); err != nil {
		return "", err
	}
	entry, err := zip.NewWriter(&archive).Create("names.xml")
	if err != nil {
		return "", err
	}
	if err := xml.NewEncoder(entry).Encode(names); err != nil {
		return "", err
	}
	if _, err := x509.ParseCertificate(source.Bytes()); err == nil {
		return "", fmt.Errorf("%s is a certificate", source.Bytes())
	}
	return fmt.Sprint(names, text.String()), nil
}

var served = connector{rest.New(guest.Host())}

func init() {
	guest.Serve(served)
	importer.Serve(served)
	exporter.Serve(served)
}

func main() {}
