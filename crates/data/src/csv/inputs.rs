//! The inputs of a table: numbers, gaps, and texts that are categories.

use std::collections::HashMap;

use gradflow_real::Real;

use super::column::{Column, Columns, Place};
use super::error::CsvError;
use super::table::Table;
use crate::excerpt::excerpt;
use crate::field::{Field, boolean, is_date, is_missing};
use crate::memory::{filled, push, reserve};
use crate::texts::Texts;
use crate::{MemoryError, Missing};

/// What a column of the file is. One byte for each, since a file may be one wide row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// No input: a target, or left out.
    Apart,
    /// Numbers.
    Number,
    /// What its first value is, a number or a text.
    Open,
    /// Texts, which are categories.
    Text,
}

/// Most columns of texts in one table: each takes some room of its own.
const MOST_TEXT_COLUMNS: usize = 1024;
/// Most values of one category.
const MOST_VALUES: usize = 4096;

/// The inputs read so far.
pub(super) struct Inputs<T> {
    roles: Vec<Role>,
    values: Vec<T>,
    categories: Categories,
    gaps: Gaps,
    missing: Missing,
    /// Some values were taken.
    taken: bool,
}

/// The texts of each column of categories, by its number in the file.
#[derive(Default)]
struct Categories(HashMap<usize, Category>);

struct Category {
    texts: Texts,
    /// The texts that stand in rows which are kept.
    used: Vec<bool>,
    /// The caller has said that it is one.
    announced: bool,
}

/// How many values are missing in each column of the file; nothing until the first.
#[derive(Default)]
struct Gaps {
    counts: Vec<u32>,
    first: Option<(Place, String)>,
}

/// Inputs by samples, and the values of the inputs that are categories.
pub(super) type Collected<T> = (Vec<T>, HashMap<usize, Vec<String>>);

/// What is known of categories when all rows are.
pub(super) struct Numbering<T> {
    /// The new number of each text of an input.
    places: Vec<(usize, Vec<T>)>,
    /// The values of each input that is a category, in alphabetical order.
    pub(super) names: HashMap<usize, Vec<String>>,
}

impl<T: Real> Numbering<T> {
    /// Whether nothing is to be numbered anew.
    #[cfg(feature = "rows")]
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Numbers the categories of rows of so many numbers anew.
    pub(super) fn apply(&self, values: &mut [T], size: usize) {
        for (input, places) in &self.places {
            for number in values.iter_mut().skip(*input).step_by(size) {
                if let Some(place) = known(*number).and_then(|at| places.get(at)) {
                    *number = *place;
                }
            }
        }
    }
}

impl<T: Real> Inputs<T> {
    pub(super) fn new(roles: Vec<Role>, missing: Missing) -> Result<Self, MemoryError> {
        let mut values = Vec::new();
        // A file may be one wide row.
        reserve(&mut values, Self::count(&roles))?;
        Ok(Self {
            roles,
            values,
            categories: Categories::default(),
            gaps: Gaps::default(),
            missing,
            taken: false,
        })
    }

    fn count(roles: &[Role]) -> usize {
        roles.iter().filter(|role| **role != Role::Apart).count()
    }

    /// Inputs of a sample.
    pub(super) fn size(&self) -> usize {
        Self::count(&self.roles)
    }

    /// Takes the table's row; false if it is dropped.
    pub(super) fn push(&mut self, table: &Table<'_>) -> Result<bool, CsvError> {
        let (start, mut whole) = (self.values.len(), true);
        for (column, role) in self.roles.iter_mut().enumerate() {
            let value = match role {
                Role::Apart => continue,
                Role::Number => table.value(column)?,
                Role::Open | Role::Text => self.categories.value(role, table, column)?,
            };
            if value.is_none() {
                whole = false;
                self.gaps.push(table, column)?;
            }
            push(&mut self.values, value.unwrap_or(T::from_f64(f64::NAN)))?;
        }
        let kept = whole || self.missing != Missing::Drop;
        if !kept {
            self.values.truncate(start);
        }
        Ok(kept)
    }

    /// All inputs; the numbers of categories follow the alphabetical order of their values.
    pub(super) fn finish(mut self, table: &Table<'_>) -> Result<Collected<T>, CsvError> {
        let (mut values, size) = (self.take()?, self.size());
        let numbering = self.number(table)?;
        numbering.apply(&mut values, size);
        Ok((values, numbering.names))
    }

    /// How many values there are that were not taken.
    #[cfg(feature = "rows")]
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Takes the values of whole rows away; categories by the numbers of their texts.
    pub(super) fn take(&mut self) -> Result<Vec<T>, MemoryError> {
        let size = self.size();
        self.taken |= !self.values.is_empty();
        let inputs = self.roles.iter().enumerate();
        let inputs = inputs.filter(|(_, role)| **role != Role::Apart);
        for (input, (column, _)) in inputs.enumerate() {
            if let Some(category) = self.categories.0.get_mut(&column) {
                category.mark(&self.values, input, size)?;
            }
        }
        Ok(core::mem::take(&mut self.values))
    }

    /// The numbers of all categories, when all rows are taken.
    pub(super) fn number(mut self, table: &Table<'_>) -> Result<Numbering<T>, CsvError> {
        if let (Missing::Refuse, Some((place, text))) = (self.missing, self.gaps.first.take()) {
            return Err(CsvError::Missing {
                place,
                text,
                counts: self.gaps.named(table),
                rows: table.seen(),
            });
        }
        if !self.taken {
            return Err(match table.seen() {
                0 => CsvError::Empty {
                    header: table.header().is_some(),
                },
                rows => CsvError::AllDropped { rows },
            });
        }
        let (mut places, mut names) = (Vec::new(), HashMap::new());
        let inputs = self.roles.iter().enumerate();
        let inputs = inputs.filter(|(_, role)| **role != Role::Apart).enumerate();
        for (input, (column, _)) in inputs {
            let Some(category) = self.categories.0.remove(&column) else {
                continue;
            };
            let (place, values) = category.finish(table, column)?;
            push(&mut places, (input, place))?;
            if let Some(values) = values {
                names.insert(input, values);
            }
        }
        Ok(Numbering { places, names })
    }
}

