package ctest_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// members lists an enumeration as the header should: number and name. Names in
// parentheses are numbers without a member.
func members[T ~uint8 | ~uint16](last T, name func(T) string) map[int]string {
	all := map[int]string{}
	for n := T(0); n <= last; n++ {
		if text := name(n); !strings.Contains(text, "(") {
			all[int(n)] = text
		}
	}
	return all
}

// enumerations are package abi's, under ECMA's names.
var enumerations = map[string]map[int]string{
	"Code":                          members(abi.NotFound, abi.Code.String),
	"MAExportError":                 members(abi.ExportErrorCustomContinueRun+1, abi.ExportError.String),
	"MAImportError":                 members(abi.ImportErrorCustomContinueRun+1, abi.ImportError.String),
	"AttributeType":                 members(abi.Undefined+1, abi.AttributeType.String),
	"AttributeOperation":            members(abi.ImportOnly+1, abi.AttributeOperation.String),
	"ObjectModificationType":        members(abi.ObjectDelete+1, abi.ObjectModificationType.String),
	"AttributeModificationType":     members(abi.AttributeDelete+1, abi.AttributeModificationType.String),
	"ValueModificationType":         members(abi.ValueDelete+1, abi.ValueModificationType.String),
	"OperationType":                 members(abi.Delta+1, abi.OperationType.String),
	"CloseReason":                   members(abi.CloseUnknown+1, abi.CloseReason.String),
	"ConfigParameterPage":           members(abi.PageSchema+1, abi.ConfigParameterPage.String),
	"ConfigParameterType":           members(abi.ParameterFile+1, abi.ConfigParameterType.String),
	"ParameterValidationResultCode": members(abi.ValidationFailure+1, abi.ParameterValidationCode.String),
	"PasswordOptions":               flags(abi.PasswordValidate, abi.PasswordOptions.String),
	"ConnectionSecurityLevel":       members(abi.Secure+1, abi.ConnectionSecurityLevel.String),
	"MADistinguishedNameStyle":      members(abi.DNLdap+1, abi.DistinguishedNameStyle.String),
	"MANormalizations":              flags(abi.NormalizeRemoveAccents, abi.Normalizations.String),
	"MAExportType":                  members(abi.ExportMultivaluedReferenceAttributeUpdate+1, abi.ExportType.String),
	"MAObjectConfirmation":          members(abi.ConfirmNoAddAndDelete+1, abi.ObjectConfirmation.String),
}

// flags lists the single flags, and none.
func flags[T ~uint8](last T, name func(T) string) map[int]string {
	all := map[int]string{0: "None"}
	for n := T(1); n <= last; n <<= 1 {
		all[int(n)] = name(n)
	}
	return all
}

func header(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../ecma.h")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\\\n", " ")
}

func TestHeaderHasTheEnumerations(t *testing.T) {
	t.Parallel()
	text := header(t)
	lists := regexp.MustCompile(`(?m)^#define ECMA_EACH_(\w+)\(X, E\)(.*)$`).FindAllStringSubmatch(text, -1)
	member := regexp.MustCompile(`X\(E, (\d+), (\w+)\)`)
	seen := map[string]bool{}
	for _, list := range lists {
		have := map[int]string{}
		for _, m := range member.FindAllStringSubmatch(list[2], -1) {
			n, _ := strconv.Atoi(m[1])
			have[n] = m[2]
		}
		want, known := enumerations[list[1]]
		if !known {
			t.Errorf("ecma.h has an enumeration %s that is none of the ABI's", list[1])
		}
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("%s:\nhave %v\nwant %v", list[1], have, want)
		}
		if !strings.Contains(text, "ECMA_ENUMERATION("+list[1]+")") {
			t.Errorf("%s has a list and no constants: ECMA_ENUMERATION(%[1]s) is missing", list[1])
		}
		seen[list[1]] = true
	}
	for name := range enumerations {
		if !seen[name] {
			t.Errorf("ecma.h has no enumeration %s", name)
		}
	}
}

func TestHeaderHasTheLimits(t *testing.T) {
	t.Parallel()
	text := header(t)
	for name, want := range map[string]int{
		"ECMA_MAX_MESSAGE": abi.MaxMessageBytes, "ECMA_MAX_PAGE": abi.MaxPageBytes,
		"ECMA_MAX_ERROR_TEXT": abi.MaxErrorText, "ECMA_MAX_LOG_MESSAGE": abi.MaxLogMessage, "ECMA_MAX_DEPTH": 64,
	} {
		m := regexp.MustCompile(`(?m)^#define ` + name + ` \(?(\d+)u(?: << (\d+)\))?`).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("ecma.h does not define %s as a number", name)
			continue
		}
		have, _ := strconv.Atoi(m[1])
		shift, _ := strconv.Atoi(m[2])
		if have<<shift != want {
			t.Errorf("%s: have %d, want %d", name, have<<shift, want)
		}
	}
}

func TestHeaderHasTheHostFunctions(t *testing.T) {
	t.Parallel()
	text := header(t)
	if !strings.Contains(text, `import_module("`+abi.HostModule+`")`) {
		t.Errorf("ecma.h does not import from %s", abi.HostModule)
	}
	if !strings.Contains(text, ".custom_section."+abi.ManifestSection) {
		t.Errorf("ecma.h does not know the section %s", abi.ManifestSection)
	}
	have := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:ECMA_HOST_FUNCTION\((\w+)\)|ECMA_IMPORT\("(\w+)"\))`).FindAllStringSubmatch(text, -1) {
		have[m[1]+m[2]] = true
	}
	for _, f := range abi.Imports() {
		if !have[f.Name] {
			t.Errorf("ecma.h does not declare %s", f.Name)
		}
		delete(have, f.Name)
	}
	for name := range have {
		t.Errorf("ecma.h declares %s, which is no function of the host", name)
	}
}
