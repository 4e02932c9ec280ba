//! Rows of a Parquet table, as the text that they stand for (feature `parquet`).
//!
//! A field is short, and text is what the readers of columns read: one way for both kinds of tables costs a number its digits, and keeps its bits.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::ColumnDescPtr;

use super::column::Column;
use super::error::CsvError;
use super::rows::Row;
use crate::ReadError;
use crate::excerpt::excerpt;
use crate::memory::push;
use crate::source::Source;

/// Rows of a column that are decoded at a time, in a table of so many columns.
fn batch(columns: usize) -> usize {
    ((1 << 18) / columns.max(1)).clamp(1, 1024)
}

/// Reads rows from a table.
pub(super) struct ParquetRows {
    file: SerializedFileReader<Bytes>,
    /// Groups of rows that have been begun.
    begun: usize,
    /// Rows of this group that are left.
    left: u64,
    columns: Vec<Box<dyn Cells>>,
    /// Rows handed out so far.
    seen: usize,
    /// Bytes of text handed out so far, and the most that there may be.
    offset: u64,
    limit: u64,
    field: Vec<u8>,
}

impl ParquetRows {
    /// The rows of a file, and a row of its columns' names.
    pub(super) fn new(mut source: Source<'_>) -> Result<(Self, Row), CsvError> {
        let limit = source.limit();
        let file = source.up_to(u64::MAX)?;
        let len = file.len() as u64;
        let file = guarded(|| SerializedFileReader::new(Bytes::from(file)))?;
        let header = header(file.metadata(), len, limit)?;
        let rows = Self {
            file,
            begun: 0,
            left: 0,
            columns: Vec::new(),
            seen: 0,
            offset: 0,
            limit,
            field: Vec::new(),
        };
        Ok((rows, header))
    }

    /// Bytes of text handed out so far.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads the next row; false at the end.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, CsvError> {
        while self.left == 0 {
            if self.begun == self.file.num_row_groups() {
                return Ok(false);
            }
            self.begin_group()?;
        }
        self.left -= 1;
        self.seen += 1;
        row.clear(self.seen);
        for column in &mut self.columns {
            self.field.clear();
            guarded(|| column.next(&mut self.field))?;
            row.push(&self.field)?;
            // A separator stands behind each.
            self.offset += self.field.len() as u64 + 1;
        }
        match self.offset > self.limit {
            true => Err(ReadError::Unpacked { limit: self.limit }.into()),
            false => Ok(true),
        }
    }

    fn begin_group(&mut self) -> Result<(), CsvError> {
        self.columns.clear();
        let group = guarded(|| self.file.get_row_group(self.begun))?;
        self.begun += 1;
        self.left = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
        let count = group.num_columns();
        for number in 0..count {
            let of = group.metadata().column(number).column_descr_ptr();
            let cells = guarded(|| cells(&*group, number, of, batch(count)))?;
            push(&mut self.columns, cells)?;
        }
        Ok(())
    }
}

/// The names of the columns, each of which has one value in a row, and is packed by what is read.
fn header(metadata: &ParquetMetaData, len: u64, limit: u64) -> Result<Row, CsvError> {
    let schema = metadata.file_metadata().schema_descr();
    let mut header = Row::default();
    header.clear(1);
    for column in schema.columns() {
        if column.max_rep_level() > 0 || column.path().parts().len() != 1 {
            let name = column.path().parts().first().map_or("", String::as_str);
            return Err(CsvError::Nested {
                column: Column::Name(excerpt(name)),
            });
        }
        header.push(column.name().as_bytes())?;
    }
    if header.len() == 0 {
        return Err(CsvError::Empty { header: false });
    }
    for group in metadata.row_groups() {
        if group.num_columns() != header.len() {
            let error = "a group of rows has another number of columns".into();
            return Err(CsvError::Parquet { error });
        }
        // Each value stands for one byte of text at the least.
        let values = u64::try_from(group.num_rows()).ok();
        let values = values.and_then(|rows| rows.checked_mul(header.len() as u64));
        if values.is_none_or(|values| values > limit) {
            return Err(ReadError::Unpacked { limit }.into());
        }
        for column in group.columns() {
            check_promise(column, len, limit)?;
            let codec = match column.compression() {
                Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) => continue,
                codec => codec,
            };
            return Err(CsvError::Codec {
                column: Column::Name(excerpt(column.column_descr().name())),
                codec: excerpt(&codec.to_string()),
            });
        }
    }
    Ok(header)
}

