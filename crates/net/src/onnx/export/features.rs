//! Feature maps and scales as operators.

use gradflow_data::{Encoding, FeatureMap, Scaling};
use gradflow_tensor::Shape;

use super::layer::rescale;
use super::writer::{Value, Writer, int};
use crate::onnx::OnnxError;

/// A value of so many columns.
fn vector(name: String, columns: usize) -> Result<Value, OnnxError> {
    let shape = Shape::vector(columns)?;
    let picture = false;
    Ok(Value {
        name,
        shape,
        picture,
    })
}

/// Writes `(x - offset)/scale`.
pub(super) fn scaling(to: &mut Writer, at: &str, scaling: &Scaling, x: Value) -> Value {
    rescale(to, at, scaling.offset(), scaling.scale(), x)
}

/// Writes `x scale + offset`.
pub(super) fn inverse(to: &mut Writer, at: &str, scaling: &Scaling, x: Value) -> Value {
    let constant = |to: &mut Writer, name: &str, of: &[f64]| {
        to.constant(format!("{at}.{name}"), &[of.len()], of.iter().copied())
    };
    let scale = constant(to, "scale", scaling.scale());
    let x = to.on(at, "Mul", &x, &[&scale]);
    let offset = constant(to, "offset", scaling.offset());
    to.on(at, "Add", &x, &[&offset])
}

/// Writes the features of `x`.
pub(super) fn features(
    to: &mut Writer,
    at: &str,
    map: &FeatureMap,
    x: Value,
) -> Result<Value, OnnxError> {
    let inputs = x.shape.len();
    Ok(match map {
        FeatureMap::Identity => x,
        FeatureMap::Scaling(of) => scaling(to, at, of, x),
        FeatureMap::Monomials { degree } => monomials(to, at, *degree, &x)?,
        FeatureMap::Trigonometric { orders, frequency } => {
            trigonometric(to, at, *orders, *frequency, &x)?
        }
        FeatureMap::Interactions => {
            let pairs = (0..inputs).flat_map(|i| (i + 1..inputs).map(move |k| (i, k)));
            let (first, second): (Vec<_>, Vec<_>) = pairs.unzip();
            if first.is_empty() {
                return Ok(x);
            }
            let first = columns(to, at, &x, &first)?;
            let second = columns(to, at, &x, &second)?;
            let products = to.on(at, "Mul", &first, &[&second.name]);
            beside(to, at, &[x, products])?
        }
        FeatureMap::OneHot { component, classes } => one_hot(to, at, *component, *classes, &x)?,
        FeatureMap::Columns(of) => encodings(to, at, of, &x)?,
        FeatureMap::Beside(maps) => {
            let mut parts = Vec::new();
            for (index, map) in maps.iter().enumerate() {
                parts.push(features(to, &format!("{at}.{index}"), map, x.clone())?);
            }
            beside(to, at, &parts)?
        }
        FeatureMap::Then(maps) => {
            let mut x = x;
            for (index, map) in maps.iter().enumerate() {
                x = features(to, &format!("{at}.{index}"), map, x)?;
            }
            x
        }
        FeatureMap::Own(own) => {
            return Err(OnnxError::Own {
                at: at.to_owned(),
                name: own.name().to_owned(),
            });
        }
        other => {
            return Err(OnnxError::Layer {
                at: at.to_owned(),
                layer: format!("{other:?}"),
            });
        }
    })
}

/// These columns of `x`, in this order.
fn columns(to: &mut Writer, at: &str, x: &Value, which: &[usize]) -> Result<Value, OnnxError> {
    let indices = to.integers(
        format!("{at}.columns"),
        &[which.len()],
        which.iter().copied(),
    );
    let name = to.node(at, "Gather", &[&x.name, &indices], vec![int("axis", 1)]);
    vector(name, which.len())
}

fn beside(to: &mut Writer, at: &str, parts: &[Value]) -> Result<Value, OnnxError> {
    let names: Vec<&str> = parts.iter().map(|part| &*part.name).collect();
    let columns = parts.iter().map(|part| part.shape.len()).sum();
    vector(to.node(at, "Concat", &names, vec![int("axis", 1)]), columns)
}

