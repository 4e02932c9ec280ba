//! The tests of networks, training, evaluation and prediction, as one program: it is linked once.

mod average;
mod bar;
mod cases;
mod checkpoint;
mod composed;
mod dual;
mod edges;
mod equations;
mod error;
mod experiment;
mod finite;
mod folded;
mod gradient;
mod hostile;
mod inspect;
mod metrics;
mod metrics_sklearn;
mod order;
mod prepared;
mod resume;
mod samples;
mod state;
mod threads;
mod training;
mod two_programs;
mod weighted;
