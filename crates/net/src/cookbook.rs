// The pages link to one another as files; what stands above them here makes the same links lead to modules.
//! [first]: mod@first
//! [training]: mod@training
//! [own]: mod@own
//! [parts]: mod@parts
#![doc = include_str!("../cookbook/README.md")]

#[doc = include_str!("../cookbook/first.md")]
pub mod first {}
#[doc = include_str!("../cookbook/own.md")]
pub mod own {}
#[doc = include_str!("../cookbook/parts.md")]
pub mod parts {}
#[doc = include_str!("../cookbook/training.md")]
pub mod training {}
