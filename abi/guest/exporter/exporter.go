// Package exporter adds the export role to a connector module: importing it adds
// the exports OpenExportConnection, PutExportEntries and CloseExportConnection.
package exporter
