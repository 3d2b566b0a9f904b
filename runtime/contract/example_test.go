package contract_test

import (
	"context"
	"fmt"

	"github.com/ecmabox/ecmabox/abi"
	"github.com/ecmabox/ecmabox/runtime/contract"
)

// A connector under contract is opened without telling it what was chosen: schema,
// partition and page size come from the promise.
func ExampleEnforce() {
	ctx := context.Background()
	connector := newFake(quiet())
	connector.pages = []abi.GetImportEntriesResults{pageOf(person("ann", text("name", "Ann")), person("bob"), person("ann", text("name", "Ann")))}

	c, err := contract.Enforce(connector, contract.Promise{ObjectType: "user", Attributes: []string{"name"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := c.OpenImportConnection(ctx, abi.OpenImportConnectionRunStep{})
	if err != nil {
		fmt.Println(err)
		return
	}
	session := opened.(*contract.ImportSession)
	page, err := session.GetImportEntries(ctx, abi.GetImportEntriesRunStep{})
	fmt.Println(len(page.Entries), "entries,", err)
	_, err = session.CloseImportConnection(ctx, abi.CloseImportConnectionRunStep{})
	fmt.Println("closed,", err, session.Stats().Complete)
	for _, f := range session.Findings() {
		fmt.Println(f)
	}
	// Output:
	// 2 entries, <nil>
	// closed, <nil> true
	// ECMA-DUPLICATE-IDENTICAL: drop and count: entry 3 came before, unchanged
}
