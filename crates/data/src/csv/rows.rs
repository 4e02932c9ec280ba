//! Rows and fields of a CSV file.
//!
//! Read by a machine of five states, because the places of what is wrong (where did the quote open that is never closed?)
//! are the point of a reader that refuses.

use super::column::{Column, Place, RowAt};
use super::dialect::{Delimiter, Dialect};
use super::error::CsvError;
use super::text::Text;
use crate::ReadError;
use crate::memory::push;

/// The fields of a row, one text behind another.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: Vec<u8>,
    /// Where each field ends. Four bytes, because a field may be as short as its separator.
    ends: Vec<u32>,
    /// The line on which the row starts, counted from 1.
    pub(super) line: usize,
}

impl Row {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The fields in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let field = &self.text[start..*end as usize];
            start = *end as usize;
            field
        })
    }

    /// One field; empty if there are fewer.
    pub(super) fn get(&self, column: usize) -> &[u8] {
        let start = column.checked_sub(1).map_or(Some(0), |before| {
            self.ends.get(before).map(|end| *end as usize)
        });
        match (start, self.ends.get(column)) {
            (Some(start), Some(end)) => &self.text[start..*end as usize],
            _ => &[],
        }
    }

    /// Empties the row, which stands on this line now.
    pub(super) fn clear(&mut self, line: usize) {
        self.text.clear();
        self.ends.clear();
        self.line = line;
    }

    /// Appends a whole field.
    #[cfg(feature = "parquet")]
    pub(super) fn push(&mut self, field: &[u8]) -> Result<(), ReadError> {
        crate::memory::extend(&mut self.text, field)?;
        self.end_field()
    }

    fn end_field(&mut self) -> Result<(), ReadError> {
        let end = u32::try_from(self.text.len()).map_err(|_| ReadError::TooLarge {
            limit: u64::from(u32::MAX),
        })?;
        Ok(push(&mut self.ends, end)?)
    }
}

/// Where in a field the reader is.
#[derive(Clone, Copy, PartialEq)]
enum At {
    /// Before its first character that is no blank.
    Start,
    /// In a field without quotes.
    Plain,
    /// In quotes that opened on this line.
    Quoted { line: usize },
    /// Behind a quote in quotes: the closing one, or the first of two.
    Quote { line: usize },
    /// Behind the closing quote.
    Closed,
}

