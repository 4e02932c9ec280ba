//! Raw rows to be predicted: with or without a header, with or without what is no input.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use gradflow_real::Real;

use super::table::Table;
use super::{CsvError, Dialect};
use crate::field::Field;
use crate::memory::push;
use crate::source::Source;
use crate::{DataError, MismatchError, Outputs, Schema};

/// Reads raw rows for a schema, such as that of a model, from a file that may be longer than memory.
///
/// Where the schema knows names and the first row has them, columns are found by name, in any order, and others do not matter. Else a row has
/// the inputs alone, or is as in the table that was learnt from, with the targets and what was left out, or without the targets. Of a schema that
/// knows no such table, the targets are the last columns.
///
/// ```
/// use gradflow_data::{Csv, Dialect, RowReader};
///
/// let file = "id,size,colour,kind\n1,1,red,a\n2,2,blue,b\n";
/// let csv = Csv::classification("kind").without("id").text_as_categories();
/// let data = csv.read::<f64>(file.as_bytes())?;
/// for rows in ["colour,size\nred,3\n", "3,red\n", "7,3,red,a\n", "7,3,red\n"] {
///     let mut reader = RowReader::new(rows.as_bytes(), &Dialect::default(), data.schema())?;
///     assert_eq!(reader.rows::<f64>(100)?, [3.0, 1.0]); // size, and red is the second colour
///     assert!(reader.rows::<f64>(100)?.is_empty());
/// }
/// # Ok::<(), gradflow_data::DataError>(())
/// ```
pub struct RowReader<'a> {
    table: Table<'a>,
    schema: &'a Schema,
    decimal_comma: bool,
    /// For each input its place in a row.
    places: Vec<usize>,
    /// The line of the row read last.
    line: usize,
}

impl core::fmt::Debug for RowReader<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RowReader")
            .field("line", &self.line())
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

impl<'a> RowReader<'a> {
    /// Reads the first row, which may be a header.
    ///
    /// # Errors
    /// [`CsvError::Empty`] without any row, [`CsvError::Mismatch`] names the column that is missing, [`CsvError::RowWidth`] for rows of another width.
    pub fn new(
        reader: impl Read + 'a,
        dialect: &Dialect,
        schema: &'a Schema,
    ) -> Result<Self, CsvError> {
        let mut table = Table::new(Source::new(reader, None)?, dialect)?;
        let places = Self::places(&mut table, dialect, schema)?;
        Ok(Self {
            table,
            schema,
            decimal_comma: dialect.decimal_comma,
            places,
            line: 0,
        })
    }

    /// [`RowReader::new`] of a file, plain or gzip.
    ///
    /// # Errors
    /// [`DataError::Open`], or [`DataError::File`] with the path and a [`CsvError`].
    pub fn open(
        path: impl AsRef<Path>,
        dialect: &Dialect,
        schema: &'a Schema,
    ) -> Result<Self, DataError> {
        crate::source::open(path.as_ref(), |file: File| Self::new(file, dialect, schema))
    }

    fn places(
        table: &mut Table<'_>,
        dialect: &Dialect,
        schema: &Schema,
    ) -> Result<Vec<usize>, CsvError> {
        if let Some(header) = table.header() {
            let fields: Vec<&str> = header
                .iter()
                .map(|field| core::str::from_utf8(field).unwrap_or_default())
                .collect();
            let header = if table.is_typed() {
                Some(true)
            } else {
                dialect.header
            };
            let is_header = match (header, schema.input_names()) {
                (Some(header), _) => header,
                // One name that is known is no chance: a sample has numbers, or names of another kind.
                (None, Some(names)) if names.iter().any(|name| fields.contains(&name.as_str())) => {
                    true
                }
                (None, _) => !is_sample(schema, &fields, dialect.decimal_comma),
            };
            if is_header {
                return match schema.input_names() {
                    Some(names) => by_name(names, &fields, schema),
                    None => by_number(schema, table),
                };
            }
        }
        table.header_is_sample();
        by_number(schema, table)
    }

