//! What is kept of a column while a file is looked at.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::super::CsvError;
use super::super::table::Table;
use super::kind::{MOST_CLASSES, SniffedKind};
use crate::excerpt::excerpt;
use crate::field::{Field, boolean, is_date};

/// So many different values are told apart.
const MOST: usize = 1024;

/// What has been seen of a column.
pub(super) struct Tracker {
    /// It is called like something that tells rows apart.
    named_identifier: bool,
    /// It is the first column of a table without a header, where many keep what tells rows apart.
    first_unnamed: bool,
    missing: usize,
    present: usize,
    numbers: usize,
    booleans: usize,
    dates: usize,
    /// Numbers with separators of thousands, and the line of the first one with its text.
    thousands: usize,
    first_thousand: Option<(usize, String)>,
    /// Every number is a whole one, and greater by one than the number before.
    counting: bool,
    whole: bool,
    least: f64,
    most: f64,
    last: Option<f64>,
    /// Hashes of the first different values.
    values: HashSet<u64>,
    /// No value so far occurred twice, as long as they were told apart.
    unique: bool,
    hasher: RandomState,
}

impl Tracker {
    pub(super) fn new(name: Option<&String>, column: usize) -> Self {
        Self {
            named_identifier: name.is_some_and(|name| is_identifier(name)),
            first_unnamed: name.is_none() && column == 0,
            missing: 0,
            present: 0,
            numbers: 0,
            booleans: 0,
            dates: 0,
            thousands: 0,
            first_thousand: None,
            counting: true,
            whole: true,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            last: None,
            values: HashSet::new(),
            unique: true,
            hasher: RandomState::new(),
        }
    }

    /// Takes the value of the table's row.
    pub(super) fn push(&mut self, table: &Table<'_>, column: usize) -> Result<(), CsvError> {
        let text = table.text(column)?.trim();
        let field = table.parse(text);
        match field {
            Field::Missing => {
                self.missing += 1;
                return Ok(());
            }
            Field::Number(_) if boolean(text).is_some() => self.booleans += 1,
            Field::Number(x) => self.number(x),
            Field::Infinite => {}
            Field::Text if table.has_thousands(text) => {
                self.thousands += 1;
                if self.first_thousand.is_none() {
                    self.first_thousand = Some((table.line(), excerpt(text)));
                }
            }
            Field::Text => self.dates += usize::from(is_date(text)),
        }
        self.present += 1;
        if self.values.len() <= MOST {
            self.unique &= self.values.insert(self.hasher.hash_one(text));
        }
        Ok(())
    }

    /// Refuses a column of numbers of which some have separators of thousands.
    pub(super) fn check_thousands(&self, table: &Table<'_>, column: usize) -> Result<(), CsvError> {
        match &self.first_thousand {
            Some((line, text)) if self.thousands + self.numbers == self.present => {
                Err(CsvError::Thousands {
                    place: table.place_in(*line, column),
                    text: text.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    fn number(&mut self, x: f64) {
        self.numbers += 1;
        self.whole &= x.fract() == 0.0;
        self.counting &= self
            .last
            .map_or(x == 0.0 || x == 1.0, |last| x == last + 1.0);
        self.last = Some(x);
        (self.least, self.most) = (self.least.min(x), self.most.max(x));
    }

    pub(super) fn missing(&self) -> usize {
        self.missing
    }

    /// Different values, as far as they are told apart.
    pub(super) fn values(&self) -> usize {
        self.values.len()
    }

    pub(super) fn present(&self) -> usize {
        self.present
    }

    /// Whether all are numbers.
    pub(super) fn is_number(&self) -> bool {
        self.numbers == self.present
    }

    /// Whether all are whole numbers.
    pub(super) fn is_whole(&self) -> bool {
        self.whole && self.is_number()
    }

    /// Whether they are the whole numbers from 0 on, as many as there are different ones.
    pub(super) fn is_from_zero(&self) -> bool {
        self.is_whole() && self.least == 0.0 && self.most + 1.0 == self.values() as f64
    }

    /// Whether they are a few whole numbers from 0 or 1 on, each of them so often that they may be classes.
    pub(super) fn is_like_classes(&self) -> bool {
        let values = self.values();
        self.is_whole()
            && (2..=MOST_CLASSES).contains(&values)
            && 2 * values <= self.present
            && (self.least == 0.0 || self.least == 1.0)
            && self.most - self.least + 1.0 == values as f64
    }

    pub(super) fn kind(&self) -> SniffedKind {
        let (all, values) = (self.present, self.values());
        if all == 0 {
            return SniffedKind::Empty;
        }
        if self.booleans == all {
            return SniffedKind::Boolean;
        }
        if self.numbers == all {
            let counts = self.counting && all > 2;
            let known = self.named_identifier || (self.first_unnamed && all >= 20);
            let named = known && self.whole && self.unique;
            return match counts || named {
                true => SniffedKind::Identifier,
                false => SniffedKind::Number,
            };
        }
        if 2 * self.dates > all {
            return SniffedKind::Date;
        }
        if self.unique && (all >= 10 || self.named_identifier) {
            return SniffedKind::Identifier;
        }
        let scattered = values > MOST || (values > 50 && 2 * values > all);
        match scattered || 2 * self.numbers > all {
            true => SniffedKind::Text,
            false => SniffedKind::Category { values },
        }
    }
}

/// Whether a column of this name tells rows apart.
fn is_identifier(name: &str) -> bool {
    let camel = name.trim().ends_with("Id");
    let name = name.trim().to_lowercase();
    let known = [
        "",
        "id",
        "index",
        "key",
        "no",
        "nr",
        "row",
        "rownames",
        "uuid",
        "unnamed: 0",
        "__index_level_0__",
    ];
    known.contains(&name.as_str()) || camel || name.ends_with("_id") || name.ends_with(" id")
}