/// Refuses a column that does not lie in the file, or unpacks to more than it may.
fn check_promise(column: &ColumnChunkMetaData, len: u64, limit: u64) -> Result<(), CsvError> {
    let start = match column.dictionary_page_offset() {
        Some(dictionary) if dictionary > 0 => dictionary,
        _ => column.data_page_offset(),
    };
    let end = start.checked_add(column.compressed_size());
    let end = end.and_then(|end| u64::try_from(end).ok());
    let first = column
        .data_page_offset()
        .min(start)
        .min(column.compressed_size());
    if first < 0 || end.is_none_or(|end| end > len) {
        let error = "a column does not lie in the file".into();
        return Err(CsvError::Parquet { error });
    }
    match u64::try_from(column.uncompressed_size()) {
        Ok(size) if size <= limit => Ok(()),
        _ => Err(ReadError::Unpacked { limit }.into()),
    }
}

/// The crate's answer. It checks less than it relies on: where it panics on a damaged file, that is an error too. What it was about is not used again.
fn guarded<R>(read: impl FnOnce() -> Result<R, ParquetError>) -> Result<R, CsvError> {
    let answer = catch_unwind(AssertUnwindSafe(read));
    answer
        .unwrap_or_else(|_| Err(ParquetError::General("it is damaged".to_owned())))
        .map_err(damaged)
}

/// The values of a column, one after another.
trait Cells {
    /// Writes the next one as text; nothing for a null.
    fn next(&mut self, to: &mut Vec<u8>) -> Result<(), ParquetError>;
}

/// Appends a value of a column as text.
type Write<V> = fn(&ColumnDescPtr, V, &mut Vec<u8>) -> Result<(), ParquetError>;

/// A column of one type.
struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    of: ColumnDescPtr,
    /// Values decoded and not handed out, and for each row whether it has one.
    values: std::vec::IntoIter<T::T>,
    levels: std::vec::IntoIter<i16>,
    batch: usize,
    write: Write<T::T>,
}

impl<T: DataType> Typed<T> {
    fn decode(&mut self) -> Result<(), ParquetError> {
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let (records, ..) =
            self.reader
                .read_records(self.batch, Some(&mut levels), None, &mut values)?;
        if records == 0 {
            let message = format!("column `{}` ends early", excerpt(self.of.name()));
            return Err(ParquetError::EOF(message));
        }
        // A column that has a value in every row has no levels.
        if self.of.max_def_level() == 0 {
            levels = vec![0; records];
        }
        (self.values, self.levels) = (values.into_iter(), levels.into_iter());
        Ok(())
    }
}

impl<T: DataType> Cells for Typed<T> {
    fn next(&mut self, to: &mut Vec<u8>) -> Result<(), ParquetError> {
        if self.levels.len() == 0 {
            self.decode()?;
        }
        if self.levels.next() != Some(self.of.max_def_level()) {
            return Ok(());
        }
        match self.values.next() {
            Some(value) => (self.write)(&self.of, value, to),
            None => Err(ParquetError::EOF("a value is missing".to_owned())),
        }
    }
}

/// The reader of a column.
fn cells(
    group: &dyn RowGroupReader,
    column: usize,
    of: ColumnDescPtr,
    batch: usize,
) -> Result<Box<dyn Cells>, ParquetError> {
    macro_rules! typed {
        ($reader:expr, $write:expr) => {
            Box::new(Typed {
                reader: $reader,
                of,
                values: Vec::new().into_iter(),
                levels: Vec::new().into_iter(),
                batch,
                write: $write,
            })
        };
    }
    Ok(match group.get_column_reader(column)? {
        ColumnReader::BoolColumnReader(reader) => {
            typed!(reader, |of, x, to| text(&Field::convert_bool(of, x), to))
        }
        ColumnReader::Int32ColumnReader(reader) => {
            typed!(reader, |of, x, to| text(&Field::convert_int32(of, x), to))
        }
        ColumnReader::Int64ColumnReader(reader) => {
            typed!(reader, |of, x, to| match nanoseconds(of) {
                true => text(&Field::TimestampMillis(x / 1_000_000), to),
                false => text(&Field::convert_int64(of, x), to),
            })
        }
        ColumnReader::Int96ColumnReader(reader) => {
            typed!(reader, |of, x, to| text(&Field::convert_int96(of, x), to))
        }
        ColumnReader::FloatColumnReader(reader) => {
            typed!(reader, |_, x, to| number(f64::from(x), to))
        }
        ColumnReader::DoubleColumnReader(reader) => typed!(reader, |_, x, to| number(x, to)),
        ColumnReader::ByteArrayColumnReader(reader) => {
            typed!(reader, |of, x, to| match decimal(of) {
                true => text(&Field::convert_byte_array(of, x)?, to),
                false => {
                    to.extend_from_slice(x.data());
                    Ok(())
                }
            })
        }
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            typed!(reader, |of, x, to| {
                let half = matches!(of.logical_type_ref(), Some(LogicalType::Float16));
                match decimal(of) || half {
                    true => text(&Field::convert_byte_array(of, x.into())?, to),
                    false => {
                        to.extend_from_slice(x.data());
                        Ok(())
                    }
                }
            })
        }
    })
}

