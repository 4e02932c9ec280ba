//! Columns of a table by name or number, and whether its first row is a header.

use std::collections::HashMap;

use gradflow_tensor::names;

use super::super::column::{Column, Columns};
use super::super::error::CsvError;
use super::super::rows::Row;
use super::Table;
use crate::excerpt::excerpt;

impl Table<'_> {
    /// The numbers of these columns, of which the first so many are targets and the next so many left out; the others are said more about.
    pub(in super::super) fn find(
        &self,
        columns: &[Column],
        (targets, left_out): (usize, usize),
    ) -> Result<Vec<usize>, CsvError> {
        let mut found: Vec<usize> = Vec::with_capacity(columns.len());
        let mut by_name = false;
        let index = self.index(columns);
        // For each column that is no input, where it is asked for first.
        let mut apart: HashMap<usize, usize> = HashMap::new();
        for column in columns {
            let Some((number, named)) = self.number_of(column, &index)? else {
                self.check_header(&[])?;
                return Err(CsvError::UnknownColumn {
                    column: column.clone(),
                    nearest: self.meant(column),
                    columns: self.columns(),
                });
            };
            by_name |= named;
            let of_input = found.len() >= targets + left_out;
            if let Some(first) = apart.get(&number) {
                let column = column.clone();
                if of_input {
                    return Err(CsvError::NoInput { column });
                }
                let places = [*first, found.len()];
                return Err(CsvError::AskedTwice {
                    column,
                    targets: places.iter().filter(|place| **place < targets).count(),
                });
            }
            if !of_input {
                apart.insert(number, found.len());
            }
            found.push(number);
        }
        if !by_name {
            self.check_header(&found[..targets + left_out])?;
        }
        Ok(found)
    }

    /// For each name that is asked for its number in the header, and whether it occurs twice there.
    fn index<'n>(&self, columns: &'n [Column]) -> HashMap<&'n [u8], Option<(usize, bool)>> {
        let mut index = HashMap::new();
        for column in columns {
            if let Column::Name(name) = column {
                index.insert(name.as_bytes(), None);
            }
        }
        for (number, field) in self.header.iter().flat_map(Row::iter).enumerate() {
            if let Some(place) = index.get_mut(field) {
                *place = Some(place.map_or((number, false), |(first, _)| (first, true)));
            }
        }
        index
    }

    /// The number of a column, and whether its name was found in the header.
    fn number_of(
        &self,
        column: &Column,
        index: &HashMap<&[u8], Option<(usize, bool)>>,
    ) -> Result<Option<(usize, bool)>, CsvError> {
        let name = match column {
            Column::Number(number) => {
                return Ok(Some((*number, false)).filter(|_| *number < self.width));
            }
            Column::Name(name) => name,
        };
        match index.get(name.as_bytes()).copied().flatten() {
            Some((number, false)) => Ok(Some((number, true))),
            Some((_, true)) => Err(CsvError::RepeatedColumn {
                column: column.clone(),
            }),
            None => Ok(self.last(name).map(|number| (number, false))),
        }
    }

    /// The last column, if that is what a name means.
    fn last(&self, name: &str) -> Option<usize> {
        self.width.checked_sub(1).filter(|_| name == "last")
    }

    /// Whether the header looks like a sample: all names but those of targets are numbers, or all but one.
    ///
    /// A file without a header would otherwise lose its first sample in silence.
    fn check_header(&self, targets: &[usize]) -> Result<(), CsvError> {
        let Some(header) = self.header.as_ref().filter(|_| self.doubt) else {
            return Ok(());
        };
        let is_number = |field: &[u8]| {
            core::str::from_utf8(field)
                .is_ok_and(|text| text.trim().parse::<f64>().is_ok_and(f64::is_finite))
        };
        let names = header.iter().filter(|field| !is_number(field)).count();
        let target_names = targets
            .iter()
            .filter(|t| !is_number(header.get(**t)))
            .count();
        let (numbers, fields) = (header.len() - names, header.len());
        if numbers > 0 && names <= target_names.max(1) {
            return Err(CsvError::HeaderOfNumbers {
                line: header.line,
                numbers,
                fields,
            });
        }
        Ok(())
    }

    /// The name in the header that was probably meant.
    fn meant(&self, column: &Column) -> Option<String> {
        let (Column::Name(name), Some(header)) = (column, &self.header) else {
            return None;
        };
        // A single name may be a row with another delimiter.
        if header.len() == 1 {
            return None;
        }
        let known: Vec<_> = header.iter().map(String::from_utf8_lossy).collect();
        names::meant(name, known.iter().map(|name| &**name)).map(excerpt)
    }

    fn columns(&self) -> Columns {
        match &self.header {
            Some(header) => Columns::Named {
                first: (header.iter().take(Columns::SHOWN))
                    .map(|name| excerpt(&String::from_utf8_lossy(name)))
                    .collect(),
                total: header.len(),
            },
            None => Columns::Numbered(self.width),
        }
    }
}
