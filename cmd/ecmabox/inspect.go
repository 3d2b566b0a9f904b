package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/host"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/admission"
)

func inspectCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "inspect MODULE",
		Short: "Tell what a module is, in ECMA's terms, without running it",
		Long:  "Tell what a module exports, imports and can do, and everything that is wrong or odd\nabout it, each with its code. All of its code is read and none\nis run; whether it starts is seen when it is loaded: by connector upload and every run.",
		Args:  cobra.ExactArgs(1),
	}
	f := formatFlags(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		module, err := host.ReadModuleFile(args[0])
		if err != nil {
			return usageError{err}
		}
		report, refusal := runtime.Inspect(module)
		if err := printReport(e, f, &report); err != nil {
			return err
		}
		if refusal == nil && !f.json(e.stdout) {
			_, err := fmt.Fprintln(e.stdout, "\nthe types of its operands, and whether it starts, are judged when it is loaded: by connector upload and every run")
			return err
		}
		if refusal != nil {
			return &abi.Error{Code: abi.InvalidModule, Side: abi.SideGuest, Message: args[0] + " is not a connector that can be loaded; the findings say why"}
		}
		return nil
	}
	return cmd
}

// The report in JSON.
type (
	reportJSON struct {
		Size     int             `json:"size"`
		SHA256   string          `json:"sha256"`
		ABI      string          `json:"abi,omitempty"`
		Roles    []string        `json:"roles"`
		Manifest json.RawMessage `json:"manifest,omitempty"`
		Memory   memoryJSON      `json:"memory"`
		Exports  []exportJSON    `json:"exports"`
		// MoreExports and MoreImports are how many are left out behind listed ones.
		MoreExports int          `json:"moreExports,omitempty"`
		Imports     []importJSON `json:"imports"`
		MoreImports int          `json:"moreImports,omitempty"`
		Code        []useJSON    `json:"code"`
		// NoSnapshot is why each session starts the module anew.
		NoSnapshot string        `json:"noSnapshot,omitempty"`
		OnlyApart  string        `json:"onlyApart,omitempty"`
		Findings   []findingJSON `json:"findings"`
	}
	memoryJSON struct {
		MinBytes int64 `json:"minBytes"`
		MaxBytes int64 `json:"maxBytes,omitempty"`
	}
	exportJSON struct {
		Name      string `json:"name"`
		Member    string `json:"member,omitempty"`
		Role      string `json:"role,omitempty"`
		Signature string `json:"signature"`
	}
	importJSON struct {
		Module    string `json:"module"`
		Name      string `json:"name"`
		Signature string `json:"signature"`
		Known     bool   `json:"known"`
	}
	useJSON struct {
		Limit   string `json:"limit"`
		Used    int    `json:"used"`
		Allowed int    `json:"allowed"`
		Wide    int    `json:"allowedApart"`
	}
	findingJSON struct {
		Code     string `json:"code"`
		Severity string `json:"severity"`
		Message  string `json:"message"`
	}
)

func printReport(e *environment, f *format, r *runtime.Report) error {
	if !f.json(e.stdout) {
		return printReportTable(e, r)
	}
	out := reportJSON{Size: r.Size, SHA256: r.SHA256, ABI: r.ABI, Roles: roleNames(r.Roles), Memory: memoryJSON{r.Memory.Min, r.Memory.Max},
		Exports: []exportJSON{}, Imports: []importJSON{}, Code: []useJSON{}, NoSnapshot: r.NoSnapshot, OnlyApart: r.OnlyApart, Findings: findings(r.Findings)}
	if r.Manifest != nil {
		var err error
		if out.Manifest, err = encoded(r.Manifest); err != nil {
			return err
		}
	}
	exports, moreExports := printed(r.Exports)
	for _, x := range exports {
		out.Exports = append(out.Exports, exportJSON{cutName(x.Name), x.Member, x.Role, x.Signature})
	}
	imports, moreImports := printed(r.Imports)
	for _, x := range imports {
		out.Imports = append(out.Imports, importJSON{cutName(x.Module), cutName(x.Name), x.Signature, x.Known})
	}
	out.MoreExports, out.MoreImports = moreExports, moreImports
	for _, u := range uses(r) {
		out.Code = append(out.Code, useJSON(u))
	}
	return printJSON(e.stdout, out)
}

