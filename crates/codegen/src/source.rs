//! A model as a source file.

use gradflow::Model;

use crate::planner::{names, plan};
use crate::writer::Language;
use crate::{CodegenError, print};

/// The model as a file of Rust, without `std`, allocation, `unsafe` or dependencies: `predict(&[f32; inputs]) -> [f32; outputs]`, and
/// `CLASSES` if their names are known. Raw inputs are scaled as those of the training were.
///
/// ```
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::builder([1, 6, 6])
///     .conv(2, [3, 3], Activation::Relu)
///     .dense(2, Activation::Identity)
///     .build()?;
/// let model = Model::new(network, Cost::classification(), 1)?;
/// let source = gradflow_codegen::rust(&model)?;
/// assert!(source.contains("pub fn predict(x: &[f32; 36]) -> [f32; 2] {"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CodegenError`] if a layer, an activation or a step of the preprocessing has no source.
pub fn rust(model: &Model<f32>) -> Result<String, CodegenError> {
    Ok(print::float(
        &plan(model)?,
        &names(model),
        Language::Rust,
        "",
    ))
}

/// The model as a header of C99: `void NAME_predict(const float x[inputs], float y[outputs])`, and `NAME_classes` if their names
/// are known. It needs `math.h` alone.
///
/// ```
/// use gradflow::{Activation, Cost, Model, Network};
///
/// let network = Network::builder(3).dense(1, Activation::Tanh).build()?;
/// let model = Model::new(network, Cost::regression(), 1)?;
/// let source = gradflow_codegen::c(&model, "price")?;
/// assert!(source.contains("static inline void price_predict(const float x[3], float y[1]) {"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`rust`]; [`CodegenError::Name`] if the name is no identifier.
pub fn c(model: &Model<f32>, name: &str) -> Result<String, CodegenError> {
    let prefix = prefix(name)?;
    let plan = plan(model)?;
    Ok(print::float(&plan, &names(model), Language::C, &prefix))
}

/// What names in C begin with.
pub(crate) fn prefix(name: &str) -> Result<String, CodegenError> {
    let mut letters = name.chars();
    let first = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    match first && letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        true => Ok(format!("{name}_")),
        false => Err(CodegenError::Name {
            name: name.to_owned(),
        }),
    }
}