/// Reads rows from a stream.
pub(super) struct Rows<'a> {
    text: Text<'a>,
    delimiter: u8,
    /// Any number of blanks is one delimiter, and tabs are blanks.
    blanks: bool,
    /// What a comment begins with; nothing, if there are none.
    comment: Box<[u8]>,
    buffer: Box<[u8]>,
    /// What is left of the buffer.
    at: usize,
    len: usize,
    /// The line of the next byte.
    line: usize,
    /// The line on which the row begins, and bytes of the file that were read by then.
    begun: (usize, u64),
    /// The last byte was a carriage return: a line feed belongs to it.
    after_return: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(text: Text<'a>, dialect: &Dialect) -> Result<Self, CsvError> {
        let (delimiter, blanks) = match dialect.delimiter {
            Delimiter::Byte(byte) => (byte, false),
            Delimiter::Blanks => (b' ', true),
        };
        if matches!(delimiter, b'"' | b'\r' | b'\n') || !delimiter.is_ascii() {
            return Err(CsvError::Delimiter { delimiter });
        }
        let comment = dialect.comment.as_deref().unwrap_or_default().as_bytes();
        let odd = |byte: &u8| *byte == delimiter || b"\" \t\r\n".contains(byte);
        if comment.first().is_some_and(odd) || comment.len() > Self::LONGEST_COMMENT {
            return Err(CsvError::Comment);
        }
        let mut rows = Self {
            text,
            delimiter,
            blanks,
            comment: comment.into(),
            buffer: vec![0; 1 << 15].into(),
            at: 0,
            len: 0,
            line: 1,
            begun: (1, 0),
            after_return: false,
        };
        // The mark of UTF-8. The buffer is filled from a head that has it whole or not at all.
        rows.fill()?;
        if rows.buffer[..rows.len].starts_with(b"\xef\xbb\xbf") {
            rows.at = 3;
        }
        for _ in 0..dialect.skip_lines {
            if !rows.skip_line()? {
                break;
            }
            rows.begun = (rows.line, rows.offset());
        }
        Ok(rows)
    }

    const LONGEST_COMMENT: usize = 64;

    /// Bytes of the file read so far.
    pub(super) fn offset(&self) -> u64 {
        self.text.offset()
    }

    /// Most bytes of a row, whatever is in it: a file without an end need not have lines.
    const LONGEST_ROW: u64 = 1 << 24;

    fn fill(&mut self) -> Result<(), CsvError> {
        let (line, before) = self.begun;
        let limit = Self::LONGEST_ROW;
        if self.offset() - before > limit {
            return Err(CsvError::LongRow { line, limit });
        }
        self.at = 0;
        self.len = self.text.read(&mut self.buffer)?;
        Ok(())
    }

    /// A row begins here.
    fn begin(&mut self, row: &mut Row) {
        row.clear(self.line);
        self.begun = (self.line, self.offset());
    }

    /// Goes behind the end of the line; false at the end of the file.
    fn skip_line(&mut self) -> Result<bool, CsvError> {
        while let Some(byte) = self.byte()? {
            let second = core::mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n';
            if matches!(byte, b'\r' | b'\n') && !second {
                self.line += 1;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a line whose first byte has been read is a comment.
    fn is_comment(&mut self, first: u8) -> Result<bool, CsvError> {
        let Some((begin, rest)) = self.comment.split_first() else {
            return Ok(false);
        };
        if *begin != first {
            return Ok(false);
        }
        while self.len - self.at < rest.len() {
            self.buffer.copy_within(self.at..self.len, 0);
            (self.at, self.len) = (0, self.len - self.at);
            match self.text.read(&mut self.buffer[self.len..])? {
                0 => return Ok(false),
                more => self.len += more,
            }
        }
        Ok(self.buffer[self.at..].starts_with(rest))
    }

    fn byte(&mut self) -> Result<Option<u8>, CsvError> {
        if self.at == self.len {
            self.fill()?;
            if self.len == 0 {
                return Ok(None);
            }
        }
        let byte = self.buffer[self.at];
        self.at += 1;
        Ok(Some(byte))
    }

    /// Reads the next row that is not blank; false at the end of the file.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<bool, CsvError> {
        self.begin(row);
        let mut at = At::Start;
        while let Some(byte) = self.byte()? {
            let second = core::mem::replace(&mut self.after_return, byte == b'\r') && byte == b'\n';
            let end = matches!(byte, b'\r' | b'\n');
            if end && !second {
                self.line += 1;
            }
            at = match (at, byte) {
                (At::Quoted { line }, b'"') => At::Quote { line },
                (At::Quoted { line }, _) | (At::Quote { line }, b'"') => {
                    push(&mut row.text, byte)?;
                    At::Quoted { line }
                }
                _ if byte == self.delimiter || (self.blanks && byte == b'\t') => {
                    // Blanks in front of a row, and more than one of them, separate nothing.
                    if !(self.blanks && at == At::Start) {
                        self.end_field(row, at)?;
                    }
                    At::Start
                }
                (_, b'\r' | b'\n') => {
                    if at == At::Start && row.ends.is_empty() {
                        self.begin(row);
                        continue;
                    }
                    self.end_row(row, at)?;
                    return Ok(true);
                }
                (At::Start, b' ' | b'\t') => At::Start,
                (At::Start, _) if row.ends.is_empty() && self.is_comment(byte)? => {
                    self.skip_line()?;
                    self.begin(row);
                    At::Start
                }
                (At::Start, b'"') => At::Quoted { line: self.line },
                (At::Start | At::Plain, _) => {
                    push(&mut row.text, byte)?;
                    At::Plain
                }
                (At::Quote { .. } | At::Closed, b' ' | b'\t') => At::Closed,
                (At::Quote { .. } | At::Closed, _) => {
                    let place = self.place(row, self.line);
                    return Err(CsvError::AfterQuote { place });
                }
            };
        }
        match at {
            At::Quoted { line } => Err(CsvError::UnclosedQuote {
                place: self.place(row, line),
            }),
            At::Start if row.ends.is_empty() => Ok(false),
            _ => {
                self.end_row(row, at)?;
                Ok(true)
            }
        }
    }

    /// The end of a row that has begun; blanks in front of it separate nothing.
    fn end_row(&self, row: &mut Row, at: At) -> Result<(), ReadError> {
        match self.blanks && at == At::Start {
            true => Ok(()),
            false => self.end_field(row, at),
        }
    }

    /// Blanks at the end of a field without quotes are no part of it; it begins with something else.
    fn end_field(&self, row: &mut Row, at: At) -> Result<(), ReadError> {
        if at == At::Plain {
            let blanks = row.text.iter().rev();
            let blanks = blanks.take_while(|c| matches!(c, b' ' | b'\t')).count();
            row.text.truncate(row.text.len() - blanks);
        }
        row.end_field()
    }

    fn place(&self, row: &Row, line: usize) -> Place {
        Place {
            row: RowAt::Line(line),
            column: Column::Number(row.len()),
        }
    }
}
