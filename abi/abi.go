// Package abi is version 1 of the ECMA ABI: the contract between a connector in
// WebAssembly and the host that runs it. ABI.md is its specification.
//
// A connector implements ECMA 2.x with one object type and one partition. Package
// abi holds both directions of that as plain Go: Connector, what a guest exports,
// and Host, what it imports; the types that travel; the codec that writes and
// reads them as JSON without reflection (Encode, Decode, EncodeReply,
// DecodeReply); ECMA's enumerations and error codes with their numbers; the names
// and signatures of exports and imports (Exports, Imports); and the limits
// (constants that begin with Max).
//
// It does no input or output and imports almost nothing, because it is linked
// into every Go guest; its subpackage guest is the binding for authors.
//
// Words are ECMA's: CSEntryChange, AnchorAttribute, Partition, CustomData. What
// ECMA prefixes with MA or Config loses only what the package name says already.
package abi
