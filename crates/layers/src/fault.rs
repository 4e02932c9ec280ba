//! What can be wrong with a layer, in words.

use core::fmt;

use gradflow_tensor::{Shape, ShapeError, names};
use thiserror::Error;

use crate::Padding;

/// What is wrong with a layer.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LayerFault {
    /// A dimension is zero or the number of elements overflows.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A sample or a filter array so large that the kernels do not take it.
    #[error(
        "input {input}: more than about a billion elements in a padded sample or in the filters: use fewer filters, less padding or a smaller input"
    )]
    TooManyElements {
        /// Shape of an input sample.
        input: Shape<3>,
    },
    /// A layer without outputs.
    #[error("a layer has at least 1 output, not 0")]
    NoOutputs,
    /// A filter or window of size zero.
    #[error("a window of {}x{}: it must be at least 1 in both directions", size[0], size[1])]
    ZeroSize {
        /// Filter or window `[vertical, horizontal]`.
        size: [usize; 2],
    },
    /// A stride of zero.
    #[error("a stride is at least 1 in both directions")]
    ZeroStride {
        /// Stride `[vertical, horizontal]`.
        stride: [usize; 2],
    },
    /// A dilation of zero.
    #[error("a dilation is at least 1 in both directions")]
    ZeroDilation {
        /// Dilation `[vertical, horizontal]`.
        dilation: [usize; 2],
    },
    /// Groups of channels that do not come out even.
    #[error(
        "{groups} groups do not divide the depth {depth} of the input and {filters} filters: use a number that divides both, such as {}",
        divisor(*depth, *filters)
    )]
    Groups {
        /// The number of groups.
        groups: usize,
        /// Depth of the input.
        depth: usize,
        /// Filters: depth of the output.
        filters: usize,
    },
    /// A window of a pooling layer that has no element of the input.
    #[error(
        "a window would lie in the padding alone, of the input {}x{}{}: pad by less than the window reaches",
        input.dims()[1], input.dims()[2], padded(padding)
    )]
    PaddingAlone {
        /// Shape of an input sample.
        input: Shape<3>,
        /// Its padding.
        padding: Padding,
    },
    /// A filter or window larger than the input.
    #[error("its window is larger than the input {}x{}{}: {way_out}", input.dims()[1], input.dims()[2], padded(padding))]
    TooLarge {
        /// Filter or window `[vertical, horizontal]`.
        window: [usize; 2],
        /// Shape of an input sample.
        input: Shape<3>,
        /// Its padding.
        padding: Padding,
        /// What fits, such as `pad by 1, or use a filter of at most 4x4`.
        way_out: String,
    },
    /// A stride that does not fit in one or both directions (38).
    #[error(
        "the last window must end at the edge of the input {input}{}, but {} left over: {way_out}",
        padded(padding),
        left_over(remainder)
    )]
    Remainder {
        /// Shape of an input sample.
        input: Shape<3>,
        /// Its padding.
        padding: Padding,
        /// What the stride leaves over `[vertical, horizontal]`; one of them is not 0.
        remainder: [usize; 2],
        /// Paddings, windows and inputs that fit, such as `pad by 1, or use a filter of 3x3, or an input of 28x28 or 30x30`.
        way_out: String,
    },
    /// The slope of a leaky ReLU is not in (0, 1).
    #[error("leaky relu: slope {slope} does not lie in (0, 1); 0.01 is usual")]
    LeakySlope {
        /// The slope given.
        slope: f64,
    },
    /// The scale of an ELU is not positive, or has no counterpart in `f32`.
    #[error("elu: a scale of {scale}: it is positive and neither huge nor tiny; 1 is usual")]
    EluScale {
        /// The scale given.
        scale: f64,
    },
    /// The epsilon of a normalisation is not positive, or has no counterpart in `f32`.
    #[error("an epsilon of {epsilon}: it is positive and neither huge nor tiny; 1e-5 is usual")]
    Epsilon {
        /// The epsilon given.
        epsilon: f64,
    },
    /// The momentum of a batch normalisation is not in (0, 1].
    #[error(
        "a momentum of {momentum}, the share of the new statistics: it lies in (0, 1]; 0.1 is usual (0.9 in Keras, which counts the old)"
    )]
    NormMomentum {
        /// The momentum given.
        momentum: f64,
    },
    /// The rate of a dropout is not in [0, 1).
    #[error("a rate of {rate}, the share that is left out: it lies in [0, 1); 0.5 is usual")]
    DropoutRate {
        /// The rate given.
        rate: f64,
    },
    /// Constants of a scale that are neither one for all, nor one for each channel or element.
    #[error(
        "{came} numbers as {what} of inputs of {input}: give 1 for all, {} for the channels, or {} for the elements",
        input.dims()[0],
        input.len()
    )]
    ScaleLength {
        /// What they are: `offset` or `scale`.
        what: &'static str,
        /// How many came.
        came: usize,
        /// Shape of an input sample.
        input: Shape<3>,
    },
    /// A constant of a scale that cannot be computed with.
    #[error(
        "{what} {index} is {value}: offsets are finite, scales are not 0 and neither huge nor tiny"
    )]
    ScaleValue {
        /// What it is: `offset` or `scale`.
        what: &'static str,
        /// Its index.
        index: usize,
        /// The number given.
        value: f64,
    },
    /// The range stated for a user's activation is empty or not a number.
    #[error(
        "activation {activation:?}: there is nothing between {low} and {high}: `with_range` takes the lower bound first"
    )]
    Range {
        /// The activation's name.
        activation: String,
        /// The lower bound given.
        low: f64,
        /// The upper bound given.
        high: f64,
    },
    /// An activation of the user's of which only the name is known, as after reading it from a file.
    #[error(
        "activation {activation:?} is known by its name alone: build the layer by Recipe::on, with a registry that has it"
    )]
    Unresolved {
        /// The activation's name.
        activation: String,
    },
    /// A scale of initial values that is negative or not finite.
    #[error("`Init::Uniform({scale})`: the scale must be finite and not negative")]
    InitScale {
        /// The scale given.
        scale: f64,
    },
    /// An initial value that is not finite.
    #[error("`Init::Constant({value})`: initial values are finite")]
    InitValue {
        /// The value given.
        value: f64,
    },
    /// The output of the layer before, or the container's input, is not what the layer reads.
    #[error(
        "reads samples of {expected}, but samples of {came} come: make the layer for the shape that comes"
    )]
    Mismatch {
        /// The shape that the layer reads.
        expected: Shape<3>,
        /// The shape that came.
        came: Shape<3>,
    },
    /// A branch beside a skip does not give back the shape of its input.
    #[error(
        "puts out {output}, but a residual adds its input, {input}: let the last layer put out {input}, or replace the skip by \
         a layer that puts out {output} (`branches` with `Join::Sum`)"
    )]
    Residual {
        /// The shape of the residual's input.
        input: Shape<3>,
        /// The shape that the branch puts out.
        output: Shape<3>,
    },
    /// Branches that are added differ in shape.
    #[error(
        "puts out {came}, but branch 0 puts out {first}: branches that are added have one shape"
    )]
    Sum {
        /// The output of the first branch.
        first: Shape<3>,
        /// The output of this one.
        came: Shape<3>,
    },
    /// Branches that are concatenated differ in their vertical or horizontal size.
    #[error(
        "puts out {came}, but branch 0 puts out {first}: branches that are concatenated have the same vertical and horizontal \
         size"
    )]
    Concat {
        /// The output of the first branch.
        first: Shape<3>,
        /// The output of this one.
        came: Shape<3>,
    },
    /// A block that does not follow the one before, or is not as large as its dimensions say.
    #[error(
        "block {block:?} does not follow the one before, or is not as large as its dimensions say: add blocks with \
         `Spec::block` and `Spec::state`, which count"
    )]
    Blocks {
        /// The block's name.
        block: String,
    },
    /// Two blocks of one name.
    #[error("two blocks are called {block:?}: give each a name of its own")]
    SameName {
        /// The name.
        block: String,
    },
    /// A stated range of outputs that is empty or not a number.
    #[error(
        "there are no outputs between {low} and {high}: `output_range` takes the lower bound first"
    )]
    OutputRange {
        /// The lower bound stated.
        low: f64,
        /// The upper bound stated.
        high: f64,
    },
    /// Counts that are at least 1.
    #[error("least_samples ({least_samples}) and sites ({sites}) are at least 1")]
    Counts {
        /// Samples that a training pass is said to need.
        least_samples: usize,
        /// Sites that the layer is said to have.
        sites: usize,
    },
    /// More parameters, or more numbers of state, than memory can address.
    #[error("more parameters than memory can address: use fewer outputs or filters")]
    TooManyParameters,
    /// Branches without a branch.
    #[error("there is no branch: give at least one")]
    NoBranches,
    /// A recipe nested too deeply.
    #[error("recipes nest at most {most} deep: put layers in a row into one chain")]
    Depth {
        /// The depth allowed.
        most: usize,
    },
    /// An option that the layer does not have.
    #[error(
        "takes no {option}, but is given one: leave it out, or call it right after {}",
        owners(option)
    )]
    Option {
        /// The option that was chosen, such as `stride`.
        option: String,
    },
    /// A layer whose name is not in the registry.
    #[error("there is no layer of this name in the registry, which {}", Known { name, known, add: "layer" })]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names of the registry's layers.
        known: Vec<String>,
    },
    /// An activation whose name is not in the registry.
    #[error("there is no activation {name:?} in the registry, which {}", Known { name, known, add: "activation" })]
    UnknownActivation {
        /// The name asked for.
        name: String,
        /// The names of the registry's activations.
        known: Vec<String>,
    },
    /// A constant that the layer does not ask for.
    #[error("unknown constant {constant:?}: {}", Instead { known, nearest: nearest.as_deref() })]
    UnknownConstant {
        /// The constant's name.
        constant: String,
        /// The names that the layer asks for.
        known: Vec<String>,
        /// The one that was probably meant, among those that the recipe does not give.
        nearest: Option<String>,
    },
    /// A constant without which the layer cannot be made.
    #[error(
        "needs the constant {constant:?}, but the recipe gives {}",
        list(given)
    )]
    MissingConstant {
        /// The constant's name.
        constant: String,
        /// The names that the recipe gives.
        given: Vec<String>,
    },
    /// What a layer of a user's refuses, in its own words.
    #[error("{reason}")]
    Refused {
        /// Why it cannot be.
        reason: String,
    },
}

