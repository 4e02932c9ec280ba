//! Labels of a CSV file: any text, kept once, until all of them are known.

use std::collections::HashMap;

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::error::CsvError;
use super::table::Table;
use crate::excerpt::excerpt;
use crate::field::is_missing;
use crate::memory::{push, reserve};
use crate::texts::Texts;
use crate::{Dataset, DatasetError, MAX_CLASSES, MemoryError};

/// What labels mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Numbers if all of them are, at least so many classes; names if none is.
    Found { least: usize },
    /// Names, whatever they look like.
    Names,
    /// These names, in the order of their numbers, or those numbers if none is a name.
    Announced { names: Vec<String>, numbers: bool },
}

/// The labels read so far.
pub(super) struct Labels<'a> {
    meaning: &'a Meaning,
    announced: HashMap<&'a str, u32>,
    /// Which of the announced names, or which of the texts, the label of each sample is.
    labels: Vec<u32>,
    texts: Texts,
    /// The first label that is the number of an announced class, with its line, and whether another one is a name.
    numbered: Option<(usize, String)>,
    named: bool,
    /// Labels may be the numbers of announced classes.
    by_number: bool,
}

/// What labels are when all of them are known.
pub(super) struct Known {
    /// The class of each text; the numbers are classes already without it.
    pub(super) place: Option<Vec<u32>>,
    pub(super) classes: usize,
    pub(super) names: Option<Vec<String>>,
}

impl Known {
    /// The class of a text.
    pub(super) fn class(&self, text: u32) -> u32 {
        let place = self.place.as_ref();
        place.map_or(text, |place| {
            place.get(text as usize).copied().unwrap_or(text)
        })
    }
}

impl<'a> Labels<'a> {
    pub(super) fn new(meaning: &'a Meaning) -> Result<Self, CsvError> {
        let (mut announced, mut by_number) = (HashMap::new(), false);
        if let Meaning::Announced { names, numbers } = meaning {
            by_number = *numbers && names.iter().all(|name| name.parse::<f64>().is_err());
            for (name, number) in names.iter().zip(0..) {
                if let Some(first) = announced.insert(name.as_str(), number) {
                    return Err(DatasetError::RepeatedName {
                        name: excerpt(name),
                        first: first as usize,
                        second: number as usize,
                    }
                    .into());
                }
            }
            check_classes(names.len())?;
        }
        Ok(Self {
            meaning,
            announced,
            labels: Vec::new(),
            texts: Texts::default(),
            numbered: None,
            named: false,
            by_number,
        })
    }

    /// Whether the label of the table's row is missing.
    pub(super) fn is_missing(&self, table: &Table<'_>, column: usize) -> Result<bool, CsvError> {
        let text = table.text(column)?;
        Ok(is_missing(text) && !self.announced.contains_key(text))
    }

    /// The label of the table's row.
    pub(super) fn push(&mut self, table: &Table<'_>, column: usize) -> Result<(), CsvError> {
        let text = table.text(column)?;
        let label = match self.meaning {
            Meaning::Announced { names, .. } => {
                let known = self.announced.get(text).copied();
                self.named |= known.is_some();
                let label = known.or_else(|| self.numbered(table, text));
                if known.is_none() && self.numbered.is_none() {
                    self.numbered = Some((table.line(), excerpt(text)));
                }
                label.ok_or_else(|| CsvError::UnknownClass {
                    place: table.place(column),
                    text: excerpt(text),
                    classes: names.clone(),
                })?
            }
            _ if is_missing(text) => {
                return Err(CsvError::MissingLabel {
                    place: table.place(column),
                    text: text.to_owned(),
                });
            }
            _ => self.texts.number(text, table.line())?,
        };
        Ok(push(&mut self.labels, label)?)
    }

    /// The announced class that a number stands for, by the names that the first line of the table gives, if it does; `None` where
    /// numbers are not allowed, or some name is one.
    fn numbered(&self, table: &Table<'_>, text: &str) -> Option<u32> {
        let Meaning::Announced { names, .. } = self.meaning else {
            return None;
        };
        let number = class(text).ok().filter(|_| self.by_number)?;
        match table.summary() {
            Some(summary) => {
                let name = summary.classes.get(number)?;
                self.announced.get(name.as_str()).copied()
            }
            None => u32::try_from(number).ok().filter(|_| number < names.len()),
        }
    }

