package abi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
)

// TestNumbers pins every number that others store or that travels: ECMA's are
// those of Microsoft.MetadirectoryServicesEx 4.1.4.0, our codes are append-only.
// A line that has to change here breaks connectors that are out there.
func TestNumbers(t *testing.T) {
	t.Parallel()
	pins := []struct {
		what string
		have []string
		want string
	}{
		{"AttributeType", names(5, func(n uint8) fmt.Stringer { return abi.AttributeType(n) }), "0 String 1 Integer 2 Reference 3 Binary 4 Boolean 5 Undefined"},
		{"AttributeOperation", names(2, func(n uint8) fmt.Stringer { return abi.AttributeOperation(n) }), "0 ImportExport 1 ExportOnly 2 ImportOnly"},
		{"ObjectModificationType", names(5, func(n uint8) fmt.Stringer { return abi.ObjectModificationType(n) }), "0 Unconfigured 1 None 2 Add 3 Replace 4 Update 5 Delete"},
		{"AttributeModificationType", names(4, func(n uint8) fmt.Stringer { return abi.AttributeModificationType(n) }), "0 Unconfigured 1 Add 2 Replace 3 Update 4 Delete"},
		{"ValueModificationType", names(2, func(n uint8) fmt.Stringer { return abi.ValueModificationType(n) }), "0 Unconfigured 1 Add 2 Delete"},
		{"OperationType", names(2, func(n uint8) fmt.Stringer { return abi.OperationType(n) }), "0 Full 1 FullObject 2 Delta"},
		{"CloseReason", names(4, func(n uint8) fmt.Stringer { return abi.CloseReason(n) }), "0 Normal 1 TerminatedByUser 2 TerminatedShuttingDown 3 OpenConnectionFailure 4 Unknown"},
		{"ConfigParameterPage", names(5, func(n uint8) fmt.Stringer { return abi.ConfigParameterPage(n) }), "0 Connectivity 1 Global 2 RunStep 3 Partition 4 Capabilities 5 Schema"},
		{"ConfigParameterType", names(7, func(n uint8) fmt.Stringer { return abi.ConfigParameterType(n) }), "0 String 1 EncryptedString 2 Label 3 Text 4 DropDown 5 CheckBox 6 Divider 7 File"},
		{"ParameterValidationCode", names(1, func(n uint8) fmt.Stringer { return abi.ParameterValidationCode(n) }), "0 Success 1 Failure"},
		{"PasswordOptions", names(4, func(n uint8) fmt.Stringer { return abi.PasswordOptions(n) }), "0 None 1 ForceChangeAtLogOn 2 UnlockAccount 3 ForceChangeAtLogOn|UnlockAccount 4 ValidatePassword"},
		{"ConnectionSecurityLevel", names(1, func(n uint8) fmt.Stringer { return abi.ConnectionSecurityLevel(n) }), "0 NotSecure 1 Secure"},
		{"DistinguishedNameStyle", names(2, func(n uint8) fmt.Stringer { return abi.DistinguishedNameStyle(n) }), "0 None 1 Generic 2 Ldap"},
		{"Normalizations", names(3, func(n uint8) fmt.Stringer { return abi.Normalizations(n) }), "0 None 1 Uppercase 2 RemoveAccents 3 Uppercase|RemoveAccents"},
		{"ExportType", names(5, func(n uint8) fmt.Stringer { return abi.ExportType(n) }), "0 MAExportType(0) 1 AttributeUpdate 2 AttributeReplace 3 ObjectReplace 4 MAExportType(4) 5 MultivaluedReferenceAttributeUpdate"},
		{"ObjectConfirmation", names(3, func(n uint8) fmt.Stringer { return abi.ObjectConfirmation(n) }), "0 Normal 1 NoDeleteConfirmation 2 MAObjectConfirmation(2) 3 NoAddAndDeleteConfirmation"},
		{"Lane", names(3, func(n uint8) fmt.Stringer { return abi.Lane(n) }), "0 configuration 1 import 2 export 3 password"},
		{"Role", names(4, func(n uint8) fmt.Stringer { return abi.Role(n) }), "0 base 1 partitions 2 import 3 export 4 password"},
		{"Safety", names(2, func(n uint8) fmt.Stringer { return abi.Safety(n) }), "0 neither 1 idempotent 2 safe"},
		{"LogLevel", names(3, func(n uint8) fmt.Stringer { return abi.LogLevel(n) }), "0 debug 1 info 2 warn 3 error"},
		{"ExportError", names(26, func(n uint8) fmt.Stringer { return abi.ExportError(n) }), "0 Success 1 ExportActionConvertUpdateToAdd 2 ExportActionRetryReferenceAttribute 3 ExportActionProvisioningParent 4 ExportErrorConnectedDirectoryError 5 ExportErrorConnectedDirectoryMissingObject 6 ExportErrorConnectedDirectoryExistingObject 7 ExportErrorReferenceAttributeFailure 8 ExportErrorNonExistingParent 9 ExportErrorDuplicateAnchor 10 ExportErrorAmbiguousUpdate 11 ExportErrorPasswordPolicyViolation 12 ExportErrorKerberosTimeSkew 13 ExportErrorKerberosNoLogOnServer 14 ExportErrorInvalidDN 15 ExportErrorConstraintViolation 16 ExportErrorSyntaxViolation 17 ExportErrorChangeNamingAttribute 18 ExportErrorPermissionIssue 19 ExportErrorMissingProvisioningAttribute 20 ExportErrorInvalidProvisioningAttributeValue 21 ExportErrorMissingAnchorComponent 22 ExportErrorMultiValuedAnchorComponent 23 ExportErrorAnchorTooLong 24 ExportErrorInvalidAttributeValue 25 ExportErrorCustomStopRun 26 ExportErrorCustomContinueRun"},
		{"ImportError", names(16, func(n uint8) fmt.Stringer { return abi.ImportError(n) }), "0 Success 1 ImportErrorMissingDomainName 2 ImportErrorDomainNameNotLdapConformant 3 ImportErrorInvalidDomainName 4 ImportErrorMissingChangeType 5 ImportErrorInvalidChangeType 6 ImportErrorMultiValuedChangeType 7 ImportErrorMissingObjectClass 8 ImportErrorMissingObjectType 9 ImportErrorParseError 10 ImportErrorReadError 11 ImportErrorInvalidAttributeValue 12 ImportErrorInvalidBase64Value 13 ImportErrorInvalidNumericValue 14 ImportErrorInvalidBooleanValue 15 ImportErrorCustomStopRun 16 ImportErrorCustomContinueRun"},
	}
	for _, p := range pins {
		if have := strings.Join(p.have, " "); have != p.want {
			t.Errorf("%s:\nhave %s\nwant %s", p.what, have, p.want)
		}
	}
}