fn padded(padding: &Padding) -> String {
    match padding {
        Padding::Same | Padding::Causal => format!(" with padding {padding}"),
        padding if padding.is_none() => String::new(),
        padding => format!(" padded by {padding}"),
    }
}

/// `1 row and 2 columns are`, without what is 0.
fn left_over([rows, columns]: &[usize; 2]) -> String {
    let count = |n: usize, of: &str| match n {
        0 => None,
        1 => Some(format!("1 {of}")),
        n => Some(format!("{n} {of}s")),
    };
    let parts = [count(*rows, "row"), count(*columns, "column")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let verb = if rows.saturating_add(*columns) == 1 {
        "is"
    } else {
        "are"
    };
    format!("{} {verb}", parts.join(" and "))
}

/// The largest number of groups that fits.
fn divisor(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// What an option belongs to.
fn owners(option: &str) -> &'static str {
    match option {
        "stride" | "padding" | "dilation" | "remainder" => "a convolution or a pooling layer",
        "groups" => "a convolution",
        "count_padding" => "average pooling",
        "momentum" => "a batch normalisation",
        "epsilon" => "a batch or layer normalisation",
        _ => "a dense layer or a convolution",
    }
}

/// `knows "a", "b"; …`, with the name that was probably meant, or how to add one.
struct Known<'a> {
    name: &'a str,
    known: &'a [String],
    add: &'static str,
}

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, known, add } = self;
        if known.is_empty() && *add == "layer" {
            return f.write_str(
                "is empty: the library's own layers are recipes of their own, such as `Recipe::dropout(0.5)`; \
                 a layer of yours is added with `Registry::layer`",
            );
        }
        if known.is_empty() {
            return write!(f, "is empty: add it with `Registry::{add}`");
        }
        write!(f, "knows {}", list(known))?;
        match nearest(name, known) {
            None => write!(f, ": add it with `Registry::{add}`"),
            meant => f.write_str(&did_you_mean(meant.as_deref())),
        }
    }
}

/// What to do about a constant that a layer does not take.
struct Instead<'a> {
    known: &'a [String],
    nearest: Option<&'a str>,
}

impl fmt::Display for Instead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.nearest, self.known) {
            (Some(name), [_]) => write!(f, "did you mean {name:?}?"),
            (Some(name), known) => {
                write!(f, "did you mean {name:?}? The layer takes {}", list(known))
            }
            (None, known) => write!(f, "leave it out; the layer takes {}", list(known)),
        }
    }
}

/// The known name that was probably meant.
pub(crate) fn nearest(name: &str, known: &[String]) -> Option<String> {
    names::meant(name, known.iter().map(String::as_str)).map(str::to_owned)
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| format!(": did you mean {name:?}?"))
}

/// `"a", "b"`, or `none`.
fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}
