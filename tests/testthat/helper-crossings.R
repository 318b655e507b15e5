# How many times `expr` calls Python, through whichever function of reticulate:
# every one of these is a crossing.
count_crossings <- function(expr) {
  counted <- c("py_call_impl", "py_get_attr", "py_get_attr_impl", "py_get_item", "py_to_r_cpp")
  where <- asNamespace("reticulate")
  counted <- intersect(counted, ls(where, all.names = TRUE))
  counter <- new.env()
  counter$n <- 0
  for (name in counted) {
    suppressMessages(trace(
      name,
      tracer = bquote(assign("n", get("n", .(counter)) + 1, .(counter))),
      where = where,
      print = FALSE
    ))
  }
  on.exit(for (name in counted) suppressMessages(untrace(name, where = where)))
  force(expr)
  counter$n
}