func names(last uint8, of func(uint8) fmt.Stringer) []string {
	var all []string
	for n := uint8(0); n <= last; n++ {
		all = append(all, fmt.Sprint(n), of(n).String())
	}
	return all
}

// TestCodes pins the codes.
func TestCodes(t *testing.T) {
	t.Parallel()
	const want = "1 TerminateRun 2 DeclineMapping 3 UnexpectedData 4 EntryPointNotImplemented 5 OldPasswordIncorrect 6 ObjectNotFound 7 ObjectTypeNotSupported 8 AccessDenied 9 PasswordIllFormed 10 PasswordPolicyViolation 11 BadServerCredentials 12 ServerDown 13 FailedConnection 14 DroppedConnection 15 WarningNoWatermark 16 FailedSearch 17 PasswordExtension 18 EndConnection 19 ClosePasswordConnection 20 EntryExport 21 FatalEntryExport 22 ExtensibleExtension 23 FunctionEvaluation 24 ProvisioningBySyncRule 33 NoSuchAttribute 34 NoSuchParameter 35 NoSuchAttributeInObjectType 36 AttributeDoesNotExistOnObject 37 AttributeNotInInclusionList 38 AttributeNotPresent 39 AttributeNotDefinedAsSource 40 TooManyValues 41 NoSuchClass 42 NoSuchObjectType 43 NoSuchManagementAgent 44 NoSuchObject 45 InvalidDN 46 ObjectAlreadyExists 47 MissingParentObject 48 NoCompatiblePartitionFound 65 NotOffered 66 Denied 67 LimitExceeded 68 Cancelled 69 DeadlineExceeded 70 Trap 71 InvalidMessage 72 ContractViolation 73 NotSent 74 OutcomeUnknown 75 HostFailure 76 Closed 77 BadPointer 78 InvalidModule 79 NotFound"
	var have []string
	for _, c := range abi.Codes() {
		have = append(have, fmt.Sprintf("%d %s", c, c))
		if c.FromGuest() != (c < 65) {
			t.Errorf("%s: FromGuest is %t", c, c.FromGuest())
		}
		err := fmt.Errorf("import: %w", &abi.Error{Code: c, Op: "GetSchema", Err: errors.New("cause")})
		if !errors.Is(err, c) || abi.CodeOf(err) != c || abi.CodeOf(c) != c {
			t.Errorf("%s is not found in its own error", c)
		}
	}
	if s := strings.Join(have, " "); s != want {
		t.Errorf("codes:\nhave %s\nwant %s", s, want)
	}
	if abi.CodeOf(errors.New("plain")) != 0 || errors.Is(abi.NewError(abi.Denied, ""), abi.Trap) {
		t.Error("a code was found where there is none")
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  abi.Error
		want string
	}{
		{"plain", abi.Error{Code: abi.ServerDown}, "ServerDown"},
		{"all", abi.Error{Op: "PutExportEntries", Code: abi.AccessDenied, Name: "no-right", Attribute: "mail", DN: "CN=a\n", Message: "may not", Detail: "403"},
			`PutExportEntries: AccessDenied: no-right: attribute "mail", DN "CN=a\n": may not: 403`},
		{"signs", abi.Error{Code: abi.ServerDown, Rule: "a\rb", Name: "a\x1b[2Jb", Message: "a\r\nb\u0085c\u200e", Detail: "\u202etxt.exe\u2066\u2028 \u00e4\u00a0\\ \xff"},
			`ServerDown: a\rb: a\x1b[2Jb: a\r\nb\u0085c\u200e: \u202etxt.exe\u2066\u2028 ` + "\u00e4\u00a0\\ \ufffd"},
		{"limit", abi.Error{Code: abi.LimitExceeded, Limit: "MaxPageBytes", Used: 9, Allowed: 8}, "LimitExceeded: MaxPageBytes is 8, this is 9"},
		{"limit of time", abi.Error{Code: abi.DeadlineExceeded, Limit: "CallTimeout", Used: 9, Allowed: 8, Message: "longer than 8ns"}, "DeadlineExceeded: longer than 8ns"},
		{"limit of grace", abi.Error{Code: abi.Cancelled, Limit: "StopGrace", Used: 9, Allowed: 8, Message: "longer than 8ns"}, "Cancelled: longer than 8ns"},
		{"rule and cause", abi.Error{Code: abi.Denied, Rule: "HTTP-PATH", Err: errors.New("why")}, "Denied: HTTP-PATH: why"},
	}
	for _, tt := range tests {
		if have := tt.err.Error(); have != tt.want {
			t.Errorf("%s:\nhave %s\nwant %s", tt.name, have, tt.want)
		}
	}
}

func TestPointers(t *testing.T) {
	t.Parallel()
	if packed := abi.PackPointer(0x12340, 17); packed != 0x0001234000000011 {
		t.Errorf("packed as %#x", packed)
	}
	pointer, length := abi.UnpackPointer(0xffffffff_fffffffe)
	if pointer != 0xffffffff || length != 0xfffffffe {
		t.Errorf("unpacked as %#x, %#x", pointer, length)
	}
	if r := abi.HostCallAnswer(1<<31-1, 5); r < 0 || r>>32 != 1<<31-1 {
		t.Errorf("the greatest id gives %#x", r)
	}
	if r := abi.HostCallFailure(abi.BadPointer); r != -77 {
		t.Errorf("a failure is %d", r)
	}
	if s := abi.Imports()[0].Signature.String(); s != "(i32, i32, i32, i32) → i64" {
		t.Errorf("signature reads %s", s)
	}
}
