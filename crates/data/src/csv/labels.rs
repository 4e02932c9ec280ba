//! Labels of a CSV file: any text, kept once, until all of them are known.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use gradflow_real::Real;
use gradflow_tensor::Shape;

use super::error::{CsvError, is_missing};
use super::table::Table;
use crate::excerpt::excerpt;
use crate::memory::{extend, push, reserve};
use crate::{Dataset, DatasetError, MAX_CLASSES, MemoryError};

/// What labels mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Numbers if all of them are, names if none is.
    Found,
    /// Names, whatever they look like.
    Names,
    /// These names, in the order of their numbers.
    Announced(Vec<String>),
}

/// The labels read so far.
pub(super) struct Labels<'a> {
    meaning: &'a Meaning,
    announced: HashMap<&'a str, u32>,
    /// Which of the announced names, or which of the texts, the label of each sample is.
    labels: Vec<u32>,
    texts: Texts,
}

impl<'a> Labels<'a> {
    pub(super) fn new(meaning: &'a Meaning) -> Result<Self, CsvError> {
        let mut announced = HashMap::new();
        if let Meaning::Announced(names) = meaning {
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
        })
    }

    /// The label of the table's row.
    pub(super) fn push(&mut self, table: &Table<'_>, column: usize) -> Result<(), CsvError> {
        let text = table.text(column)?;
        let label = match self.meaning {
            Meaning::Announced(names) => {
                *self
                    .announced
                    .get(text)
                    .ok_or_else(|| CsvError::UnknownClass {
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

    /// The data set with these inputs; the caller knows that they are finite.
    pub(super) fn dataset<T: Real>(
        self,
        table: &Table<'_>,
        column: usize,
        shape: Shape<3>,
        inputs: Vec<T>,
    ) -> Result<Dataset<T>, CsvError> {
        if let Meaning::Announced(names) = self.meaning {
            let data = Dataset::of_classes(shape, inputs, wide(&self.labels)?, names.len())?;
            return Ok(data.named(names.clone()));
        }
        let numbers = match self.meaning {
            Meaning::Found => self.numbers(table, column)?,
            _ => None,
        };
        let Self {
            mut labels, texts, ..
        } = self;
        if let Some(numbers) = numbers {
            let classes = numbers.iter().max().map_or(0, |max| max.saturating_add(1));
            check_classes(classes)?;
            for label in &mut labels {
                *label = numbers[*label as usize] as u32;
            }
            return Ok(Dataset::of_classes(shape, inputs, wide(&labels)?, classes)?);
        }
        // Names in alphabetical order, and the place of each text among them.
        let mut order: Vec<u32> = Vec::new();
        reserve(&mut order, texts.len())?;
        order.extend(0..texts.len() as u32);
        order.sort_unstable_by_key(|text| texts.get(*text));
        let mut place = order.clone();
        for (number, text) in order.iter().enumerate() {
            place[*text as usize] = number as u32;
        }
        for label in &mut labels {
            *label = place[*label as usize];
        }
        let mut names = Vec::new();
        reserve(&mut names, order.len())?;
        names.extend(order.iter().map(|text| texts.get(*text).to_owned()));
        Ok(Dataset::of_classes(shape, inputs, wide(&labels)?, names.len())?.named(names))
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
                place: table.place_in(self.texts.lines[text as usize], column),
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

/// Different texts, numbered in the order of their first occurrence.
///
/// They lie one behind another, and their numbers in a table with open addressing that is never more than half full: a
/// label may be two bytes of the file, and a `String` for each would take many times that.
#[derive(Default)]
struct Texts {
    bytes: String,
    ends: Vec<usize>,
    /// On which line each occurs first.
    lines: Vec<usize>,
    /// A text's number plus 1, or 0.
    slots: Vec<u32>,
    hasher: RandomState,
}

impl Texts {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    /// The number of a text, a new one if it is new.
    fn number(&mut self, text: &str, line: usize) -> Result<u32, CsvError> {
        if 2 * (self.len() + 1) > self.slots.len() {
            self.grow()?;
        }
        let slot = self.slot(text);
        if self.slots[slot] > 0 {
            return Ok(self.slots[slot] - 1);
        }
        check_classes(self.len() + 1)?;
        let number = self.len() as u32;
        self.bytes
            .try_reserve(text.len())
            .map_err(|_| MemoryError {
                bytes: self.bytes.len() + text.len(),
            })?;
        self.bytes.push_str(text);
        push(&mut self.ends, self.bytes.len())?;
        push(&mut self.lines, line)?;
        self.slots[slot] = number + 1;
        Ok(number)
    }

    /// Where a text is, or the free slot where it belongs.
    fn slot(&self, text: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(text) as usize & mask;
        while self.slots[slot] > 0 && self.get(self.slots[slot] - 1) != text {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) -> Result<(), MemoryError> {
        let len = (2 * self.slots.len()).max(64);
        self.slots.clear();
        for _ in 0..len / 64 {
            extend(&mut self.slots, &[0; 64])?;
        }
        for number in 0..self.len() as u32 {
            let slot = self.slot(self.get(number));
            self.slots[slot] = number + 1;
        }
        Ok(())
    }
}

/// The labels as a data set has them; while a file is read they take half of that.
fn wide(labels: &[u32]) -> Result<Vec<usize>, MemoryError> {
    let mut numbers = Vec::new();
    reserve(&mut numbers, labels.len())?;
    numbers.extend(labels.iter().map(|label| *label as usize));
    Ok(numbers)
}