// A module may have a million exports and imports, and names of a mebibyte: of each list
// so many are printed, and of each name so many signs.
const (
	maxListed     = 128
	maxNameListed = 100
)

// printed are those of a list that are printed, and how many more there are.
func printed[T any](all []T) (list []T, more int) {
	list = all[:min(len(all), maxListed)]
	return list, len(all) - len(list)
}

func cutName(name string) string { return cut(name, maxNameListed) }

// uses are what the code has of what is limited; nothing for a refused module.
func uses(r *runtime.Report) []admission.Use {
	if r.Code == nil {
		return nil
	}
	return r.Code.Uses()
}

func roleNames(roles []abi.Role) []string {
	names := []string{}
	for _, r := range roles {
		names = append(names, r.String())
	}
	return names
}

func findings(all []runtime.Finding) []findingJSON {
	out := []findingJSON{}
	for _, f := range all {
		out = append(out, findingJSON{f.Code, f.Severity.String(), f.Message})
	}
	return out
}

func printReportTable(e *environment, r *runtime.Report) error {
	t := newTable(e.stdout)
	t.row("digest", "sha256:"+r.SHA256)
	t.row("size", fmt.Sprintf("%d bytes", r.Size))
	t.row("abi", r.ABI)
	t.row("roles", strings.Join(roleNames(r.Roles), ", "))
	t.row("memory", fmt.Sprintf("%d bytes to begin with, at most %s", r.Memory.Min, atMost(r.Memory.Max)))
	if r.NoSnapshot != "" {
		t.row("starts", "anew in each session: "+r.NoSnapshot)
	} else if r.Code != nil {
		t.row("starts", "once")
	}
	if r.OnlyApart != "" {
		t.row("compiles", "in a process of its own alone: "+r.OnlyApart)
	}
	if m := r.Manifest; m != nil {
		t.row("manifest", cut(strings.Join([]string{m.Name, m.Version, m.Description}, " "), 200))
		for _, target := range m.Targets {
			t.row("wants target", target.Name+": "+strings.Join(target.Methods, ", ")+" "+strings.Join(target.Paths, ", "))
		}
	}
	errs := []error{t.flush()}
	t = nextTable(e.stdout, "EXPORT", "ECMA MEMBER", "ROLE", "SIGNATURE")
	exports, more := printed(r.Exports)
	for _, x := range exports {
		t.row(cutName(x.Name), x.Member, x.Role, x.Signature)
	}
	t.more(more)
	errs = append(errs, t.flush())
	t = nextTable(e.stdout, "IMPORT", "FROM", "KNOWN", "SIGNATURE")
	imports, more := printed(r.Imports)
	for _, x := range imports {
		t.row(cutName(x.Name), cutName(x.Module), yes(x.Known), x.Signature)
	}
	t.more(more)
	errs = append(errs, t.flush())
	if r.Code != nil {
		t = nextTable(e.stdout, "CODE", "HAS", "AT MOST", "COMPILED APART")
		for _, u := range uses(r) {
			t.row(u.Limit, strconv.Itoa(u.Used), strconv.Itoa(u.Allowed), strconv.Itoa(u.Wide))
		}
		errs = append(errs, t.flush())
	}
	t = nextTable(e.stdout, "FINDING", "SEVERITY", "MESSAGE")
	for _, x := range r.Findings {
		t.row(x.Code, x.Severity.String(), x.Message)
	}
	if len(r.Findings) == 0 {
		t.row("none")
	}
	return errors.Join(append(errs, t.flush())...)
}

func atMost(bytes int64) string {
	if bytes == 0 {
		return "what the runtime allows"
	}
	return fmt.Sprintf("%d bytes", bytes)
}