fn decimal(of: &ColumnDescPtr) -> bool {
    of.converted_type() == ConvertedType::DECIMAL && of.physical_type() != Type::BOOLEAN
}

/// Whether whole numbers count nanoseconds since 1970, which the crate takes for numbers.
fn nanoseconds(of: &ColumnDescPtr) -> bool {
    matches!(of.logical_type_ref(), Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS)
}

/// The shortest text of a number: `f32` as the `f64` that it is.
fn number(x: f64, to: &mut Vec<u8>) -> Result<(), ParquetError> {
    Ok(write!(to, "{x:e}")?)
}

/// Numbers, yes and no, dates and times as the crate writes them.
fn text(field: &Field, to: &mut Vec<u8>) -> Result<(), ParquetError> {
    // The crate panics on dates far away.
    const DAY: i64 = 86_400_000;
    let known = match field {
        Field::Date(days) => is_near(i64::from(*days).saturating_mul(DAY)),
        Field::TimestampMillis(x) => is_near(*x),
        Field::TimestampMicros(x) => is_near(x / 1000),
        Field::TimeMillis(x) => (0..DAY).contains(&i64::from(*x)),
        Field::TimeMicros(x) => (0..DAY).contains(&(x / 1000)),
        _ => true,
    };
    if !known {
        let message = "a date or time that no calendar has".to_owned();
        return Err(ParquetError::General(message));
    }
    match field {
        Field::Float16(x) => number(f64::from(*x), to),
        field => Ok(write!(to, "{field}")?),
    }
}

/// Whether so many milliseconds since 1970 are in the years 1 to 9999.
fn is_near(milliseconds: i64) -> bool {
    (-62_135_596_800_000..253_402_300_800_000).contains(&milliseconds)
}

fn damaged(error: ParquetError) -> CsvError {
    CsvError::Parquet {
        error: error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::SchemaDescriptor;

    use super::*;

    /// A column begins with its dictionary if it has one, else with its first page, and lies in a file of 1000 bytes.
    #[test]
    fn a_column_lies_in_its_file() {
        let message = parse_message_type("message m { REQUIRED DOUBLE x; }").expect("a schema");
        let of = SchemaDescriptor::new(Arc::new(message)).column(0);
        let promise = |dictionary: Option<i64>, page: i64, size: i64| {
            let column = ColumnChunkMetaData::builder(Arc::clone(&of))
                .set_dictionary_page_offset(dictionary)
                .set_data_page_offset(page)
                .set_total_compressed_size(size)
                .set_total_uncompressed_size(2000)
                .build()
                .expect("a column");
            check_promise(&column, 1000, 2000).is_ok()
        };
        for (dictionary, page, size, lies) in [
            (None, 4, 996, true),
            (None, 4, 997, false),
            (Some(4), 500, 996, true),
            (Some(4), 500, 997, false),
            (Some(0), 500, 500, true),
            (Some(0), 500, 501, false),
            (None, -1, 10, false),
            (None, 4, -1, false),
            (Some(4), -1, 10, false),
            (None, i64::MAX, 10, false),
        ] {
            assert_eq!(
                promise(dictionary, page, size),
                lies,
                "{dictionary:?} {page} {size}"
            );
        }
    }

    #[test]
    fn dates_and_times_that_no_calendar_has_are_refused() {
        let written = |field: Field| {
            let mut to = Vec::new();
            text(&field, &mut to).map(|()| String::from_utf8(to).expect("a text"))
        };
        for far in [
            Field::Date(i32::MAX),
            Field::Date(i32::MIN),
            Field::TimestampMillis(i64::MAX),
            Field::TimestampMicros(i64::MAX),
            Field::TimestampMicros(i64::MIN),
            Field::TimeMillis(-1),
            Field::TimeMillis(86_400_000),
            Field::TimeMicros(86_400_000_000),
        ] {
            assert!(written(far.clone()).is_err(), "{far:?}");
        }
        for near in [
            Field::Date(0),
            Field::TimestampMillis(0),
            Field::TimestampMicros(0),
        ] {
            assert!(written(near).expect("a date").starts_with("1970-01-01"));
        }
        for noon in [
            Field::TimeMillis(43_200_000),
            Field::TimeMicros(43_200_000_000),
        ] {
            assert!(written(noon).expect("a time").starts_with("12:00"));
        }
    }
}
