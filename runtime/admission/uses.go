package admission

// Use is what a module has of something that is limited.
type Use struct {
	// Limit is a name of Limits.
	Limit         string
	Used, Allowed int
	// Wide is what Wide allows of it.
	Wide int
}

// OnlyWide says that it is more than the defaults allow and no more than Wide does.
func (u Use) OnlyWide() bool { return u.Used > u.Allowed && u.Used <= u.Wide }

// Uses tells what a module has of what is limited, and what the default limits
// and Wide allow, in the order of Limits. Where the limit is for one function, it is the
// greatest of all functions.
func (r Report) Uses() []Use {
	used := map[string]int{
		LimitBytes: r.Bytes, LimitTypes: r.Types, LimitImports: r.Imports, LimitFunctions: r.Functions, LimitExports: r.Exports,
		LimitParameters: r.MaxParameters, LimitTypeValues: r.TypeValues, LimitNameBytes: r.MaxNameBytes,
		LimitTableElements: r.MaxTableElements, LimitElementSegments: r.ElementSegments, LimitCustomBytes: r.CustomBytes, LimitBranchTargets: r.MaxBranchTargets,
		LimitGlobals: r.Globals, LimitTables: r.Tables, LimitMemoryPages: r.MemoryPages, LimitElements: r.Elements, LimitDataSegments: r.Data,
		LimitCustomSections: r.CustomSections, LimitBodyBytes: r.MaxBodyBytes, LimitLocals: r.MaxLocals, LimitTotalLocals: r.Locals, LimitNesting: r.MaxNesting,
		LimitBranchTable: r.MaxBranchTable, LimitControl: r.MaxControl, LimitTotalControl: r.Control, LimitLoops: r.MaxLoops,
		LimitTotalLoops: r.Loops, LimitTotalBranchTargets: r.BranchTargets, LimitOperands: r.MaxOperands, LimitTotalOperands: r.Operands, LimitLiveCells: r.MaxLiveCells, LimitTotalLiveCells: r.LiveCells, LimitKeptCells: r.KeptCells, LimitMoves: r.MaxMoves,
		LimitWork: r.MaxWork, LimitTotalWork: r.Work,
	}
	var uses []Use
	for _, f := range (&Limits{}).fields() {
		uses = append(uses, Use{f.name, used[f.name], f.byDefault, f.wide()})
	}
	return uses
}
