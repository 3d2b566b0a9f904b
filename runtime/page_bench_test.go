package runtime_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/abi/guest/guesttest"
	"github.com/ecmabox/ecmabox/internal/wasmbuild"
	"github.com/ecmabox/ecmabox/runtime"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// BenchmarkImportPage is the way of a page of 1,000 entries with ten attributes:
// made and encoded in the guest, copied, decoded, held to the contract.
func BenchmarkImportPage(b *testing.B) {
	ctx := context.Background()
	module, err := wasmbuild.Build(ctx, "github.com/ecmabox/ecmabox/runtime/testdata/pageguest")
	if err != nil {
		b.Fatal(err)
	}
	rt, err := runtime.New(ctx, cachedConfig(b))
	if err != nil {
		b.Fatal(err)
	}
	defer rt.Close(ctx)
	c, err := rt.Load(ctx, module, &guesttest.Host{}, contract.Promise{})
	if err != nil {
		b.Fatal(err)
	}
	run, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{
		Parameters: abi.ConfigParameters{{Name: "total", Value: strconv.Itoa(1 << 30)}}})
	if err != nil {
		b.Fatal(err)
	}
	defer run.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	for b.Loop() {
		page, err := run.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
		if err != nil || len(page.Entries) != 1000 {
			b.Fatal(len(page.Entries), err)
		}
	}
}
