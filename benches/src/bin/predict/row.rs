//! What every module of this program prints, and how it fails.

use gradflow_benches::Net;

pub(crate) type Failure = Box<dyn std::error::Error>;

/// One row, of median and best tenth in seconds.
pub(crate) fn row(name: &str, net: Net, batch: usize, [median, best]: [f64; 2]) {
    let (letter, median, best) = (net.letter(), median * 1e6, best * 1e6);
    println!("| {name} | {letter} | {batch} | {median:.3} | {best:.3} |");
}