/// Products of degree `k` are those of degree `k - 1`, each times the inputs from its own last one on.
fn monomials(to: &mut Writer, at: &str, degree: u32, x: &Value) -> Result<Value, OnnxError> {
    let inputs = x.shape.len();
    let mut parts = vec![x.clone()];
    // The last factor of each product so far.
    let mut last: Vec<usize> = (0..inputs).collect();
    for _ in 1..degree {
        let longer = last.iter().enumerate();
        let (from, by): (Vec<_>, Vec<_>) = longer
            .flat_map(|(product, last)| (*last..inputs).map(move |by| (product, by)))
            .unzip();
        let products = columns(to, at, &parts[parts.len() - 1], &from)?;
        let factors = columns(to, at, x, &by)?;
        parts.push(to.on(at, "Mul", &products, &[&factors.name]));
        last = by;
    }
    beside(to, at, &parts)
}

/// `sin(k f x), cos(k f x)`, by input, then by `k`.
fn trigonometric(
    to: &mut Writer,
    at: &str,
    orders: u32,
    frequency: f64,
    x: &Value,
) -> Result<Value, OnnxError> {
    let inputs = x.shape.len();
    let angles = (0..inputs).flat_map(|i| (0..orders).map(move |_| i));
    let angles = columns(to, at, x, &angles.collect::<Vec<_>>())?;
    let count = angles.shape.len();
    let factors = (0..inputs).flat_map(|_| (1..=orders).map(|k| f64::from(k) * frequency));
    let factors = to.constant(format!("{at}.frequencies"), &[count], factors);
    let angles = to.on(at, "Mul", &angles, &[&factors]);
    let waves = ["Sin", "Cos"].map(|wave| to.on(at, wave, &angles, &[]));
    let both = beside(to, at, &waves)?;
    let order: Vec<usize> = (0..count).flat_map(|i| [i, count + i]).collect();
    columns(to, at, &both, &order)
}

/// Numbers, numbers whose gaps are filled, and categories, side by side.
fn encodings(to: &mut Writer, at: &str, of: &[Encoding], x: &Value) -> Result<Value, OnnxError> {
    let mut parts = Vec::new();
    for (component, encoding) in of.iter().enumerate() {
        let at = format!("{at}.{component}");
        let column = columns(to, &at, x, &[component])?;
        let gap = |to: &mut Writer| to.node(&at, "IsNaN", &[&column.name], Vec::new());
        let flagged = match encoding {
            Encoding::Number => {
                parts.push(column.clone());
                false
            }
            Encoding::Filled { value, flag } => {
                let filling = to.constant(format!("{at}.filling"), &[1], [*value]);
                let gap = gap(to);
                let filled = [&*gap, &filling, &column.name];
                parts.push(vector(to.node(&at, "Where", &filled, Vec::new()), 1)?);
                *flag
            }
            Encoding::OneHot { values, flag, .. } => {
                parts.push(is_class(to, &at, values.len(), &column)?);
                *flag
            }
            other => {
                return Err(OnnxError::Layer {
                    at,
                    layer: format!("{other:?}"),
                });
            }
        };
        if flagged {
            let gap = gap(to);
            let number = vec![int("to", i64::from(to.number))];
            parts.push(vector(to.node(&at, "Cast", &[&gap], number), 1)?);
        }
    }
    beside(to, at, &parts)
}

/// For each class whether a column is it, as a number.
fn is_class(to: &mut Writer, at: &str, classes: usize, class: &Value) -> Result<Value, OnnxError> {
    let numbers = (0..classes).map(|class| class as f64);
    let numbers = to.constant(format!("{at}.classes"), &[classes], numbers);
    // [N, 1] beside [classes]: one column for each.
    let equal = to.node(at, "Equal", &[&class.name, &numbers], Vec::new());
    let number = i64::from(to.number);
    vector(
        to.node(at, "Cast", &[&equal], vec![int("to", number)]),
        classes,
    )
}

/// 1 for the class and 0 for the others, in the place of a column that is a class.
fn one_hot(
    to: &mut Writer,
    at: &str,
    component: usize,
    classes: usize,
    x: &Value,
) -> Result<Value, OnnxError> {
    let inputs = x.shape.len();
    let class = columns(to, at, x, &[component])?;
    let is = is_class(to, at, classes, &class)?;
    let mut parts = Vec::new();
    if component > 0 {
        let before: Vec<usize> = (0..component).collect();
        parts.push(columns(to, at, x, &before)?);
    }
    parts.push(is);
    if component + 1 < inputs {
        let after: Vec<usize> = (component + 1..inputs).collect();
        parts.push(columns(to, at, x, &after)?);
    }
    beside(to, at, &parts)
}
