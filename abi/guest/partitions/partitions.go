// Package partitions adds the partitions role to a connector module: importing it
// adds the export GetPartitions.
package partitions
