//! Data-parallel training over MPI.
//!
//! Every process of a run, a *rank*, evaluates its share of the pieces of each mini-batch; [`MpiReduce`] adds up what all of them have, in the order of
//! gradflow's [`Tree`](gradflow::Tree), so that any number of processes, each with any number of threads, leaves the bits of one. The method's step is
//! then done by each rank on its own, and all have the same parameters again.
//!
//! The number of pieces belongs to the protocol, [`Protocol::pieces`](gradflow::Protocol::pieces): 12 suits 1, 2, 3, 4, 6 and 12 processes. Statistics of
//! a batch are those of each piece; what they leave in the state of a layer is the mean over the pieces, by their samples.
//!
//! ```no_run
//! use gradflow::optim::Adam;
//! use gradflow::{Activation, Cost, Dataset, Model, Network, Protocol, Run};
//! use gradflow_mpi::Ranks;
//!
//! let ranks = Ranks::start()?;
//! let data = Dataset::<f32>::regression(1, vec![0.0, 1.0, 2.0], 1, vec![0.0, 2.0, 4.5])?;
//! let network = Network::builder(1).dense(1, Activation::Identity).build()?;
//! let mut model = Model::new(network, Cost::regression(), 1)?;
//! let protocol = Protocol::new(Adam::new(0.1)).batch(3).pieces(3).epochs(100);
//! Run::new(protocol, &mut model, &data)?.reduce(ranks.reduce())?.finish()?;
//! if ranks.is_first() {
//!     model.save("line.safetensors")?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod layout;
mod ranks;
mod reduce;
mod together;

pub use ranks::{NoMpi, Ranks};
pub use reduce::MpiReduce;
pub use together::MpiTogether;
