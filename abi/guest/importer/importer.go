// Package importer adds the import role to a connector module: importing it adds
// the exports OpenImportConnection, GetImportEntries and CloseImportConnection.
package importer
