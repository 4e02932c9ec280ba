//! Parts of the messages of CSV files.

use core::fmt;

use super::column::{Column, Columns};
use crate::excerpt::plural;
use crate::field::{has_thousands, is_date, is_missing};

/// `: did you mean … ? The`, or `; the`
pub(super) struct Meant<'a>(pub(super) Option<&'a str>);

impl fmt::Display for Meant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, ": did you mean `{name}`? The columns are"),
            None => f.write_str("; the columns are"),
        }
    }
}

/// A column that is asked for twice, as a target so often.
pub(super) struct Twice(pub(super) usize);

impl fmt::Display for Twice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            0 => "is left out twice: call `without` once for it",
            1 => "is both a target and left out by `without`: remove one of the two",
            _ => "is a target twice: name it once",
        })
    }
}

pub(super) struct LeftOut(pub(super) usize);

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            n => write!(f, " and {n} left out"),
        }
    }
}

/// Whether a larger type would hold it.
pub(super) struct Beyond<'a>(pub(super) &'a str);

impl fmt::Display for Beyond<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.parse::<f64>() {
            Ok(x) if x.is_finite() => f.write_str("; read the file as f64, or scale the column"),
            _ => Ok(()),
        }
    }
}

pub(super) struct TooMany<'a> {
    pub(super) expected: &'a usize,
    pub(super) found: &'a usize,
}

impl fmt::Display for TooMany<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.found > self.expected {
            true => f.write_str("; a field that contains the delimiter stands in quotes"),
            false => f.write_str("; a field that is empty still has its delimiter"),
        }
    }
}

/// A single column whose name holds another separator.
pub(super) struct Delimited<'a> {
    pub(super) columns: &'a Columns,
}

impl fmt::Display for Delimited<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Columns::Named { first, total: 1 } = self.columns else {
            return Ok(());
        };
        let inside = |c: &char| first.iter().any(|name| name.contains(*c));
        match [';', '\t', ',', '|'].iter().find(|c| inside(c)) {
            Some(c) => write!(
                f,
                ": are fields separated by {c:?}? Say `delimiter(b{c:?})`"
            ),
            None => Ok(()),
        }
    }
}

/// Marks and notations of numbers that are known.
pub(super) struct WhyNot<'a>(pub(super) &'a str, pub(super) bool);

impl fmt::Display for WhyNot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, decimal_comma) = self;
        let point = |text: &str| text.replace(',', ".").parse::<f64>().is_ok();
        f.write_str(if is_missing(text) {
            "; it marks a missing value: fill it in or leave the row out"
        } else if *decimal_comma && text.contains('.') && text.replace(['.', ','], "").parse::<f64>().is_ok() {
            "; the decimal sign was said to be a comma, and thousands are not separated"
        } else if has_thousands(text, *decimal_comma) {
            "; it seems to have separators of thousands: write it without them, such as `1000` for `1,000`"
        } else if text.contains(',') && point(text) {
            "; the decimal sign is a point, unless `decimal_comma()` is said"
        } else if is_date(text) {
            "; it is a date: put numbers in its place, such as the year or the days since a first one, or leave the column out by `without`"
        } else {
            ": correct it; or, if its column holds names, say so by `category` (in an experiment `categories`), or leave the column out by `without`"
        })
    }
}

/// A missing value, as it stands there.
pub(super) struct Gap<'a>(pub(super) &'a str);

impl fmt::Display for Gap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("empty, but a value was expected"),
            mark => write!(f, "`{mark}` marks a missing value"),
        }
    }
}

/// In how many of all rows which columns have a gap.
pub(super) struct Counts<'a> {
    pub(super) counts: &'a [(Column, usize)],
    pub(super) rows: usize,
}

impl fmt::Display for Counts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { counts, rows } = *self;
        for (i, (column, count)) in counts.iter().take(Columns::SHOWN).enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let s = plural(rows);
            write!(f, "{comma}{count} of {rows} row{s} in column {column}")?;
        }
        match counts.len() > Columns::SHOWN {
            true => f.write_str(", …"),
            false => Ok(()),
        }
    }
}

pub(super) struct Mark<'a>(pub(super) &'a str);

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => f.write_str("empty"),
            mark => write!(f, "`{mark}`"),
        }
    }
}

pub(super) struct Others(pub(super) bool);

impl fmt::Display for Others {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { ", but others are" } else { "" })
    }
}

/// The first names of a list.
pub(super) struct List<'a>(pub(super) &'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.iter().take(Columns::SHOWN);
        let first: Vec<String> = first.map(|name| crate::excerpt::excerpt(name)).collect();
        let more = if first.len() < self.0.len() {
            ", …"
        } else {
            ""
        };
        write!(f, "`{}`{more}", first.join("`, `"))
    }
}
