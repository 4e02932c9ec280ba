//! Texts, each kept once.

use std::hash::{BuildHasher, RandomState};

use crate::memory::{collect, extend, push, reserve};
use crate::{DatasetError, MAX_CLASSES, MemoryError};

/// Different texts, numbered in the order of their first occurrence.
///
/// They lie one behind another, and their numbers in a table with open addressing that is never more than half full: a
/// label may be two bytes of the file, and a `String` for each would take many times that.
#[derive(Default)]
pub(crate) struct Texts {
    bytes: String,
    ends: Vec<usize>,
    /// In which line or sample each occurs first.
    lines: Vec<usize>,
    /// A text's number plus 1, or 0.
    slots: Vec<u32>,
    hasher: RandomState,
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    /// The number of a text, a new one if it is new.
    pub(crate) fn number(&mut self, text: &str, line: usize) -> Result<u32, DatasetError> {
        if 2 * (self.len() + 1) > self.slots.len() {
            self.grow()?;
        }
        let slot = self.slot(text);
        if self.slots[slot] > 0 {
            return Ok(self.slots[slot] - 1);
        }
        if self.len() >= MAX_CLASSES {
            return Err(DatasetError::TooManyClasses {
                classes: self.len() + 1,
                limit: MAX_CLASSES,
            });
        }
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

    /// The line or sample in which a text occurs first.
    pub(crate) fn line(&self, number: u32) -> usize {
        self.lines[number as usize]
    }

    /// The numbers of all texts, in alphabetical order.
    pub(crate) fn sorted(&self) -> Result<Vec<u32>, MemoryError> {
        let mut order: Vec<u32> = Vec::new();
        reserve(&mut order, self.len())?;
        order.extend(0..self.len() as u32);
        order.sort_unstable_by_key(|text| self.get(*text));
        Ok(order)
    }

    /// The texts in alphabetical order, and the place of each among them.
    pub(crate) fn ranked(&self) -> Result<(Vec<String>, Vec<u32>), MemoryError> {
        let order = self.sorted()?;
        let mut place = collect(order.iter().copied())?;
        for (number, text) in order.iter().enumerate() {
            place[*text as usize] = number as u32;
        }
        let names = collect(order.iter().map(|text| self.get(*text).to_owned()))?;
        Ok((names, place))
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
