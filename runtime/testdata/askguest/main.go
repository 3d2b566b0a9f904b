// Command askguest is a connector that asks the host for whatever its caller
// wants: ValidateConfigParameters takes an HTTPRequests message in the parameter
// ask and tells what came back.
package main

import (
	"context"
	"strconv"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest"
)

type connector struct {
	guest.NoParameters
	host abi.Host
}

func (c *connector) GetCapabilities(context.Context, abi.ConfigParameters) (abi.Capabilities, error) {
	return abi.Capabilities{}, nil
}

func (c *connector) GetSchema(context.Context, abi.ConfigParameters) (abi.Schema, error) {
	return abi.Schema{Types: []abi.SchemaType{{Name: "user", Attributes: []abi.SchemaAttribute{{Name: "id", Anchor: true}}}}}, nil
}

// ValidateConfigParameters writes a line for each answer: status, code, rule and
// limit, message, length of the body.
func (c *connector) ValidateConfigParameters(ctx context.Context, step abi.ConfigParametersRunStep) (r abi.ParameterValidationResult, err error) {
	var requests abi.HTTPRequests
	if err := abi.Decode(step.Parameters.Get("ask"), &requests, nil); err != nil {
		return r, err
	}
	answers, err := c.host.HTTP(ctx, requests)
	if err != nil {
		return r, err
	}
	for _, a := range answers.Answers {
		e := a.Error
		if e == nil {
			e = &abi.Error{}
		}
		r.ErrorMessage += strconv.Itoa(a.Status) + "|" + e.Code.String() + "|" + e.Rule + e.Limit + "|" + e.Message + "|" + strconv.Itoa(len(a.Body)) + "\n"
	}
	return r, nil
}

var served = &connector{host: guest.Host()}

func init() { guest.Serve(served) }

func main() {}
