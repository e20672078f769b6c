def write_points_page(comparison, logs, ends, arguments): return ""
