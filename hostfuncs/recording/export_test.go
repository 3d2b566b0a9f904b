package recording

// SetMost has a recorder fail beyond so many bytes.
func (r *Recorder) SetMost(bytes int) { r.most = bytes }