    /// The next rows, at most so many, one behind another, for `Model::predict_rows`; none at the end of the file.
    ///
    /// # Errors
    /// [`CsvError::Row`] with the line and the column.
    pub fn rows<T: Real>(&mut self, most: usize) -> Result<Vec<T>, CsvError> {
        let mut rows = Vec::new();
        for _ in 0..most {
            if !self.table.next_row()? {
                break;
            }
            self.line = self.table.line();
            for (column, place) in self.places.iter().enumerate() {
                let text = self.table.text(*place)?;
                let value = self.schema.raw_value(column, text, self.decimal_comma);
                let value = value.map_err(|error| CsvError::Row {
                    row: self.table.at(self.line),
                    error,
                })?;
                push(&mut rows, value)?;
            }
        }
        Ok(rows)
    }

    /// The line of the row read last, or its number in a Parquet table, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// Whether fields are those of a sample: some of the inputs are numbers, and so they are here.
fn is_sample(schema: &Schema, fields: &[&str], decimal_comma: bool) -> bool {
    let places = inputs_of(schema, fields.len());
    let place = |column: usize| places.as_ref().map_or(column, |places| places[column]);
    let numbers = (0..schema.inputs()).filter(|column| schema.encoding(*column).values().is_none());
    let (mut some, mut other) = (false, false);
    for column in numbers {
        let text = fields
            .get(place(column))
            .copied()
            .unwrap_or_default()
            .trim();
        match Field::<f64>::of(text, decimal_comma) {
            Field::Text => other = true,
            Field::Missing => {}
            Field::Number(_) | Field::Infinite => some = true,
        }
    }
    // Where all inputs are names, a header is one only by its names.
    some || !other
}

/// The place of each name.
fn by_name(names: &[String], fields: &[&str], schema: &Schema) -> Result<Vec<usize>, CsvError> {
    let mut here: HashMap<&str, (usize, bool)> = HashMap::new();
    for (place, field) in fields.iter().enumerate() {
        let again = here.contains_key(field);
        here.insert(field, (place, again));
    }
    let mut places = Vec::with_capacity(names.len());
    for name in names {
        match here.get(name.as_str()) {
            Some((place, false)) => places.push(*place),
            Some((_, true)) => {
                let name = crate::excerpt::excerpt(name);
                return Err(MismatchError::Repeated { name }.into());
            }
            // It says which name was probably meant.
            None => {
                let apart = schema.layout().into_iter();
                let apart = apart.flat_map(|layout| layout.targets.iter().chain(&layout.left_out));
                let apart: HashSet<&str> =
                    apart.filter_map(|column| column.name.as_deref()).collect();
                let known: Vec<&str> = fields
                    .iter()
                    .copied()
                    .filter(|field| !apart.contains(field))
                    .collect();
                let error = schema.order(&known).err();
                return Err(error.unwrap_or(MismatchError::NoNames).into());
            }
        }
    }
    Ok(places)
}

/// The places of the inputs in rows of so many fields, if they can be such rows.
fn inputs_of(schema: &Schema, fields: usize) -> Option<Vec<usize>> {
    let inputs = schema.inputs();
    if let Some(layout) = schema.layout() {
        return layout.inputs(inputs, fields);
    }
    let targets = match schema.outputs() {
        Outputs::Classes { .. } => 1,
        Outputs::Values { size, .. } => *size,
    };
    let fits = fields == inputs || Some(fields) == inputs.checked_add(targets);
    fits.then(|| (0..inputs).collect())
}

/// The places of the inputs in rows of so many fields, or what is wrong with them.
fn by_number(schema: &Schema, table: &Table<'_>) -> Result<Vec<usize>, CsvError> {
    let (inputs, fields) = (schema.inputs(), table.width());
    let places = inputs_of(schema, fields);
    places.ok_or_else(|| CsvError::RowWidth {
        row: table.at(table.first_line()),
        expected: inputs,
        whole: schema
            .layout()
            .map(|layout| layout.whole(inputs))
            .filter(|whole| *whole != inputs),
        found: fields,
    })
}
