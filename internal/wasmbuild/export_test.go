package wasmbuild

// Forget has all that this process has built built anew.
func Forget() {
	built.Lock()
	defer built.Unlock()
	clear(built.entries)
}