impl Categories {
    /// The number of a text, or a number; nothing, if it is missing.
    fn value<T: Real>(
        &mut self,
        role: &mut Role,
        table: &Table<'_>,
        column: usize,
    ) -> Result<Option<T>, CsvError> {
        let text = table.text(column)?.trim();
        if is_missing(text) {
            return Ok(None);
        }
        let announced = *role == Role::Text;
        if !announced {
            let number = !matches!(table.field::<T>(column)?, Field::Text);
            if (number && boolean(text).is_none()) || is_date(text) {
                *role = Role::Number;
                return table.value(column);
            }
            *role = Role::Text;
        }
        let too_many = |columns: bool, limit| CsvError::TooManyCategories {
            column: table.place(column).column,
            columns,
            limit,
        };
        if self.0.len() >= MOST_TEXT_COLUMNS && !self.0.contains_key(&column) {
            return Err(too_many(true, MOST_TEXT_COLUMNS));
        }
        let category = self.0.entry(column).or_insert_with(|| Category {
            texts: Texts::default(),
            used: Vec::new(),
            announced,
        });
        let number = category.texts.number(text, table.line())?;
        match category.texts.len() > MOST_VALUES {
            true => Err(too_many(false, MOST_VALUES)),
            false => Ok(Some(T::from_f64(f64::from(number)))),
        }
    }
}

impl Category {
    /// Notes the texts of this input that stand in rows.
    fn mark<T: Real>(
        &mut self,
        values: &[T],
        input: usize,
        size: usize,
    ) -> Result<(), MemoryError> {
        while self.used.len() < self.texts.len() {
            push(&mut self.used, false)?;
        }
        for number in values.iter().skip(input).step_by(size) {
            if let Some(used) = known(*number).and_then(|at| self.used.get_mut(at)) {
                *used = true;
            }
        }
        Ok(())
    }

    /// The values in alphabetical order, and the place of each text among them; no values, if all are yes or no and become 1 and 0.
    fn finish<T: Real>(
        self,
        table: &Table<'_>,
        column: usize,
    ) -> Result<(Vec<T>, Option<Vec<String>>), CsvError> {
        let (texts, mut order) = (&self.texts, self.texts.sorted()?);
        // A text may stand in dropped rows alone.
        let used = &self.used;
        order.retain(|text| used.get(*text as usize) == Some(&true));
        let yes = |text: &u32| boolean(texts.get(*text));
        let booleans = !self.announced && order.iter().all(|text| yes(text).is_some());
        if !self.announced {
            self.check_mixed(table, column)?;
        }
        let mut place = filled(texts.len(), T::ZERO)?;
        for (number, text) in order.iter().enumerate() {
            place[*text as usize] = match booleans {
                true => T::from_f64(f64::from(u8::from(yes(text) == Some(true)))),
                false => T::from_f64(number as f64),
            };
        }
        if booleans {
            return Ok((place, None));
        }
        let mut names = Vec::new();
        reserve(&mut names, order.len())?;
        names.extend(order.iter().map(|text| texts.get(*text).to_owned()));
        Ok((place, Some(names)))
    }

    /// Refuses a column of numbers in which something else comes first.
    fn check_mixed(&self, table: &Table<'_>, column: usize) -> Result<(), CsvError> {
        let values = self.texts.len();
        let all = 0..values as u32;
        let is_number = |text: &u32| {
            let text = self.texts.get(*text);
            matches!(table.parse::<f64>(text), Field::Number(_)) && boolean(text).is_none()
        };
        let numbers = all.clone().filter(is_number).count();
        let first = all.clone().find(|text| !is_number(text));
        let thousands = |text: &u32| table.has_thousands(self.texts.get(*text));
        match first {
            Some(text) if all.clone().all(|text| is_number(&text) || thousands(&text)) => {
                Err(CsvError::Thousands {
                    place: table.place_in(self.texts.line(text), column),
                    text: excerpt(self.texts.get(text)),
                })
            }
            Some(text) if 2 * numbers > values => Err(CsvError::MixedColumn {
                place: table.place_in(self.texts.line(text), column),
                text: excerpt(self.texts.get(text)),
                numbers,
                values,
            }),
            _ => Ok(()),
        }
    }
}

/// The number of a text; nothing for a gap.
fn known<T: Real>(number: T) -> Option<usize> {
    Some(number.to_f64())
        .filter(|x| *x >= 0.0)
        .map(|x| x as usize)
}

impl Gaps {
    fn push(&mut self, table: &Table<'_>, column: usize) -> Result<(), CsvError> {
        if self.counts.is_empty() {
            self.counts = filled(table.width(), 0)?;
        }
        if self.first.is_none() {
            self.first = Some((table.place(column), excerpt(table.text(column)?.trim())));
        }
        self.counts[column] = self.counts[column].saturating_add(1);
        Ok(())
    }

    /// The first columns with gaps, and one more than are shown.
    fn named(&self, table: &Table<'_>) -> Vec<(Column, usize)> {
        let counts = self
            .counts
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0);
        let first = counts.take(Columns::SHOWN + 1);
        first
            .map(|(column, count)| (table.place(column).column, *count as usize))
            .collect()
    }
}
