//! Labels in an array: whole numbers, or texts.

use super::Npy;
use crate::excerpt::excerpt;
use crate::memory::reserve;
use crate::numpy::NpyError;
use crate::texts::Texts;
use crate::{DatasetError, MAX_CLASSES};

/// The class of each sample, how many classes there are, and their names if labels are texts.
pub(super) struct Labels {
    pub(super) labels: Vec<usize>,
    pub(super) classes: usize,
    pub(super) names: Option<Vec<String>>,
}

impl Labels {
    /// The labels of an array of one dimension, or of one column.
    pub(super) fn of(array: &Npy) -> Result<Self, NpyError> {
        match array.dims() {
            [_] | [_, 1] => {}
            dims => {
                return Err(NpyError::LabelRank {
                    dims: dims.to_vec(),
                });
            }
        }
        match array.is_text() {
            true => Self::of_texts(array),
            false => Self::of_numbers(array),
        }
    }

    fn of_numbers(array: &Npy) -> Result<Self, NpyError> {
        let mut labels = Vec::new();
        reserve(&mut labels, array.len())?;
        let mut classes = 0;
        for (sample, bytes) in array.elements().enumerate() {
            let whole = array.element.whole(bytes).filter(|whole| *whole >= 0);
            let label = whole.ok_or_else(|| NpyError::Label {
                sample,
                value: array.element.number(bytes),
            })?;
            let label = usize::try_from(label).unwrap_or(usize::MAX);
            classes = classes.max(label.saturating_add(1));
            labels.push(label);
        }
        if classes > MAX_CLASSES {
            return Err(DatasetError::TooManyClasses {
                classes,
                limit: MAX_CLASSES,
            }
            .into());
        }
        Ok(Self {
            labels,
            classes,
            names: None,
        })
    }

    fn of_texts(array: &Npy) -> Result<Self, NpyError> {
        let mut labels = Vec::new();
        reserve(&mut labels, array.len())?;
        let (mut texts, mut text) = (Texts::default(), String::new());
        for (sample, bytes) in array.elements().enumerate() {
            text.clear();
            if !array.element.text(bytes, &mut text) {
                return Err(NpyError::Text { sample });
            }
            let name = text.trim();
            if name.is_empty() {
                return Err(NpyError::NoLabel { sample });
            }
            labels.push(texts.number(name, sample)? as usize);
        }
        let (names, place) = texts.ranked()?;
        for label in &mut labels {
            *label = place[*label] as usize;
        }
        Ok(Self {
            labels,
            classes: names.len(),
            names: Some(names),
        })
    }
}

impl NpyError {
    /// The beginning of a list of names, for messages.
    pub(super) fn names(names: &[String]) -> Vec<String> {
        names.iter().take(12).map(|name| excerpt(name)).collect()
    }
}
