def make(comparison): return b""
