package abi

// The limits of the ABI. They hold for every host and every connector; what a
// host may lower is said where it is. Sizes are bytes of UTF-8 JSON as it
// travels unless said otherwise.
const (
	// MaxPageBytes is the most one GetImportEntries reply may take, and the
	// default of GetImportEntriesRunStep.MaxBytes.
	MaxPageBytes = 8 << 20
	// MaxEntryBytes is the most one entry may take in either direction. A
	// connector sends a larger one as its anchor with an import error; an export
	// entry over it fails without reaching the connector.
	MaxEntryBytes = 4 << 20
	// MaxValueBytes is the most one value may take: the bytes of its text, or of
	// the binary data before base64.
	MaxValueBytes = 2 << 20
	// MaxValues is the most attributes, and values in lists, that all entries of one
	// message may have together: in memory each takes up to forty times its text.
	MaxValues = 1_500_000
	// MaxListValues is the most values one list of an attribute may have: they lie side
	// by side in memory, which takes long to make room for at once.
	MaxListValues = 400_000
	// MaxMessageBytes is the most any message may take, either way.
	MaxMessageBytes = 16 << 20
	// MaxObjectKeys is the most members one JSON object of a message may have, known
	// or not, but for what a target answered. Beyond it a message is malformed.
	MaxObjectKeys = 4_096
	// MaxPageEntries is the most entries a host may ask for at once, and
	// DefaultPageEntries what it asks for unless told otherwise.
	MaxPageEntries     = 10_000
	DefaultPageEntries = 1_000
	// MaxCustomData is the most a watermark may take, in bytes of its text.
	MaxCustomData = 64 << 10
	// MaxErrorText is where name, message and detail of an error are cut, each.
	MaxErrorText = 4 << 10
	// MaxNameBytes is the most the name of an attribute, object type, parameter
	// or partition may take.
	MaxNameBytes = 512
	// MaxAnchorBytes is the most an anchor value may take, MaxAnchorAttributes how
	// many attributes an anchor may have.
	MaxAnchorBytes      = 4 << 10
	MaxAnchorAttributes = 16
	// MaxObjectTypes is the most object types a schema may have, MaxSchemaAttributes
	// the most attributes one of them may have.
	MaxObjectTypes      = 500
	MaxSchemaAttributes = 4_000
	// MaxSchemaNames is the most attributes and possible DN components that all object
	// types of a schema may have together.
	MaxSchemaNames = 20_000
	// MaxSchemaNameBytes is the most the names of those attributes and components may
	// take together.
	MaxSchemaNameBytes = 1 << 20
	// MaxParameters bounds a list of parameters or of their definitions, the choices of
	// one definition and the possible DN components of one object type.
	MaxParameters = 1_000
	// MaxChoices is the most choices that all definitions of a page may have together.
	MaxChoices = 20_000
	// MaxPartitions bounds GetPartitions.
	MaxPartitions = 10_000
	// MaxPartitionBytes is the most the identifiers, DNs and names of all partitions may
	// take together.
	MaxPartitionBytes = 2 << 20
	// MaxSchemaPages is how many schema pages a host asks for before it gives up
	// waiting for the empty list that ends them.
	MaxSchemaPages = 100
	// MaxStateBytes is the most all state of one connector may take, keys and
	// values together; MaxStateKey the most one key may take.
	MaxStateBytes = 1 << 20
	MaxStateKey   = 256
	// MaxRandomBytes is the most one Random call returns.
	MaxRandomBytes = 64 << 10
	// MaxLogMessage is where the message of a log entry is cut, MaxLogFields and
	// MaxLogField how many fields it may have and where each value is cut.
	MaxLogMessage = 8 << 10
	MaxLogFields  = 32
	MaxLogField   = 1 << 10
	// MaxBatchRequests is the most requests in one HTTP call.
	MaxBatchRequests = 1_000
	// MaxFields is the most headers and parameters that all requests of one HTTP call may
	// have together, those named ahead included: in memory each takes many times its text.
	MaxFields = 50_000
	// MaxAhead is the most requests that may be named ahead in one HTTP call.
	MaxAhead = 16
	// MaxWantPaths is the most paths of one Want together, MaxWantPath the most
	// bytes of one.
	MaxWantPaths = 256
	MaxWantPath  = 512
	// MaxWantBody is the most of an answer's text that a Want may ask for besides.
	MaxWantBody = 64 << 10
	// MaxHTTPBody is the most one request body may take, and the greatest answer
	// body a host may be configured to let through.
	MaxHTTPBody = 8 << 20
	// MaxPendingAnswers is how many host answers may wait for take at once.
	MaxPendingAnswers = 16
)
