# Until the calling test ends, Python finds no package of this name, and the core
# does not remember that it once did.
local_missing_package <- function(name, env = parent.frame()) {
  util <- reticulate::import("importlib.util", convert = FALSE)
  find <- util$find_spec
  hide <- reticulate::py_run_string(
    "def hide(find, hidden):
  return lambda name, *rest: None if name == hidden else find(name, *rest)",
    local = TRUE,
    convert = FALSE
  )$hide
  reticulate::py_set_attr(util, "find_spec", hide(find, name))
  backends <- reticulate::import("kerasvar.backends", convert = FALSE)
  known <- backends$`_instances`
  kept <- known$copy()
  known$pop(name, NULL)
  withr::defer(
    {
      reticulate::py_set_attr(util, "find_spec", find)
      known$update(kept)
    },
    envir = env
  )
}
