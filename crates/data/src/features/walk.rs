//! The walk over features, for their values and for their names.

use super::{FeatureError, FeatureMap};

impl FeatureMap {
    /// Appends the features of `x`. The caller knows that the size fits and has reserved it.
    pub(super) fn map(
        &self,
        sample: usize,
        x: &[f64],
        to: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        match self {
            Self::Identity => to.extend_from_slice(x),
            Self::Monomials { degree } => {
                products(x.len(), *degree, |of| {
                    to.push(of.iter().map(|i| x[*i]).product());
                });
            }
            Self::Trigonometric { orders, frequency } => {
                for x in x {
                    for k in 1..=*orders {
                        let (sin, cos) = (f64::from(k) * frequency * x).sin_cos();
                        to.extend([sin, cos]);
                    }
                }
            }
            Self::Interactions => {
                to.extend_from_slice(x);
                for (i, a) in x.iter().enumerate() {
                    to.extend(x[i + 1..].iter().map(|b| a * b));
                }
            }
            Self::Scaling(scaling) => {
                let start = to.len();
                to.extend_from_slice(x);
                scaling.apply(&mut to[start..])?;
            }
            Self::OneHot { component, classes } => one_hot(sample, x, *component, *classes, to)?,
            Self::Columns(columns) => {
                for (component, (column, x)) in columns.iter().zip(x).enumerate() {
                    column.apply((sample, component), *x, to)?;
                }
            }
            Self::Beside(maps) => {
                maps.iter().try_for_each(|map| map.map(sample, x, to))?;
            }
            Self::Then(maps) => {
                let mut x = x.to_vec();
                for map in maps {
                    let mut next = Vec::new();
                    map.map(sample, &x, &mut next)?;
                    x = next;
                }
                to.append(&mut x);
            }
            Self::Own(own) => {
                let start = to.len();
                to.resize(start + own.features().len(), f64::NAN);
                if !own.call(x, &mut to[start..]) {
                    let name = own.name().to_owned();
                    return Err(FeatureError::Unresolved { name });
                }
            }
        }
        Ok(())
    }

    /// Appends the names of the features of inputs of these names.
    pub(super) fn name(&self, x: &[String], to: &mut Vec<String>) -> Result<(), FeatureError> {
        match self {
            Self::Identity | Self::Scaling(_) => to.extend_from_slice(x),
            Self::Monomials { degree } => products(x.len(), *degree, |of| to.push(product(x, of))),
            Self::Trigonometric { orders, frequency } => {
                for x in x {
                    for k in 1..=*orders {
                        let factor = match f64::from(k) * frequency {
                            1.0 => String::new(),
                            factor => format!("{factor} "),
                        };
                        to.extend(["sin", "cos"].map(|of| format!("{of}({factor}{x})")));
                    }
                }
            }
            Self::Interactions => {
                to.extend_from_slice(x);
                for i in 0..x.len() {
                    to.extend((i + 1..x.len()).map(|k| product(x, &[i, k])));
                }
            }
            Self::OneHot { component, classes } => {
                to.extend_from_slice(&x[..*component]);
                to.extend((0..*classes).map(|class| format!("{}={class}", x[*component])));
                to.extend_from_slice(&x[component + 1..]);
            }
            Self::Columns(columns) => {
                let pairs = columns.iter().zip(x);
                pairs.for_each(|(column, name)| column.name(name, to));
            }
            Self::Beside(maps) => {
                maps.iter().try_for_each(|map| map.name(x, to))?;
            }
            Self::Then(maps) => {
                let mut x = x.to_vec();
                for map in maps {
                    x = map.names(&x)?;
                }
                to.append(&mut x);
            }
            Self::Own(own) => to.extend_from_slice(own.features()),
        }
        Ok(())
    }
}

/// Appends the inputs, with a number for each class in the place of the one that is a class.
fn one_hot(
    sample: usize,
    x: &[f64],
    component: usize,
    classes: usize,
    to: &mut Vec<f64>,
) -> Result<(), FeatureError> {
    let value = x[component];
    if !(value >= 0.0 && value < classes as f64 && value.fract() == 0.0) {
        return Err(FeatureError::Class {
            sample,
            component,
            value,
            classes,
        });
    }
    to.extend_from_slice(&x[..component]);
    to.extend((0..classes).map(|class| f64::from(u8::from(class as f64 == value))));
    to.extend_from_slice(&x[component + 1..]);
    Ok(())
}

/// Calls `each` with the factors of every monomial: by degree, then in the order of a dictionary.
fn products(inputs: usize, degree: u32, mut each: impl FnMut(&[usize])) {
    if inputs == 0 {
        return;
    }
    for degree in 1..=degree as usize {
        let mut of = vec![0; degree];
        loop {
            each(&of);
            // The last factor that can grow does, and those behind it follow.
            let Some(i) = of.iter().rposition(|i| i + 1 < inputs) else {
                break;
            };
            let next = of[i] + 1;
            of[i..].fill(next);
        }
    }
}

/// `a^2 b` for the factors a, a, b.
fn product(x: &[String], of: &[usize]) -> String {
    let mut factors: Vec<String> = Vec::new();
    for same in of.chunk_by(|a, b| a == b) {
        // What has blanks itself is a factor in brackets.
        let name = match x[same[0]].contains(' ') && of.len() > 1 {
            true => format!("({})", x[same[0]]),
            false => x[same[0]].clone(),
        };
        factors.push(match same.len() {
            1 => name,
            power => format!("{name}^{power}"),
        });
    }
    factors.join(" ")
}
