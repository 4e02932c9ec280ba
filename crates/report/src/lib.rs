#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activations;
mod axis;
mod boundary;
mod canvas;
mod chart;
mod classes;
mod curves;
mod distributions;
mod error;
mod importance;
mod ink;
mod network;
mod page;
mod picture;
mod recorder;
mod report;
mod samples;
mod section;
mod stability;
mod subject;
mod text;
mod values;

pub use error::ReportError;
pub use recorder::Recorder;
pub use report::Report;
