package catalog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ecmabox/ecmabox/internal/filelock"
)

const (
	lockFile = ".lock"
	// lockPatience bounds the wait for another process. A change takes
	// milliseconds: who waits longer waits for something that hangs.
	lockPatience = 30 * time.Second
)

// locked runs f while no other process or goroutine changes the catalog, after
// sweeping the connector's directory.
func (c *Catalog) locked(ctx context.Context, name string, f func(*os.Root) error) error {
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	// The lock is the open file's and goes with it: the kernel takes it from a
	// process that dies.
	lock, err := root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", filepath.Join(c.dir, lockFile), withoutPath(err))
	}
	defer lock.Close()
	if err := filelock.Wait(ctx, lock, lockPatience); err != nil {
		return fmt.Errorf("lock %s: %w", filepath.Join(c.dir, lockFile), err)
	}
	c.sweep(root, name)
	return f(root)
}
