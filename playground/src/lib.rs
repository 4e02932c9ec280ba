//! What the page computes: the library behind one function from a question in JSON to an [`Answer`].
//!
//! Nothing here is the browser's: the same code runs natively, which is how the tests compare the two.

mod boundary;
mod config;
mod data;
mod landscape;
mod order;
mod page;
mod picture;
mod plane;
mod session;

pub use config::{Centre, Config, Data, Spring};
pub use landscape::Walk;
pub use page::{Answer, Ask, Page, Question};
pub use session::Session;

/// What goes wrong, in a sentence for who looks at the page.
pub type Result<T, E = Box<dyn std::error::Error>> = core::result::Result<T, E>;
