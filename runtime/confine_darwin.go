package runtime

import "syscall"

func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// isolate has nothing to do with: see CompileChild.
func isolate() (note, err error) { return nil, nil }

// openFiles has an entry for each file that this process has open.
const openFiles = "/dev/fd"

// enclose closes what was inherited, and nothing else: see CompileChild.
func enclose([]string) (note, err error) { return closeInherited(), nil }