    /// The data set with these inputs; the caller knows that they are finite.
    pub(super) fn dataset<T: Real>(
        mut self,
        table: &Table<'_>,
        column: usize,
        shape: Shape<3>,
        inputs: Vec<T>,
    ) -> Result<Dataset<T>, CsvError> {
        let mut labels = self.take();
        let known = self.meaning(table, column)?;
        for label in &mut labels {
            *label = known.class(*label);
        }
        let data = Dataset::of_classes(shape, inputs, wide(&labels)?, known.classes)?;
        Ok(match known.names {
            Some(names) => data.named(names),
            None => data,
        })
    }

    /// Takes the labels away that were read, by the numbers of their texts.
    pub(super) fn take(&mut self) -> Vec<u32> {
        core::mem::take(&mut self.labels)
    }

    /// What the numbers of the texts stand for, when all rows are known.
    pub(super) fn meaning(self, table: &Table<'_>, column: usize) -> Result<Known, CsvError> {
        if let Meaning::Announced { names, .. } = self.meaning {
            if let (true, Some((line, text))) = (self.named, &self.numbered) {
                return Err(CsvError::NumberAmongNames {
                    place: table.place_in(*line, column),
                    text: text.clone(),
                });
            }
            return Ok(Known {
                place: None,
                classes: names.len(),
                names: Some(names.clone()),
            });
        }
        let (numbers, least) = match self.meaning {
            Meaning::Found { least } => (self.numbers(table, column)?, *least),
            _ => (None, 0),
        };
        if let Some(numbers) = numbers {
            let most = numbers.iter().max().map_or(0, |max| max.saturating_add(1));
            check_classes(most)?;
            // The first line of a table of scikit-learn's names the numbers.
            let names = table.summary().map(|summary| &summary.classes);
            let names = names.filter(|names| most <= names.len() && least <= names.len());
            return Ok(Known {
                place: Some(numbers.into_iter().map(|class| class as u32).collect()),
                classes: names.map_or(most.max(least), Vec::len),
                names: names.cloned(),
            });
        }
        let (names, place) = self.texts.ranked()?;
        Ok(Known {
            place: Some(place),
            classes: names.len(),
            names: Some(names),
        })
    }

    /// The class of each text, if all of them are classes counted from 0; `None` if none is a number.
    fn numbers(&self, table: &Table<'_>, column: usize) -> Result<Option<Vec<usize>>, CsvError> {
        let mut numbers = Vec::new();
        reserve(&mut numbers, self.texts.len())?;
        let (mut some, mut odd) = (false, None);
        for text in 0..self.texts.len() as u32 {
            match class(self.texts.get(text)) {
                Ok(class) => numbers.push(class),
                Err(is_number) => {
                    some |= is_number;
                    odd = odd.or(Some(text));
                }
            }
        }
        let others = !numbers.is_empty();
        match odd {
            None => Ok(Some(numbers)),
            Some(text) if others || some => Err(CsvError::MixedLabels {
                place: table.place_in(self.texts.line(text), column),
                text: excerpt(self.texts.get(text)),
                others,
            }),
            Some(_) => Ok(None),
        }
    }
}

fn check_classes(classes: usize) -> Result<(), DatasetError> {
    match classes > MAX_CLASSES {
        true => Err(DatasetError::TooManyClasses {
            classes,
            limit: MAX_CLASSES,
        }),
        false => Ok(()),
    }
}

/// The class that a text stands for: `1`, `01` and `1.0` are 1. Else whether it is a number at all.
fn class(text: &str) -> Result<usize, bool> {
    if let Ok(class) = text.parse() {
        return Ok(class);
    }
    match text.parse::<f64>() {
        // Any integer too large for a class is refused as too many classes.
        Ok(x) if x >= 0.0 && x.fract() == 0.0 => Ok(x as usize),
        Ok(x) => Err(x.is_finite()),
        Err(_) => Err(false),
    }
}

/// The labels as a data set has them; while a file is read they take half of that.
fn wide(labels: &[u32]) -> Result<Vec<usize>, MemoryError> {
    let mut numbers = Vec::new();
    reserve(&mut numbers, labels.len())?;
    numbers.extend(labels.iter().map(|label| *label as usize));
    Ok(numbers)
}
