// Command largeguest is a connector of some 7 MB that links in what connectors in Go
// like to use, for the benchmarks of instances. Its first answer goes through all of
// it.
package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
	"github.com/ecmabox/ecmabox/abi/guest/exporter"
	"github.com/ecmabox/ecmabox/abi/guest/importer"
	"github.com/ecmabox/ecmabox/connectors-wasm/rest"
)

// connector is the one for REST, whose parameters are described by way of the rest.
type connector struct{ *rest.Connector }

type parameter struct {
	XMLName xml.Name `xml:"parameter" json:"-"`
	Name    string   `xml:"name,attr" json:"name"`
	Since   string   `xml:"since" json:"since"`
}

var name = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

func (c connector) GetConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) ([]abi.ConfigParameterDefinition, error) {
	all, err := c.Connector.GetConfigParameters(ctx, step)
	if err != nil {
		return nil, err
	}
	described, err := describe("page-size")
	return append(all, abi.ConfigParameterDefinition{Name: "pageSize", Type: abi.ParameterString, DefaultValue: described}), err
}

// describe sends a parameter through JSON, XML, CSV and a URL.
func describe(parameterName string) (string, error) {
	if !name.MatchString(parameterName) {
		return "", fmt.Errorf("%q is no name", parameterName)
	}
	made := parameter{Name: parameterName, Since: time.Unix(0, 0).UTC().Format(time.RFC3339)}
	inJSON, err := json.Marshal(made)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(inJSON, &made); err != nil {
		return "", err
	}
	inXML, err := xml.Marshal(made)
	if err != nil {
		return "", err
	}
	if err := xml.Unmarshal(inXML, &made); err != nil {
		return "", err
	}
	rows, err := csv.NewReader(strings.NewReader(made.Name + "," + made.Since)).ReadAll()
	if err != nil {
		return "", err
	}
	u, err := url.Parse("https://example.com/?name=" + url.QueryEscape(rows[0][0]))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q, since %v", u.Query().Get("name"), made.Since), nil
}

var served = connector{rest.New(guest.Host())}

func init() {
	guest.Serve(served)
	importer.Serve(served)
	exporter.Serve(served)
}

func main() {}
