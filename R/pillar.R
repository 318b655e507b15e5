# How a variable shows in the header of a tibble's column and inside list
# columns. Registered when pillar is loaded, see register_s3_method() in s3-registration.R.

# `var<f32>`
type_sum.kerasvar.Array <- function(x, ...) {
  if (is_invalid_pointer(x)) {
    return("var<?>")
  }
  dtype <- reticulate::py_to_r(call_py(py_fn("bridge.display.describe"), x))$dtype
  kind <- if (inherits(x, "kerasvar.Variable")) "var" else "tensor"
  paste0(kind, "<", short_dtype(dtype), ">")
}

# float32 -> f32, bfloat16 -> bf16, uint8 -> u8, complex64 -> c64.
short_dtype <- function(dtype) {
  dtype <- sub("float", "f", dtype)
  dtype <- sub("^uint", "u", dtype)
  dtype <- sub("^int", "i", dtype)
  sub("^complex", "c", dtype)
}
