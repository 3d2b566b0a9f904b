//go:build !linux

package snapshot

import (
	"errors"
	"os"
)

// Without these, memory is Go's and images are copied.

func seal([]byte, func() error) (*os.File, error) { return nil, errors.ErrUnsupported }

func reserve(uint64) ([]byte, error) { return nil, errors.ErrUnsupported }

func overlay([]byte, *os.File) error { return errors.ErrUnsupported }

func commit([]byte) error { return errors.ErrUnsupported }

func discard([]byte) error { return errors.ErrUnsupported }

func reserveAgain([]byte) error { return errors.ErrUnsupported }

func openPagemap() (*os.File, error) { return nil, errors.ErrUnsupported }

func ownPages(*os.File, []byte) ([]span, error) { return nil, errors.ErrUnsupported }

func release([]byte) {}
