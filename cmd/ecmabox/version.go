package main

import (
	"fmt"
	goruntime "runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ecmabox/ecmabox/abi"
)

func versionCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		v := struct {
			Version string `json:"version"`
			ABI     string `json:"abi"`
			Go      string `json:"go"`
			System  string `json:"system"`
		}{"(devel)", abi.ExportMarker, goruntime.Version(), goruntime.GOOS + "/" + goruntime.GOARCH}
		if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
			v.Version = info.Main.Version
		}
		if *asJSON {
			return printJSON(e.stdout, v)
		}
		_, err := fmt.Fprintf(e.stdout, "ecmabox %s (%s, %s, %s)\n", v.Version, v.ABI, v.Go, v.System)
		return err
	}
	return cmd
}
