package runtime

// observe shows the guest's memory to whoever watches this Runtime.
func (l *lease) observe(what, name string) {
	watch := l.connector.runtime.config.observe
	if watch == nil || l.instance == nil {
		return
	}
	memory := l.instance.memory()
	if view, ok := memory.Read(0, memory.Size()); ok {
		watch(what+" "+name, view)
	}
}
