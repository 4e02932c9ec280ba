//! Whether two schemas mean the same.

use gradflow_tensor::names::meant;

use super::{Outputs, Schema};
use crate::excerpt::excerpt;
use crate::{Columns, MismatchError, Part};

impl Schema {
    /// Whether inputs of this schema are what was expected: the same columns in the same order, where both have names, to which
    /// the same was done.
    ///
    /// # Errors
    /// [`MismatchError`] names the column or the step that differs.
    pub fn check_inputs(&self, expected: &Self) -> Result<(), MismatchError> {
        self.check_columns(expected)?;
        check_steps(Part::Input, &expected.steps, &self.steps, |step| {
            step.kind().to_owned()
        })
    }

    /// Whether raw data of this schema have the columns of that one.
    pub(crate) fn check_columns(&self, expected: &Self) -> Result<(), MismatchError> {
        same_names(Part::Input, &expected.names, &self.names)?;
        match expected.inputs == self.inputs {
            true => Ok(()),
            false => Err(MismatchError::InputCount {
                expected: expected.inputs,
                came: self.inputs,
            }),
        }
    }

    /// Whether targets of this schema are what was expected: as many classes or values, of the same names where both have
    /// names, scaled alike.
    ///
    /// # Errors
    /// [`MismatchError`] says what differs.
    pub fn check_outputs(&self, expected: &Self) -> Result<(), MismatchError> {
        self.check_kind(expected)?;
        match (&expected.outputs, &self.outputs) {
            (Outputs::Values { steps: a, .. }, Outputs::Values { steps: b, .. }) => {
                check_steps(Part::Target, a, b, |_| "Scaling".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// The same for raw targets, whatever was done to them.
    pub(crate) fn check_kind(&self, expected: &Self) -> Result<(), MismatchError> {
        match (&expected.outputs, &self.outputs) {
            (Outputs::Classes { count, names }, Outputs::Classes { count: came, .. }) => {
                check_names(names, self.class_names())?;
                match count == came {
                    true => Ok(()),
                    false => Err(MismatchError::Classes {
                        expected: *count,
                        came: *came,
                    }),
                }
            }
            (
                Outputs::Values { size, names, .. },
                Outputs::Values {
                    size: came_size,
                    names: came,
                    ..
                },
            ) => {
                same_names(Part::Target, names, came)?;
                match size == came_size {
                    true => Ok(()),
                    false => Err(MismatchError::TargetSize {
                        expected: *size,
                        came: *came_size,
                    }),
                }
            }
            (expected, _) => Err(MismatchError::Kind {
                classes_expected: matches!(expected, Outputs::Classes { .. }),
            }),
        }
    }

    /// For each column of raw data the place of its name among these, which may stand in any order.
    ///
    /// # Errors
    /// [`MismatchError::NoNames`] if the columns have no names; [`MismatchError::Missing`], [`MismatchError::Unknown`] or
    /// [`MismatchError::Repeated`] with the name.
    pub fn order<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<usize>, MismatchError> {
        if self.names.is_empty() {
            return Err(MismatchError::NoNames);
        }
        let mut places = std::collections::HashMap::new();
        for (place, name) in names.iter().enumerate() {
            if places.insert(name.as_ref(), place).is_some() {
                let name = excerpt(name.as_ref());
                return Err(MismatchError::Repeated { name });
            }
        }
        let order = self.names.iter().map(|name| places.remove(name.as_str()));
        let order: Vec<Option<usize>> = order.collect();
        // A name that is not known says more than one that is not there: it may be that one, misspelt.
        if let Some((name, _)) = places.iter().min_by_key(|(_, place)| **place) {
            let missing = self.names.iter().zip(&order);
            let missing = missing.filter(|(_, place)| place.is_none());
            return Err(unknown(
                Part::Input,
                name,
                missing.map(|(name, _)| name.as_str()),
            ));
        }
        let pairs = self.names.iter().zip(order);
        pairs
            .map(|(name, place)| {
                place.ok_or_else(|| MismatchError::Missing {
                    part: Part::Input,
                    name: excerpt(name),
                    columns: Columns::named(names),
                })
            })
            .collect()
    }
}

fn unknown<'a>(part: Part, name: &str, known: impl Iterator<Item = &'a str>) -> MismatchError {
    MismatchError::Unknown {
        part,
        name: excerpt(name),
        nearest: meant(name, known).map(excerpt),
    }
}

/// Whether both have the same names in the same order; where one has none, nothing is known.
fn same_names(part: Part, expected: &[String], came: &[String]) -> Result<(), MismatchError> {
    if expected == came || expected.is_empty() || came.is_empty() {
        return Ok(());
    }
    use std::collections::HashSet;
    let (known, here): (HashSet<&String>, HashSet<&String>) =
        (expected.iter().collect(), came.iter().collect());
    if let Some(name) = came.iter().find(|name| !known.contains(name)) {
        let missing = expected.iter().filter(|name| !here.contains(name));
        return Err(unknown(part, name, missing.map(String::as_str)));
    }
    if let Some(name) = expected.iter().find(|name| !here.contains(name)) {
        return Err(MismatchError::Missing {
            part,
            name: excerpt(name),
            columns: Columns::named(came),
        });
    }
    let mut pairs = expected.iter().zip(came).enumerate();
    match pairs.find(|(_, (a, b))| a != b) {
        None => Ok(()),
        Some((column, (expected, came))) => Err(MismatchError::Order {
            part,
            column,
            expected: excerpt(expected),
            came: excerpt(came),
        }),
    }
}

/// The first name that differs; lists of different lengths may agree as far as both go.
pub(crate) fn check_names<S: AsRef<str>>(
    expected: &[S],
    came: Option<&[String]>,
) -> Result<(), MismatchError> {
    for (class, (expected, came)) in expected.iter().zip(came.unwrap_or_default()).enumerate() {
        if expected.as_ref() != came {
            return Err(MismatchError::ClassName {
                class,
                expected: excerpt(expected.as_ref()),
                came: excerpt(came),
            });
        }
    }
    Ok(())
}

/// Whether the same was done to both.
fn check_steps<S: PartialEq>(
    part: Part,
    expected: &[S],
    came: &[S],
    name: impl Fn(&S) -> String,
) -> Result<(), MismatchError> {
    check_common(part, expected, came, &name)?;
    if let Some(step) = expected.get(came.len()) {
        let step = name(step);
        return Err(MismatchError::NotDone { part, step });
    }
    match came.get(expected.len()) {
        None => Ok(()),
        Some(step) => Err(MismatchError::DoneTwice {
            part,
            step: name(step),
        }),
    }
}

/// The steps that are still to be done; that none is left is an error, unless there are none at all.
pub(crate) fn left<'a, S: PartialEq>(
    part: Part,
    all: &'a [S],
    done: &[S],
    name: impl Fn(&S) -> String,
) -> Result<&'a [S], MismatchError> {
    check_common(part, all, done, &name)?;
    match (all.get(done.len()..), done.last()) {
        (Some([]), Some(step)) => Err(MismatchError::Done {
            part,
            step: name(step),
        }),
        (None, Some(step)) => Err(MismatchError::DoneTwice {
            part,
            step: name(step),
        }),
        (left, _) => Ok(left.unwrap_or_default()),
    }
}

/// Whether the steps are the same as far as both go.
fn check_common<S: PartialEq>(
    part: Part,
    expected: &[S],
    came: &[S],
    name: &impl Fn(&S) -> String,
) -> Result<(), MismatchError> {
    let mut pairs = expected.iter().zip(came);
    match pairs.find(|(a, b)| a != b) {
        None => Ok(()),
        Some((a, b)) => Err(MismatchError::OtherStep {
            part,
            expected: name(a),
            came: name(b),
        }),
    }
}
